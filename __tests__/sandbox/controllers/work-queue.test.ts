import { describe, expect, it } from '@jest/globals';
import { createWorkQueue } from '../../../src/sandbox/controllers/work-queue.ts';
import { virtualClock } from '../../../src/sandbox/virtual-clock.ts';

describe('a work queue', () => {
  it('merges what comes while a key waits', () => {
    const clock = virtualClock();
    const done: string[] = [];
    const queue = createWorkQueue({ clock, latency: 5, reconcile: key => done.push(key), failed: () => undefined });
    queue.add('a');
    queue.add('b');
    queue.add('a');
    clock.advance(5);
    expect(done).toEqual(['a', 'b']);
  });

  it('keeps the earliest of several times', () => {
    const clock = virtualClock();
    const at: number[] = [];
    const queue = createWorkQueue({
      clock,
      latency: 5,
      reconcile: () => at.push(clock.now()),
      failed: () => undefined,
    });
    queue.addAfter('a', 1000);
    queue.addAfter('a', 100);
    queue.addAfter('a', 500);
    clock.advance(2000);
    expect(at).toEqual([100]);
  });

  it('tries again after a failure, later each time, and tells of each', () => {
    const clock = virtualClock();
    const at: number[] = [];
    const failures: unknown[] = [];
    const queue = createWorkQueue({
      clock,
      latency: 0,
      reconcile: () => {
        at.push(clock.now());
        if (at.length < 4) throw new Error('conflict');
      },
      failed: (_, error) => failures.push(error),
    });
    queue.add('a');
    clock.advance(1000);
    expect(at).toEqual([0, 5, 15, 35]);
    expect(failures).toHaveLength(3);
  });

  it('does nothing once stopped', () => {
    const clock = virtualClock();
    let count = 0;
    const queue = createWorkQueue({
      clock,
      latency: 5,
      reconcile: () => {
        count += 1;
      },
      failed: () => undefined,
    });
    queue.add('a');
    queue.stop();
    queue.add('b');
    clock.advance(100);
    expect(count).toBe(0);
  });
});
