/** How much a comment tells; less of it in each stage, until it fits. */
export interface CommentDetail {
  /** Steps in the folded list; none: it is left out. */
  steps: number;
  checks: number;
  /** Entries of any other list. */
  rows: number;
  logLines: number;
  /** Characters of one message. */
  text: number;
}

export const COMMENT_STAGES: readonly CommentDetail[] = [
  { steps: 200, checks: 8, rows: 3, logLines: 10, text: 200 },
  { steps: 60, checks: 8, rows: 3, logLines: 10, text: 120 },
  { steps: 0, checks: 5, rows: 2, logLines: 5, text: 100 },
  { steps: 0, checks: 2, rows: 1, logLines: 0, text: 60 },
];
