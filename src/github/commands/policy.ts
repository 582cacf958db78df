/** GitHub's own roles, weakest first. */
export const ROLES = ['read', 'triage', 'write', 'maintain', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Who may command a release from a pull request, and under which conditions: the inputs of those names. */
export interface CommandPolicy {
  /**
   * Who may promote, resume and roll back. Of GitHub's own roles each stands for itself and all above it; other names
   * are custom roles. Where there is none, only the allow list counts.
   */
  promoteRoles: readonly string[];
  /** Who may reject, pause and see the status; names as above. */
  rejectRoles: readonly string[];
  /** Who may say everything, whatever the role: `ada`, `@acme/release-team`. */
  allow: readonly string[];
  /** Whether the author of a pull request may not promote it, nor resume it. */
  preventSelfPromotion: boolean;
  /** Approving reviews that promote and resume need, of the pull request's present commit. */
  requiredReviews: number;
  /** Checks that must be green to promote and resume: none, all that the commit has, or those with these names. */
  requiredChecks: 'none' | 'all' | readonly string[];
  /** Whether an unmerged pull request from a fork is obeyed. */
  allowForks: boolean;
  /** Whether a commit may be promoted although its pull request has newer ones. */
  allowSuperseded: boolean;
}
