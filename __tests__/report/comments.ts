import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { liveComment, liveMarker } from '../../src/report/live-comment.ts';
import type { LiveReport } from '../../src/report/live-report.ts';
import { endedReports, statusReports } from './live-endings.ts';
import { pausedReports, running, withOrigin } from './live-stories.ts';
import { badInput, failed, firstDeploy, rolledBack, unchanged } from './models.ts';

export const marker = liveMarker({ server: 'https://10.0.0.1:6443', namespace: 'shop', release: 'shop' });
export const comment = (report: LiveReport, prefix = '/'): string =>
  liveComment(report, { marker, prefix, at: report.endedAt });

const FOLDER = new URL('../golden/comment/', import.meta.url);

/** `UPDATE_GOLDEN=1 npm test -- __tests__/report` writes them anew: read the diff before it is committed. */
export function golden(name: string, rendered: string): string {
  const file = new URL(`${name}.md`, FOLDER);
  if (process.env['UPDATE_GOLDEN']) {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(file, rendered);
  }
  return readFileSync(file, 'utf8');
}

const named = (title: string, reports: Record<string, LiveReport>): [string, LiveReport][] =>
  Object.entries(reports).map(([name, report]) => [`${title}-${name}`, report]);

const plain = Object.fromEntries(
  Object.entries({ badInput, failed, firstDeploy, rolledBack, unchanged }).map(([name, report]) => [
    name,
    withOrigin(report),
  ]),
);
export const STORIES = [
  ...named('running', running),
  ...named('paused', pausedReports),
  ...named('ended', endedReports),
  ...named('plain', plain),
];

/** Also those that are only asked about, which have no comment of their own. */
export const EVERY_STORY = [...STORIES, ...named('status', statusReports)];
