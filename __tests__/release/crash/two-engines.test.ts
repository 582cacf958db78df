import { afterAll, describe, expect, it } from '@jest/globals';
import { deploy } from '../../../src/release/deploy.ts';
import { harness } from '../../sandbox/harness.ts';
import { stateOf } from '../cluster-state.ts';
import { app, deployRequest, hold, LIMIT_MS, openRun, type Run, type Wish, weight } from '../rig.ts';

const SETTLED_MS = 60_000;
/** Every so manieth call; CRASH_EVERY=1 asks for all. */
const EVERY = Number(process.env['CRASH_EVERY'] ?? 6);
const WISHES: readonly (Wish & { name: string })[] = [
  { name: 'canary over pods', strategy: 'canary', traffic: 'pods', steps: [weight(50), hold(6_000)] },
  { name: 'blue-green over service', strategy: 'blue-green', traffic: 'service', steps: [weight(100), hold(6_000)] },
];
const NEW = app({ image: 'web:2', config: '2' });

let cuts = 0;
afterAll(() => console.log(`two engines: ${cuts} cuts`));

describe.each(WISHES)('two engines that both believe they hold the lock: $name', ({ name: _name, ...wish }) => {
  const begin = () => harness({ objects: app(), traffic: { exclude: ['*-canary', '*-preview', '*-stable'] } });
  const release = (run: Run) => deploy(run.deps, deployRequest(run, NEW, wish));

  it('the one that stood still writes nothing once the other has taken over, and the end is that of one engine', async () => {
    const whole = begin();
    const alone = openRun(whole);
    await whole.run(release(alone), LIMIT_MS);
    whole.clock.advance(SETTLED_MS);
    const after = stateOf(whole.api);
    whole.stop();

    for (let k = 1; k <= alone.process.calls; k += EVERY) {
      cuts += 1;
      const h = begin();
      const stood = Promise.withResolvers<void>();
      const first: Run = openRun(h, {
        onCall: n => {
          if (n === k) {
            first.process.freeze();
            stood.resolve();
          }
          return 'execute';
        },
      });
      const slow = release(first).catch((error: unknown) => error);
      await h.run(Promise.race([slow, stood.promise]), LIMIT_MS);
      const second = openRun(h);
      // It wakes up in the midst of what the other does.
      second.listeners.add(({ type }) => {
        if (type === 'step-started' || type === 'ended') first.process.thaw();
      });
      const outcome = await h.run(release(second), LIMIT_MS);
      first.process.thaw();
      await h.run(slow, LIMIT_MS);
      h.clock.advance(SETTLED_MS);
      h.laws.endOfRelease('default');
      const cut = `stood still at call ${k} of ${alone.process.calls}`;
      expect({ cut, phase: outcome.phase, broken: h.laws.violations, lost: h.traffic?.losses }).toEqual({
        cut,
        phase: expect.stringMatching(/succeeded|unchanged/),
        broken: [],
        lost: [],
      });
      expect({ cut, ...stateOf(h.api) }).toEqual({ cut, ...after });
      h.stop();
    }
  }, 180_000);
});
