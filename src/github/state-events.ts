import type { ReleaseEvent } from '../release/events.ts';

/** Whether a release may stand otherwise after this, as deployments and statuses tell it; its end is told by `end`. */
export function changesState({ type }: ReleaseEvent): boolean {
  switch (type) {
    case 'started':
    case 'resumed':
    case 'going-back':
    case 'paused':
      return true;
    default:
      return false;
  }
}
