import type { LiveReport } from '../live-report.ts';
import type { TimelineStep } from '../model.ts';

/** Where a release stands, for whoever could act on it. */
export type Stand =
  /** A run works on it. */
  | 'forward'
  | 'promoting'
  | 'back'
  /** For a person, or for a time. */
  | 'waiting'
  /** It is not finished, and no run works on it. */
  | 'stranded'
  | 'in-place'
  | 'over';

export function standOf(report: LiveReport): Stand {
  const { phase, standing, pause, traffic, revision, reason } = report;
  switch (standing?.status ?? phase) {
    case 'running':
      return way(report);
    case 'in-progress':
      return standing?.holder ? way(report) : 'stranded';
    case 'paused':
      return 'waiting';
    case 'succeeded':
      return 'in-place';
    case 'unchanged':
      return report.taken || reason === 'already-done' || revision === undefined ? 'over' : 'in-place';
    case 'failed':
      if (pause && !standing) return 'waiting';
      break;
    case 'aborted':
      // Another run has it, and tells of it.
      if (reason === 'lock-lost') return 'over';
      break;
    default:
      return 'over';
  }
  // What has no traffic to give back is finished by the next deploy.
  return traffic && revision !== undefined && !standing ? 'stranded' : 'over';
}

function way(report: LiveReport): Stand {
  if (isGoingBack(report)) return 'back';
  return report.step?.promoting ? 'promoting' : 'forward';
}

/** Whether the way back has begun. */
export function isGoingBack({ standing, rollback }: LiveReport): boolean {
  return (standing ? standing.back : rollback) !== undefined;
}

/** The steps of the release itself, and those of its way back; what was superseded is not among them. */
export function waysOf({ timeline }: Pick<LiveReport, 'timeline'>): { forth: TimelineStep[]; back: TimelineStep[] } {
  const own = timeline.filter(({ revision }) => revision === undefined);
  return { forth: own.filter(({ rollback }) => !rollback), back: own.filter(({ rollback }) => rollback) };
}
