import type { LiveReport } from './live-report.ts';
import type { Markdown } from './markdown.ts';

/** In the first line of the live comment of a release, by which later runs find it; nobody sees it. */
export function liveMarker(_release: { server: string; namespace: string; release: string }): string {
  throw new Error('stub');
}

/** The live comment: how a release stands, short enough for a phone. */
export function liveComment(_report: LiveReport, _options: { prefix: string; at: number }): Markdown {
  throw new Error('stub');
}
