/** GitHub's own roles, weakest first. */
export const ROLES = ['read', 'triage', 'write', 'maintain', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Who may command a release from a pull request, and under which conditions: the inputs of those names. */
export interface CommandPolicy {
  /** Of GitHub's own roles each stands for itself and all above it; other names are custom roles. */
  promoteRoles: readonly string[];
  rejectRoles: readonly string[];
  /** `ada`, `@acme/release-team`. */
  allow: readonly string[];
  /** Whether the author of a pull request may not promote it. */
  preventSelfPromotion: boolean;
  /** Approving reviews that a promotion needs, of the pull request's present commit. */
  requiredReviews: number;
  /** Checks that must be green for a promotion: none, all that the commit has, or those with these names. */
  requiredChecks: 'none' | 'all' | readonly string[];
  allowForks: boolean;
  /** Whether a commit may be promoted although its pull request has newer ones. */
  allowSuperseded: boolean;
}
