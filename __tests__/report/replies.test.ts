import { describe, expect, it } from '@jest/globals';
import { SluiceError } from '../../src/errors.ts';
import type { LiveReport } from '../../src/report/live-report.ts';
import {
  helpReply,
  nearMissReply,
  outcomeReply,
  REPLY_MARKER,
  refusalReply,
  statusReply,
} from '../../src/report/replies.ts';
import { golden } from './comments.ts';
import { endedReports, statusReports } from './live-endings.ts';
import { pausedReports, running } from './live-stories.ts';
import { commanding, ended, modelOf, RUN } from './shop.ts';

const said = { to: 'ada', prefix: '/' };
const told = modelOf(commanding('promote'), [
  [0.3, { type: 'command-taken', verb: 'promote', holder: RUN }],
  ...ended({ phase: 'unchanged', revision: 8 }),
]);
const noRelease = modelOf(
  commanding('promote'),
  ended({
    phase: 'failed',
    error: new SluiceError('no-release', 'Release shop has nothing to promote: its revision 8 is in place.'),
  }),
);
const outcome = (verb: string, report: LiveReport): string => outcomeReply({ ...said, verb, report, runUrl: RUN });

const REPLIES: Record<string, string> = {
  refusal: refusalReply({
    ...said,
    verb: 'promote',
    message: 'A promotion needs the role write, and yours is read: ask somebody of @acme/release-team, as in #12.',
    runUrl: RUN,
  }),
  'outcome-told': outcome('promote', told),
  'outcome-promoted': outcome('promote', endedReports.promotedByComment),
  'outcome-rejected': outcome('reject', endedReports.rejected),
  'outcome-paused': outcome('pause', pausedReports.byCommand),
  'outcome-noRelease': outcome('promote', noRelease),
  'status-paused': statusReply({ ...said, report: statusReports.paused, runUrl: RUN }),
  'status-inProgress': statusReply({ ...said, report: statusReports.inProgress, runUrl: RUN }),
  'status-died': statusReply({ ...said, report: statusReports.died, runUrl: RUN }),
  help: helpReply({
    ...said,
    verbs: [
      { verb: 'promote', refusal: 'A promotion needs the role write, and yours is triage.' },
      ...['reject', 'pause', 'resume'].map(verb => ({ verb })),
      { verb: 'rollback', refusal: 'A rollback needs the role write, and yours is triage.' },
      ...['status', 'help'].map(verb => ({ verb })),
    ],
  }),
  nearMiss: nearMissReply({ ...said, typed: 'promot', meant: 'promote' }),
};

describe('an answer', () => {
  it.each(Object.entries(REPLIES))('%s', (name, rendered) => {
    expect(rendered).toBe(golden(`reply-${name}`, rendered));
  });

  it.each(Object.entries(REPLIES))('%s: is marked, and speaks to who commanded', (_, rendered) => {
    expect(rendered.startsWith(`${REPLY_MARKER}\n@ada `)).toBe(true);
    expect(rendered).not.toMatch(/^\s*\/\w/m);
  });

  it.each([
    ['ada', '@ada '],
    ['ada-lovelace', '@ada-lovelace '],
    ['ada_acme', '@ada_acme '],
    ['a'.repeat(39), `@${'a'.repeat(39)} `],
    ['a'.repeat(40), `\`${'a'.repeat(40)}\` `],
    ['-ada', '`-ada` '],
    ['ada-', '`ada-` '],
    ['github-actions[bot]', '`github-actions[bot]` '],
    ['acme/release-team', '`acme/release-team` '],
    ['ada\n/promote', '`ada /promote` '],
    ['', 'You '],
  ])('to %j begins with %s', (to, wanted) => {
    const answer = nearMissReply({ ...said, to, typed: 'promot', meant: 'promote' });
    expect(answer.split('\n')[1]?.startsWith(wanted)).toBe(true);
  });

  it('is one line, but for how it stands and help', () => {
    for (const [name, rendered] of Object.entries(REPLIES))
      if (!/^(status|help)/.test(name)) expect(rendered.trimEnd().split('\n')).toHaveLength(2);
  });

  it('pings nobody but who commanded', () => {
    expect(REPLIES['refusal']).toContain('@\u200bacme/release-team');
    expect(REPLIES['refusal']).toContain('\\#\u200b12');
  });

  it('tells how a release stands that still moves', () => {
    expect(outcome('resume', running.atTen)).toContain('▶️ Releasing `shop` revision 8');
  });
});
