import type { ReleaseEvent } from '../release/events.ts';
import type { LiveReport } from '../report/live-report.ts';
import type { ReportModel } from '../report/model.ts';

/** Somebody at GitHub who is told how a release moves: the live comment, the deployment, the commit's status. */
export interface Follower {
  /** Something has happened. Returns at once, and never throws. `now` makes the report of this moment, which costs time: only where it is sent. */
  see(event: ReleaseEvent, now: () => LiveReport): void;
  /** The last word: until it is said or the time for it is over. Never throws. */
  end(report: ReportModel, limits: { forMs: number }): Promise<void>;
}
