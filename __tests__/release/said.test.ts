import { describe, expect, it } from '@jest/globals';
import { sleep } from '../../src/clock.ts';
import { SluiceError } from '../../src/errors.ts';
import { type CommandRequest, pause, promote, reject, resume } from '../../src/release/commands.ts';
import { deploy } from '../../src/release/deploy.ts';
import type { Outcome, TimedEvent } from '../../src/release/events.ts';
import { writeCommand } from '../../src/release/mailbox.ts';
import type { Word } from '../../src/release/word.ts';
import { type Harness, harness } from '../sandbox/harness.ts';
import {
  app,
  approve,
  commandRequest,
  deployNow,
  deployRequest,
  hold,
  LIMIT_MS,
  NAMESPACE,
  openRun,
  type Run,
  type Wish,
  weight,
} from './rig.ts';

type Act = (deps: Run['deps'], request: CommandRequest) => Promise<Outcome>;

const MINUTE_MS = 60_000;
const HOLD_MS = 6 * MINUTE_MS;
const QUIET = { exclude: ['*-canary', '*-preview', '*-stable'] };

/** A canary that has begun, after a first revision. */
async function begun(wish: Wish): Promise<{ h: Harness; run: Run; ended: Promise<Outcome> }> {
  const h = harness({ objects: app({ replicas: 4 }), traffic: QUIET });
  await deployNow(h, app({ replicas: 4 }), { strategy: 'rolling' });
  h.clock.advance(MINUTE_MS);
  const run = openRun(h);
  const ended = deploy(run.deps, deployRequest(run, app({ replicas: 4, image: 'web:2' }), wish));
  ended.catch(() => undefined);
  return { h, run, ended };
}

async function until(h: Harness, run: Run, test: (event: TimedEvent) => boolean): Promise<void> {
  const seen = Promise.withResolvers<void>();
  const hear = (event: TimedEvent): void => {
    if (test(event)) seen.resolve();
  };
  run.listeners.add(hear);
  await h.run(seen.promise, LIMIT_MS);
  run.listeners.delete(hear);
}

/** Lets so much time pass, in which runs do what they do. */
const pass = (h: Harness, ms: number): Promise<void> =>
  h.run(sleep(h.clock, ms, new AbortController().signal), LIMIT_MS);

const holding = (event: TimedEvent): boolean => event.type === 'step-started' && event.name.startsWith('Hold');

function said(at: number, confirm: Word['confirm'] = () => Promise.resolve()): { word: Word } {
  return { word: { at, confirm } };
}

/** What a command comes to that a run of its own obeys, and what that wrote. */
async function obeyed(
  h: Harness,
  act: Act,
  more: Partial<CommandRequest>,
): Promise<{ end: string; message: string; writes: number }> {
  const run = openRun(h);
  try {
    const { phase } = await h.run(act(run.deps, commandRequest(run, more)), LIMIT_MS);
    return { end: phase, message: '', writes: run.process.writes.length };
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    return { end: error.code, message: `${error.message} ${error.hint ?? ''}`, writes: run.process.writes.length };
  }
}

const shiftsOf = ({ events }: Run): number[] =>
  events.flatMap(event => (event.type === 'shifted' ? [event.weight] : []));

/** How long each hold lasted that is over, in milliseconds. */
function holdsOf({ events }: Run): number[] {
  const began = new Map<number, number>();
  return events.flatMap(event => {
    if (holding(event) && event.type === 'step-started') began.set(event.index, event.at);
    const at = event.type === 'step-ended' ? began.get(event.index) : undefined;
    return at === undefined ? [] : [event.at - at];
  });
}

function expectUnharmed(h: Harness): void {
  h.clock.advance(MINUTE_MS);
  h.laws.endOfRelease(NAMESPACE);
  expect(h.laws.violations).toEqual([]);
  expect(h.traffic?.losses ?? []).toEqual([]);
  h.stop();
}

describe('what a person has said some time ago', () => {
  const steps = [weight(25), hold(HOLD_MS), weight(50), hold(HOLD_MS), weight(75), hold(HOLD_MS)];

  it('ends the hold that it was said in, and no other', async () => {
    const { h, run, ended } = await begun({ steps });
    await until(h, run, holding);
    await pass(h, MINUTE_MS);
    const at = h.clock.now();
    expect(await obeyed(h, promote, said(at))).toMatchObject({ end: 'unchanged' });
    await until(h, run, event => event.type === 'shifted' && event.weight === 50);
    await until(h, run, holding);
    // The same comment delivered once more, and another person's of the same minute.
    for (const word of [said(at), said(at + 500)]) {
      const second = await obeyed(h, promote, word);
      expect(second).toMatchObject({ end: 'already-done', writes: 0 });
      expect(second.message).toContain('has gone on since');
    }
    expect((await h.run(ended, LIMIT_MS)).phase).toBe('succeeded');
    expect(holdsOf(run)).toEqual([expect.any(Number), HOLD_MS, HOLD_MS]);
    expect(holdsOf(run)[0]).toBeLessThan(2 * MINUTE_MS);
    expectUnharmed(h);
  });

  it('is dropped by an engine that has come to another step before it heard', async () => {
    const { h, run, ended } = await begun({ steps });
    await until(h, run, holding);
    await h.run(
      writeCommand(
        run.deps.cluster,
        { release: 'shop', namespace: NAMESPACE },
        {
          verb: 'promote',
          by: 'grace',
          revision: 2,
          id: 'late',
          step: 0,
        },
      ),
      LIMIT_MS,
    );
    expect((await h.run(ended, LIMIT_MS)).phase).toBe('succeeded');
    expect(holdsOf(run)).toEqual([HOLD_MS, HOLD_MS, HOLD_MS]);
    const warnings = run.events.flatMap(event => (event.type === 'warning' ? [event.message] : []));
    expect(warnings).toContainEqual(expect.stringContaining('of grace to promote was about step 1'));
    expectUnharmed(h);
  });

  it('about the way to a weight does not end the hold at that weight', async () => {
    const { h, run, ended } = await begun({ steps });
    await until(h, run, holding);
    const command = { verb: 'promote', by: 'grace', revision: 2, id: 'second', before: 1 } as const;
    await h.run(writeCommand(run.deps.cluster, { release: 'shop', namespace: NAMESPACE }, command), LIMIT_MS);
    expect((await h.run(ended, LIMIT_MS)).phase).toBe('succeeded');
    expect(holdsOf(run)).toEqual([HOLD_MS, HOLD_MS, HOLD_MS]);
    expectUnharmed(h);
  });

  it('is not written over a reject that nobody has heard yet', async () => {
    const { h, run } = await begun({ steps });
    await until(h, run, holding);
    run.process.freeze();
    const { cluster } = openRun(h).deps;
    const reject = { verb: 'reject', by: 'tim', revision: 2, id: 'no' } as const;
    await h.run(writeCommand(cluster, { release: 'shop', namespace: NAMESPACE }, reject), LIMIT_MS);
    const { end, message, writes } = await obeyed(h, promote, {});
    expect([end, writes]).toEqual(['refused', 0]);
    expect(message).toContain('is about to be taken back, as tim has said');
    h.stop();
  });

  it('lets an approval pass once, although two people give it at the same time', async () => {
    const { h, ended } = await begun({ steps: [weight(25), approve, weight(50), hold(HOLD_MS)] });
    expect((await h.run(ended, LIMIT_MS)).phase).toBe('paused');
    await pass(h, MINUTE_MS);
    const at = h.clock.now();
    const runs = [openRun(h), openRun(h)];
    const ends = runs.map(one =>
      promote(one.deps, commandRequest(one, said(at))).then(
        ({ phase }) => phase as string,
        (error: SluiceError) => error.code as string,
      ),
    );
    // The second is told so, or its word is dropped by the engine of the first, which has left that step.
    const came = await h.run(Promise.all(ends), LIMIT_MS);
    expect(came).toContain('succeeded');
    expect(came.some(end => end === 'already-done' || end === 'unchanged')).toBe(true);
    expect(runs.flatMap(holdsOf)).toEqual([HOLD_MS]);
    expectUnharmed(h);
  });

  it('either promotes or rejects, where two people say both at once', async () => {
    const { h, ended } = await begun({ steps: [weight(25), approve, weight(50), hold(HOLD_MS)] });
    await h.run(ended, LIMIT_MS);
    await pass(h, MINUTE_MS);
    const at = h.clock.now();
    const [one, two] = [openRun(h), openRun(h)];
    const ends = [promote(one.deps, commandRequest(one, said(at))), reject(two.deps, commandRequest(two, said(at)))];
    const phases = await h.run(Promise.all(ends.map(end => end.then(({ phase }) => phase))), LIMIT_MS);
    // Whoever comes second is heard by the engine of the first; the way back is not left any more.
    expect(phases).toEqual(['rolled-back', 'rolled-back']);
    expectUnharmed(h);
  });

  it('is answered with what became of the release, and not with what its author did not say', async () => {
    const { h, run, ended } = await begun({ steps });
    await until(h, run, holding);
    const one = openRun(h);
    const rejecting = reject(one.deps, commandRequest(one, { by: 'tim' }));
    await until(h, run, event => event.type === 'going-back');
    const two = openRun(h);
    const ends = await h.run(Promise.all([rejecting, pause(two.deps, commandRequest(two))]), LIMIT_MS);
    await h.run(ended, LIMIT_MS);
    for (const { phase, error } of ends)
      expect([phase, error?.message]).toEqual(['rolled-back', 'Revision 2 was rejected by tim.']);
    expectUnharmed(h);
  });

  it('is asked about twice, and told when others wait for the answer', async () => {
    const { h, ended } = await begun({ steps: [weight(25), approve] });
    await h.run(ended, LIMIT_MS);
    await pass(h, MINUTE_MS);
    const locked: boolean[] = [];
    const word = said(h.clock.now(), (_record, isLocked) => {
      locked.push(isLocked);
      return Promise.resolve();
    });
    expect(await obeyed(h, promote, word)).toMatchObject({ end: 'succeeded' });
    expect(locked).toEqual([false, true]);
    expectUnharmed(h);
  });

  it.each([promote, resume])('does not overrule a stop that came after it (%p)', async act => {
    const { h, run, ended } = await begun({ steps: [weight(25), hold(HOLD_MS)] });
    await until(h, run, holding);
    await pass(h, 2 * MINUTE_MS);
    const at = h.clock.now();
    await pass(h, MINUTE_MS);
    await obeyed(h, pause, {});
    expect((await h.run(ended, LIMIT_MS)).phase).toBe('paused');
    const late = await obeyed(h, act, said(at));
    expect(late).toMatchObject({ end: 'refused', writes: 0 });
    expect(late.message).toContain('come to a stop since that was said: it was paused');
    h.stop();
  });

  it.each([promote, reject, pause, resume])('is not about a revision that began later (%p)', async act => {
    const { h, run, ended } = await begun({ steps: [weight(25), approve] });
    const { at: startedAt = 0 } = run.events.find(({ type }) => type === 'started') ?? {};
    await h.run(ended, LIMIT_MS);
    const old = await obeyed(h, act, said(startedAt - 1));
    // What only waits for approval is not resumed by anybody.
    expect(old.end).toBe(act === resume ? 'paused' : 'refused');
    expect(old.writes).toBe(0);
    if (act !== resume) expect(old.message).toContain('Revision 2 began at');
    h.stop();
  });

  it('is asked about at the moment of the change, and nothing is written where it does not hold any more', async () => {
    const { h, ended } = await begun({ steps: [weight(25), approve] });
    await h.run(ended, LIMIT_MS);
    await pass(h, MINUTE_MS);
    let asked = 0;
    const word = said(h.clock.now(), record => {
      asked += 1;
      // The pull request's head moves between the comment and the lock.
      return asked === 1 ? Promise.resolve() : Promise.reject(new SluiceError('refused', `not ${record.revision}`));
    });
    const { end, message } = await obeyed(h, promote, word);
    expect([end, message.trim(), asked]).toEqual(['refused', 'not 2', 2]);
    const { phase } = await h.run((run => promote(run.deps, commandRequest(run)))(openRun(h)), LIMIT_MS);
    expect(phase).toBe('succeeded');
    expectUnharmed(h);
  });

  it('may name the weight up to which nothing is waited for', async () => {
    const { h, run, ended } = await begun({
      steps: [weight(25), hold(HOLD_MS), weight(50), approve, weight(75), hold(HOLD_MS)],
    });
    await until(h, run, holding);
    await pass(h, MINUTE_MS);
    const wrong = await obeyed(h, promote, { ...said(h.clock.now()), to: 60 });
    expect(wrong).toMatchObject({ end: 'refused', writes: 0 });
    expect(wrong.message).toContain(
      'to 60 %: its plan has no such step ahead. The weights that are still to come: 50 %, 75 %.',
    );
    expect(await obeyed(h, promote, { ...said(h.clock.now()), to: 75 })).toMatchObject({ end: 'unchanged' });
    expect((await h.run(ended, LIMIT_MS)).phase).toBe('succeeded');
    expect(shiftsOf(run)).toEqual([25, 50, 75, 0]);
    const [first = 0, ...others] = holdsOf(run);
    expect(first).toBeLessThan(5 * MINUTE_MS);
    expect(others).toEqual([HOLD_MS]);
    expectUnharmed(h);
  });
});
