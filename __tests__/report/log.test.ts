import { describe, expect, it } from '@jest/globals';
import { SluiceError } from '../../src/errors.ts';
import type { ReleaseEvent } from '../../src/release/events.ts';
import { type LogStyle, runLog } from '../../src/report/log.ts';
import { deployment } from './shop.ts';

const PLAIN: LogStyle = { colour: false, live: false };
const web = deployment('web');

function waiting(message: string): ReleaseEvent {
  return { type: 'health', progress: { ref: web, status: 'progressing', message } };
}

function logOf(events: readonly ReleaseEvent[], style = PLAIN): string[] {
  const log = runLog(style);
  return events.flatMap((event, index) =>
    log({ ...event, at: index * 1_000 }).map(({ kind, text }) => `${kind}: ${text}`),
  );
}

describe('the log', () => {
  it('has a group a step and a line a change', () => {
    const plan = {
      strategy: 'rolling' as const,
      steps: [{ do: 'apply' as const, name: 'Apply 1 Deployment', objects: [web] }],
    };
    expect(
      logOf([
        { type: 'checked', objects: 1, creates: 1, postponed: 0 },
        { type: 'started', revision: 1, origin: {}, plan, previous: [], firstDeploy: true },
        { type: 'step-started', index: 0, name: 'Apply 1 Deployment' },
        { type: 'written', ref: web, change: 'created' },
        waiting('1 of 3'),
        { type: 'health', progress: { ref: web, status: 'healthy', message: 'ok' } },
        { type: 'step-ended', index: 0, name: 'Apply 1 Deployment', outcome: 'done' },
        { type: 'ended', outcome: { phase: 'succeeded', revision: 1, serving: 1 } },
      ]),
    ).toEqual([
      'line: Checked 1 object with the API server: 1 to be created, none refused',
      'line: Revision 1, rolling, 1 step; the first deploy: there is nothing to roll back to',
      'group: 1/1 Apply 1 Deployment',
      'line:   created   Deployment shop/web',
      'line:   waiting   Deployment shop/web: 1 of 3',
      'line:   healthy   Deployment shop/web, after 3.0 s',
      'line:   done after 4.0 s',
      'end-group: ',
      'line: Ended: succeeded, revision 1',
    ]);
  });

  it('says the same progress once', () => {
    expect(logOf([waiting('1 of 3'), waiting('1 of 3'), waiting('2 of 3'), waiting('1 of 3')])).toHaveLength(3);
  });

  it('marks progress as live only where a terminal is attached', () => {
    expect(logOf([waiting('1 of 3')])[0]).toMatch(/^line: /);
    expect(logOf([waiting('1 of 3')], { ...PLAIN, live: true })[0]).toMatch(/^live: /);
  });

  it('has colours only when asked', () => {
    const written: ReleaseEvent = { type: 'written', ref: web, change: 'changed' };
    expect(logOf([written])[0]).not.toContain('\u001b');
    expect(logOf([written], { colour: true, live: false })[0]).toContain('\u001b[33m');
  });

  it('tells the cause before the way back, and leaves it to the step’s own failure where there is none', () => {
    const error = new SluiceError('workload-failed', 'web is broken', { hint: 'Mend it.' });
    const failed: ReleaseEvent = { type: 'failed', error, failures: [] };
    const back: ReleaseEvent = { type: 'rollback-started', revision: 1, steps: ['Apply 1 Deployment'] };
    const ended = (phase: 'failed' | 'rolled-back', why: SluiceError): ReleaseEvent => ({
      type: 'ended',
      outcome: { phase, revision: 2, error: why },
    });
    expect(logOf([failed, back, ended('rolled-back', error)]).slice(0, 2)).toEqual([
      'error: web is broken',
      'line:   Mend it.',
    ]);
    expect(logOf([failed, ended('failed', error)]).join()).not.toContain('web is broken');
    expect(logOf([failed, ended('failed', new SluiceError('lock-lost', 'lost'))])).toContain('error: web is broken');
  });

  it('says when a run ended before it began, and what could not be asked about', () => {
    const error = new SluiceError('invalid-input', 'no');
    expect(logOf([{ type: 'ended', outcome: { phase: 'failed', error } }])).toEqual([
      'line: Ended: failed; nothing was changed',
    ]);
    expect(logOf([{ type: 'checked', objects: 0, creates: 0, postponed: 1 }])).toEqual([
      'line: Nothing could be checked with the API server yet: 1 object waits for a namespace or kind that this release makes',
    ]);
  });

  it('gives no command to the runner, whatever the cluster says', () => {
    const error = new SluiceError('api-error', 'no\n::set-output name=a::b', {
      hint: '##[error]x\r::stop-commands::y',
    });
    const lines = logOf([
      { type: 'failed', error, failures: [] },
      { type: 'rollback-started', revision: 1, steps: [] },
      { type: 'warning', message: '\n::error::x' },
      waiting('\n::add-mask::x'),
    ]);
    expect(lines).toHaveLength(5);
    for (const line of lines.slice(0, 2)) expect(line).not.toMatch(/\n|\r|##\[/);
    expect(lines.map(line => line.replace(/^\w+: /, '')).filter(line => /[\r\n]|##\[/.test(line))).toEqual([]);
  });
});
