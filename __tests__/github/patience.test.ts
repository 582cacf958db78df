import { describe, expect, it } from '@jest/globals';
import { type Answering, COMMENT, failed, json, PULL, START, troubleOf, type World, world } from './answering.ts';

const MINUTE = { forMs: 60_000 };
const reading = ({ github }: World, forMs = 60_000) => github.ask(PULL, { pull_number: 7 }, { forMs });
const writing = ({ github }: World, forMs = 60_000) =>
  github.ask(COMMENT, { issue_number: 7, body: 'Hello' }, { forMs });
const times = ({ seen }: World) => seen.map(({ at }) => at);

/** These, one after the other, then success. */
const first =
  (...answers: (() => Response | Error)[]): Answering =>
  number =>
    answers[number]?.() ?? json({ id: 1 });
const date = (seconds: number) => ({ date: new Date(START + seconds * 1_000).toUTCString() });
const epoch = (seconds: number) => String(START / 1_000 + seconds);

describe('what fails for a moment', () => {
  it.each<[string, () => Response | Error, boolean, boolean]>([
    // what happened, whether reading is repeated, whether posting is
    ['500', () => json({}, 500), true, false],
    ['502', () => new Response('<h1>Unicorn', { status: 502 }), true, false],
    ['503', () => json({}, 503), true, false],
    ['a refused connection', () => failed('ECONNREFUSED'), true, true],
    ['no DNS', () => failed('EAI_AGAIN'), true, true],
    ['no connection in time', () => failed('UND_ERR_CONNECT_TIMEOUT'), true, true],
    ['a connection cut', () => failed('ECONNRESET'), true, false],
    ['a closed socket', () => failed('UND_ERR_SOCKET', 'other side closed'), true, false],
    ['something unknown', () => new TypeError('fetch failed'), true, false],
    ['an unknown authority', () => failed('SELF_SIGNED_CERT_IN_CHAIN'), false, false],
    ['429', () => json({}, 429, { 'retry-after': '1' }), true, true],
    ['a secondary limit', () => json({}, 403, { 'retry-after': '1' }), true, true],
    ['403', () => json({}, 403), false, false],
    ['404', () => json({}, 404), false, false],
    ['422', () => json({}, 422), false, false],
  ])('%s', async (_what, answer, isRead, isPosted) => {
    const read = world(first(answer));
    const post = world(first(answer));
    const outcomes = [read.run(reading(read)), post.run(writing(post))].map(promise =>
      promise.then(
        () => true,
        () => false,
      ),
    );
    expect(await Promise.all(outcomes)).toEqual([isRead, isPosted]);
    expect([read.seen.length, post.seen.length]).toEqual([isRead ? 2 : 1, isPosted ? 2 : 1]);
  });

  it('is asked again ever later, and never beyond the patience', async () => {
    const all = world(() => json({ message: 'Server Error' }, 502));
    const error = await all.run(troubleOf(reading(all, 8_000)));
    expect(error).toMatchObject({
      trouble: 'unreachable',
      status: 502,
      message: 'GitHub at api.github.com could not read pull request acme/shop#7 (502: Server Error). Try again later.',
    });
    expect(times(all)).toEqual([0, 200, 600, 1_400, 3_000, 6_200]);
    expect(all.clock.now() - START).toBe(6_200);
  });

  it('waits as long as a 503 says', async () => {
    const all = world(first(() => json({}, 503, { 'retry-after': '7' })));
    await all.run(reading(all));
    expect(times(all)).toEqual([0, 7_000]);
  });

  it('says of a post that it may have been done', async () => {
    const all = world(first(() => failed('ECONNRESET')));
    const error = await all.run(troubleOf(writing(all)));
    expect(error.message).toContain(
      'api.github.com closed the connection before its answer was complete. GitHub may or may not have done it.',
    );
  });

  it('cut within the answer is no empty answer', async () => {
    const cut = (): Response =>
      new Response(
        new ReadableStream({
          start: control => control.enqueue(new TextEncoder().encode('{"id":')),
          pull: control => control.error(failed('UND_ERR_SOCKET')),
        }),
        { headers: { 'content-type': 'application/json' } },
      );
    const all = world(first(cut));
    expect(await all.run(reading(all))).toEqual({ id: 1 });
    expect(all.seen).toHaveLength(2);
  });

  it('is sent again where that does no harm', async () => {
    const all = world(
      first(
        () => json({}, 502),
        () => failed('ECONNRESET'),
      ),
    );
    const sent = all.github.ask(COMMENT, { issue_number: 7, body: 'Hello' }, { ...MINUTE, mayRepeat: true });
    expect(await all.run(sent)).toEqual({ id: 1 });
    expect(all.seen).toHaveLength(3);
  });

  it('asks GraphQL again, whose POST only reads', async () => {
    const viewer = () => json({ data: { viewer: { login: 'ada' } } });
    const all = world(number => (number === 0 ? json({}, 502) : viewer()));
    expect(await all.run(all.github.viewer(MINUTE))).toBe('ada');
  });

  it('does not remember a viewer who was not told', async () => {
    const all = world(number => json(number === 0 ? { data: {} } : { data: { viewer: { login: 'ada' } } }));
    expect((await all.run(troubleOf(all.github.viewer(MINUTE)))).trouble).toBe('unreachable');
    expect(await all.run(all.github.viewer(MINUTE))).toBe('ada');
  });
});

describe('a server that does not answer', () => {
  const never = (): Promise<Response> => new Promise(() => {});

  it('gets 10 s each time, though the client does not heed its signal', async () => {
    const all = world(never);
    const error = await all.run(troubleOf(reading(all, 25_000)));
    expect(error).toMatchObject({ trouble: 'unreachable', message: expect.stringContaining('no whole answer within') });
    expect(times(all)).toEqual([0, 10_200, 20_600]);
    expect(all.clock.now() - START).toBe(25_000);
  });

  it('gets no longer than the patience, and a post only once', async () => {
    const short = world(never);
    await short.run(troubleOf(reading(short, 700)));
    expect([times(short), short.clock.now() - START]).toEqual([[0], 700]);
    const post = world(never);
    await post.run(troubleOf(writing(post)));
    expect([times(post), post.clock.now() - START]).toEqual([[0], 10_000]);
    expect(post.seen[0]?.init.signal?.aborted).toBe(true);
  });

  it.each(['the client’s', 'the question’s'])('is left at once with %s signal', async whose => {
    const all = world(never);
    const own = new AbortController();
    const reason = new Error('cancelled');
    all.clock.after(3_000, () => (whose === 'the client’s' ? all.stop : own).abort(reason));
    const patience = { forMs: 60_000, signal: own.signal };
    const asking = all.github.ask(PULL, { pull_number: 7 }, patience);
    const posting = all.github.ask(COMMENT, { issue_number: 7, body: '' }, patience);
    await all.run(Promise.allSettled([asking, posting]));
    await expect(asking).rejects.toBe(reason);
    await expect(posting).rejects.toBe(reason);
    expect(all.clock.now() - START).toBe(3_000);
  });

  it('is left at once while a repetition is waited for', async () => {
    const all = world(() => json({}, 429, { 'retry-after': '50' }));
    const reason = new Error('cancelled');
    all.clock.after(3_000, () => all.stop.abort(reason));
    await expect(all.run(reading(all))).rejects.toBe(reason);
    expect(times(all)).toEqual([0]);
    await expect(all.run(reading(all))).rejects.toBe(reason);
    expect(times(all)).toEqual([0]);
  });
});

describe('a rate limit', () => {
  it.each<[string, () => Response, number]>([
    ['retry-after', () => json({}, 403, { 'retry-after': '30' }), 30],
    ['retry-after before the reset', () => limited(403, 50, { 'retry-after': '5' }), 5],
    ['the reset', () => limited(403, 40), 40],
    ['the reset, with 429', () => limited(429, 40), 40],
    ['the reset by GitHub’s clock', () => limited(403, 3_640, date(3_600)), 40],
    ['a reset that is over', () => limited(403, -9), 1],
    ['no header', () => json({ message: 'You have exceeded a secondary rate limit.' }, 403), 60],
    ['no header, with 429', () => json({}, 429), 60],
    ['an unreadable reset', () => json({}, 429, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': 'soon' }), 60],
  ])('is waited for as %s says', async (_what, answer, seconds) => {
    const all = world(first(answer));
    await all.run(writing(all, 120_000));
    expect(times(all)).toEqual([0, seconds * 1_000]);
    expect(all.warnings).toEqual(
      seconds > 5 ? [`GitHub's rate limit is reached: to write a comment on acme/shop#7 waits ${seconds} s.`] : [],
    );
  });

  function limited(status: number, reset: number, more: Record<string, string> = {}): Response {
    return json({}, status, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': epoch(reset), ...more });
  }

  it('without a time is waited for ever longer', async () => {
    const all = world(first(...Array.from({ length: 3 }, () => () => json({}, 429))));
    await all.run(reading(all, 600_000));
    expect(times(all)).toEqual([0, 60_000, 180_000, 420_000]);
  });

  it.each<[string, () => Response, string]>([
    ['the rate limit', () => limited(403, 900), '2026-01-01T00:15:00Z'],
    ['the rate limit', () => limited(403, 900, date(-120)), '2026-01-01T00:15:00Z'],
    ['a secondary rate limit', () => json({}, 429, { 'retry-after': '61', ...date(10) }), '2026-01-01T00:01:11Z'],
    ['a secondary rate limit', () => json({}, 429, { 'retry-after': '9'.repeat(400) }), '2026-01-02T00:00:00Z'],
  ])('%s that outlasts the patience fails at once', async (words, answer, until) => {
    const all = world(answer);
    const error = await all.run(troubleOf(reading(all)));
    expect(error).toMatchObject({
      trouble: 'rate-limited',
      message: `GitHub did not read pull request acme/shop#7: ${words} of the token holds until ${until}, and that is longer than this can wait. Try again then.`,
    });
    expect(all.clock.now()).toBe(START);
    expect(all.warnings).toEqual([]);
  });

  it('holds for other questions, too, and not for longer', async () => {
    const all = world(first(() => limited(403, 30)));
    await all.run(troubleOf(reading(all, 10_000)));
    expect((await all.run(troubleOf(writing(all, 10_000)))).trouble).toBe('rate-limited');
    expect(times(all)).toEqual([0]);
    all.clock.advance(30_000);
    await all.run(writing(all, 10_000));
    expect(times(all)).toEqual([0, 30_000]);
  });

  it.each<[string, Response, boolean]>([
    ['of REST leaves GraphQL alone', limited(403, 30), false],
    ['of both APIs holds for GraphQL, too', json({}, 429, { 'retry-after': '30' }), true],
  ])('%s', async (_what, answer, isHeld) => {
    const all = world(number => (number === 0 ? answer : json({ data: { viewer: { login: 'ada' } } })));
    await all.run(troubleOf(reading(all, 10_000)));
    const login = all.run(all.github.viewer({ forMs: 10_000 }));
    if (isHeld) await expect(login).rejects.toMatchObject({ trouble: 'rate-limited' });
    else expect(await login).toBe('ada');
  });

  it('of GraphQL comes with 200', async () => {
    const errors = [{ type: 'RATE_LIMITED', message: 'API rate limit exceeded' }];
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': epoch(20) };
    const all = world(number =>
      number === 0 ? json({ errors }, 200, headers) : json({ data: { viewer: { login: 'ada' } } }),
    );
    expect(await all.run(all.github.viewer(MINUTE))).toBe('ada');
    expect(times(all)).toEqual([0, 20_000]);
  });

  it('that an ordinary refusal only happens to exhaust is over after the reset', async () => {
    const all = world(number => (number === 0 ? limited(403, 20) : json({ message: 'No' }, 403)));
    expect((await all.run(troubleOf(reading(all)))).trouble).toBe('forbidden');
    expect(times(all)).toEqual([0, 20_000]);
  });
});
