import { describe, expect, it } from '@jest/globals';
import { type Clock, sleep } from '../../src/clock.ts';
import { virtualClock } from '../../src/sandbox/virtual-clock.ts';
import { runVirtual } from '../../src/sandbox/virtual-run.ts';

/** Waits in as many ways as code has that uses no real time. */
async function work(clock: Clock, log: string[]): Promise<string> {
  await sleep(clock, 1000);
  log.push(`slept until ${clock.now()}`);
  await new Promise<void>(resolve => process.nextTick(() => process.nextTick(resolve)));
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
  await new Promise<void>(resolve => setImmediate(resolve));
  await sleep(clock, 500);
  log.push(`slept until ${clock.now()}`);
  return 'done';
}

describe('a run in virtual time', () => {
  it('moves the clock only when nothing else can go on', async () => {
    const clock = virtualClock();
    const log: string[] = [];
    const running = work(clock, log);
    clock.after(1200, () => log.push('a timer of others'));
    expect(await runVirtual(clock, running)).toBe('done');
    expect(log).toEqual(['slept until 1000', 'a timer of others', 'slept until 1500']);
  });

  it('rejects as the promise does', async () => {
    const clock = virtualClock();
    const failing = sleep(clock, 10).then(() => Promise.reject(new Error('no')));
    await expect(runVirtual(clock, failing)).rejects.toThrow('no');
  });

  it('says that it is a deadlock when nothing waits that could settle the promise', async () => {
    await expect(runVirtual(virtualClock(), new Promise(() => undefined))).rejects.toThrow(
      'Deadlock at 1970-01-01T00:00:00.000Z',
    );
  });

  it('ends at its limit', async () => {
    const clock = virtualClock();
    const again = (): void => {
      clock.after(100, again);
    };
    again();
    await expect(runVirtual(clock, new Promise(() => undefined), { limitMs: 5000 })).rejects.toThrow(
      'still pending after 5000 ms of virtual time, at 1970-01-01T00:00:05.000Z',
    );
    expect(clock.now()).toBe(5000);
  });
});
