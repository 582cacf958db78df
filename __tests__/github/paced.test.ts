import { describe, expect, it } from '@jest/globals';
import { sleep } from '../../src/clock.ts';
import { openLane } from '../../src/github/lane.ts';
import { type Paced, paced } from '../../src/github/paced.ts';
import type { VirtualClock } from '../../src/sandbox/virtual-clock.ts';
import { clockAtStart, flush, pass, passUntil, START } from './github-stub.ts';

interface Sent {
  text: string;
  at: number;
}

function opened(takes: (text: string, place: number) => number | 'fails' = () => 0): {
  clock: VirtualClock;
  lane: ReturnType<typeof openLane>;
  sent: Sent[];
  failures: unknown[];
  one: Paced<{ text: string }>;
  say: (text: string) => void;
} {
  const clock = clockAtStart();
  const lane = openLane(clock);
  const sent: Sent[] = [];
  const failures: unknown[] = [];
  const one = paced<{ text: string }>({
    clock,
    lane,
    send: async ({ text }, patience) => {
      sent.push({ text, at: clock.now() - START });
      const how = takes(text, sent.length - 1);
      if (how === 'fails') throw new Error('502');
      if (how > 0) await sleep(clock, how, patience().signal);
    },
    failed: error => failures.push(error),
  });
  return { clock, lane, sent, failures, one, say: text => one.offer(() => ({ text })) };
}

describe('what is sent at a pace', () => {
  it('is sent at once the first time, but not within the call', async () => {
    const { sent, say } = opened();
    say('a');
    expect(sent).toEqual([]);
    await flush();
    expect(sent).toEqual([{ text: 'a', at: 0 }]);
  });

  it('is then only the newest, every 5 seconds', async () => {
    const { clock, sent, say } = opened();
    say('a');
    await pass(clock, 1_000);
    say('b');
    await pass(clock, 1_000);
    say('c');
    await pass(clock, 2_999);
    expect(sent).toHaveLength(1);
    await pass(clock, 1);
    say('d');
    await pass(clock, 60_000);
    expect(sent).toEqual([
      { text: 'a', at: 0 },
      { text: 'c', at: 5_000 },
      { text: 'd', at: 10_000 },
    ]);
  });

  it('is not sent while the one before is under way, nor soon after', async () => {
    const { clock, sent, say } = opened(() => 12_000);
    say('a');
    await pass(clock, 6_000);
    say('b');
    await pass(clock, 10_999);
    expect(sent).toHaveLength(1);
    await pass(clock, 1);
    expect(sent).toEqual([
      { text: 'a', at: 0 },
      { text: 'b', at: 17_000 },
    ]);
  });

  it('is not sent again where it says the same, and what says nothing is not sent', async () => {
    const { clock, sent, say, one } = opened();
    say('a');
    await pass(clock, 6_000);
    say('a');
    one.offer(() => undefined);
    await pass(clock, 6_000);
    say('a');
    await pass(clock, 6_000);
    await one.finish({ text: 'a' });
    expect(sent).toHaveLength(1);
  });

  it('goes out with the next one where it failed, even if that says what was sent before', async () => {
    const { clock, sent, say, failures } = opened(text => (text === 'b' ? 'fails' : 0));
    for (const text of ['a', 'b', 'a']) {
      say(text);
      await pass(clock, 6_000);
    }
    expect(sent.map(({ text }) => text)).toEqual(['a', 'b', 'a']);
    expect(failures).toHaveLength(1);
    expect(clock.nextDue()).toBeUndefined();
  });

  it('is sent at once as the last word, and nothing after it', async () => {
    const { clock, sent, say, one } = opened();
    say('a');
    await pass(clock, 1_000);
    say('b');
    await one.finish({ text: 'c' });
    say('d');
    await pass(clock, 60_000);
    expect(sent).toEqual([
      { text: 'a', at: 0 },
      { text: 'c', at: 1_000 },
    ]);
  });

  it('is not sent any more once stopped, and leaves no timer', async () => {
    const { clock, sent, say, one } = opened();
    say('a');
    await pass(clock, 1_000);
    say('b');
    one.stop();
    await one.finish({ text: 'c' });
    expect(clock.nextDue()).toBeUndefined();
    expect(sent).toHaveLength(1);
  });

  it('is not begun where reading it fails, which is told', async () => {
    const { sent, one, failures } = opened();
    one.offer(() => {
      throw new Error('no report');
    });
    await flush();
    expect([sent, failures]).toEqual([[], [new Error('no report')]]);
  });
});

describe('the end of a lane', () => {
  it('gives what is under way half of the time, and the last word the rest', async () => {
    const { clock, lane, sent, say, one } = opened(text => (text === 'a' ? 60_000 : 100));
    say('a');
    await flush();
    const ended = lane.end(() => one.finish({ text: 'last' }), 10_000);
    expect(await passUntil(clock, ended, 60_000)).toBe(5_100);
    expect(await ended).toBe(true);
    expect(sent.map(({ text }) => text)).toEqual(['a', 'last']);
    expect(clock.nextDue()).toBeUndefined();
  });

  it('is not later than asked for, and leaves nothing under way', async () => {
    const { clock, lane, failures, say, one } = opened(() => 60_000);
    say('a');
    await flush();
    const ended = lane.end(() => one.finish({ text: 'last' }), 10_000);
    expect(await passUntil(clock, ended, 60_000)).toBe(10_000);
    expect(await ended).toBe(false);
    await flush();
    expect(clock.nextDue()).toBeUndefined();
    expect(failures).toHaveLength(2);
    const late: string[] = [];
    await lane.run(async () => void late.push('begun'));
    expect(late).toEqual([]);
  });
});
