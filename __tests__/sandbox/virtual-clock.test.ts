import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { virtualClock } from '../../src/sandbox/virtual-clock.ts';

describe('the virtual clock', () => {
  it('calls back in the order of time, whatever the order of asking, and shows each caller its own time', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { maxLength: 20 }), delays => {
        const clock = virtualClock(5000);
        const seen: number[] = [];
        for (const delay of delays) clock.after(delay, () => seen.push(clock.now() - 5000));
        clock.advance(1000);
        expect(seen).toEqual([...delays].sort((a, b) => a - b));
        expect(clock.now()).toBe(6000);
      }),
    );
  });

  it('does not call what was taken back', () => {
    const clock = virtualClock();
    let called = false;
    const cancel = clock.after(10, () => {
      called = true;
    });
    cancel();
    expect(clock.runUntilIdle()).toBe(true);
    expect(called).toBe(false);
  });

  it('runs calls that calls ask for, until its limit', () => {
    const clock = virtualClock();
    let count = 0;
    const again = (): void => {
      count += 1;
      clock.after(100, again);
    };
    again();
    expect(clock.runUntilIdle(1000)).toBe(false);
    expect(count).toBe(11);
  });
});

describe('stepping from call to call', () => {
  it('makes one call at a time, and says when the next is due', () => {
    const clock = virtualClock(100);
    const seen: string[] = [];
    clock.after(20, () => seen.push('second'));
    clock.after(10, () => seen.push('first'));
    const cancel = clock.after(15, () => seen.push('never'));
    cancel();
    expect(clock.nextDue()).toBe(110);
    expect(clock.advanceToNext()).toBe(true);
    expect([clock.now(), seen]).toEqual([110, ['first']]);
    expect(clock.advanceToNext()).toBe(true);
    expect(clock.nextDue()).toBeUndefined();
    expect(clock.advanceToNext()).toBe(false);
    expect(seen).toEqual(['first', 'second']);
  });

  it('keeps the order whatever is taken back', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(100), fc.boolean()), { maxLength: 60 }), asked => {
        const clock = virtualClock();
        const seen: number[] = [];
        const cancels = asked.map(([delay]) => clock.after(delay, () => seen.push(delay)));
        asked.forEach(([, kept], index) => {
          if (!kept) cancels[index]?.();
        });
        expect(clock.runUntilIdle()).toBe(true);
        expect(seen).toEqual(asked.flatMap(([delay, kept]) => (kept ? [delay] : [])).sort((a, b) => a - b));
      }),
    );
  });
});
