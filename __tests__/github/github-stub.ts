import { type Clock, sleep } from '../../src/clock.ts';
import { type GitHub, GitHubError, type Patience } from '../../src/github/github.ts';
import { type VirtualClock, virtualClock } from '../../src/sandbox/virtual-clock.ts';

export interface Call {
  route: string;
  parameters: Readonly<Record<string, unknown>>;
  at: number;
}

export interface Stub extends GitHub {
  calls: Call[];
  /** The most questions that were under way at once. */
  most: number;
  underWay: number;
  /** All calls of this method, `POST`, in their order. */
  sent(method: string): Call[];
}

/** What is answered, or thrown; a number of milliseconds is waited before. */
export type Answers = (call: Call, place: number) => { after?: number; answer?: unknown; deaf?: boolean };

/** A GitHub that answers as told, in the clock's time; like the real client it gives up with its patience, unless it is `deaf`. */
export function githubStub(clock: Clock, answers: Answers): Stub {
  async function ask(route: string, parameters: object, { forMs, signal }: Patience): Promise<unknown> {
    const call = { route, parameters: parameters as Call['parameters'], at: clock.now() };
    stub.calls.push(call);
    stub.underWay += 1;
    stub.most = Math.max(stub.most, stub.underWay);
    try {
      const { after = 0, answer, deaf = false } = answers(call, stub.calls.length - 1);
      if (deaf) await new Promise(() => {});
      if (after > 0) await sleep(clock, Math.min(after, forMs), signal);
      if (after > forMs) throw new GitHubError('unreachable', `${route}: no answer.`);
      if (answer instanceof Error) throw answer;
      return answer;
    } finally {
      stub.underWay -= 1;
    }
  }
  const stub: Stub = {
    repository: { owner: 'acme', repo: 'shop' },
    calls: [],
    most: 0,
    underWay: 0,
    sent: method => stub.calls.filter(({ route }) => route.startsWith(`${method} `)),
    ask: ask as GitHub['ask'],
    list: (async (route: string, parameters: object, patience: Patience) => {
      const answer = await ask(route, parameters, patience);
      return Array.isArray(answer) ? { items: answer, more: false } : answer;
    }) as GitHub['list'],
    viewer: patience => ask('viewer', {}, patience) as Promise<string>,
  };
  return stub;
}

/** All that can go on without time going on. */
export function flush(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}

/** Lets so much time pass, with all that happens in it. */
export async function pass(clock: VirtualClock, milliseconds: number): Promise<void> {
  const until = clock.now() + milliseconds;
  await flush();
  for (let due = clock.nextDue(); due !== undefined && due <= until; due = clock.nextDue()) {
    clock.advanceToNext();
    await flush();
  }
  clock.advance(until - clock.now());
  await flush();
}

/** Passes time until this is over, at most so long; how long it took, undefined where it was not over. */
export async function passUntil(
  clock: VirtualClock,
  over: Promise<unknown>,
  most: number,
): Promise<number | undefined> {
  const began = clock.now();
  let took: number | undefined;
  void over.then(() => {
    took = clock.now() - began;
  });
  await flush();
  for (
    let due = clock.nextDue();
    took === undefined && due !== undefined && due <= began + most;
    due = clock.nextDue()
  ) {
    clock.advanceToNext();
    await flush();
  }
  return took;
}

export const START = Date.UTC(2026, 2, 14, 9, 26, 53);

export function clockAtStart(): VirtualClock {
  return virtualClock(START);
}

export const forbidden = new GitHubError('forbidden', 'Resource not accessible by integration', { status: 403 });
export const notFound = new GitHubError('not-found', 'Not Found', { status: 404 });
export const unreachable = new GitHubError('unreachable', 'GitHub answers with 502', { status: 502 });
