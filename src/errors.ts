/** Why a run ended as it did when it did not succeed: the closed, documented set behind the `reason` output. */
export type Reason =
  | 'invalid-input'
  | 'invalid-manifest'
  | 'image-not-found'
  | 'invalid-kubeconfig'
  | 'unreachable'
  | 'unauthorized'
  | 'forbidden'
  | 'namespace-missing'
  | 'conflict'
  | 'rejected-by-api'
  | 'locked'
  | 'lock-lost'
  | 'record-unreadable'
  | 'workload-failed'
  | 'deadline-exceeded'
  | 'check-failed'
  | 'check-error'
  | 'check-inconclusive'
  | 'drift'
  | 'rejected'
  | 'superseded'
  | 'no-release'
  | 'refused'
  | 'already-done'
  | 'rollback-failed'
  | 'cancelled'
  | 'api-error'
  | 'internal';

export interface Problem {
  message: string;
  /** Path of the file as the user wrote it, for an annotation. */
  file?: string;
  /** Both count from 1. */
  line?: number;
  column?: number;
}

/** Every error that a user may meet: what happened to which object and why (message), and what to do next (hint). */
export class SluiceError extends Error {
  readonly code: Reason;
  readonly hint: string | undefined;
  /** Each place of the input that is wrong, where there is more than one or where a file and line are known. */
  readonly problems: readonly Problem[];

  constructor(
    code: Reason,
    message: string,
    more: { hint?: string; cause?: unknown; problems?: readonly Problem[] } = {},
  ) {
    super(message, more.cause === undefined ? {} : { cause: more.cause });
    this.name = 'SluiceError';
    this.code = code;
    this.hint = more.hint;
    this.problems = more.problems ?? [];
  }
}
