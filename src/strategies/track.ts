import type { Track } from '../release/plan.ts';

export function trackOf(strategy: 'canary' | 'blue-green'): Track {
  return strategy === 'canary' ? 'canary' : 'preview';
}
