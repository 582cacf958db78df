import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { systemClock } from '../../src/clock.ts';
import { webFetch } from '../../src/cluster/web.ts';
import { openGitHubClient } from '../../src/github/client.ts';
import type { GitHub } from '../../src/github/github.ts';
import { COMMENT, PULL, TOKEN, troubleOf } from './answering.ts';

describe('the client of a run, with a server', () => {
  const fetch = webFetch();
  const client = (apiUrl: string): GitHub =>
    openGitHubClient({
      token: TOKEN,
      repository: { owner: 'acme', repo: 'shop' },
      apiUrl,
      clock: systemClock,
      signal: new AbortController().signal,
      fetch,
      log: { debug: () => {}, warning: () => {} },
      random: () => 0,
    });
  const post = (github: GitHub) => github.ask(COMMENT, { issue_number: 7, body: 'Hello' }, { forMs: 5_000 });

  async function served<T>(answer: RequestListener, use: (github: GitHub) => Promise<T>): Promise<T> {
    const server = createServer(answer).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      return await use(client(`http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v3`));
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }

  it('posts, and posts nothing twice where the connection is cut', async () => {
    const got: string[] = [];
    const error = await served(
      async (request, response) => {
        for await (const part of request) got.push(`${request.method} ${request.url} ${part}`);
        if (got.length > 1) request.socket.destroy();
        else response.writeHead(201, { 'content-type': 'application/json' }).end('{"id":1}');
      },
      async github => {
        expect(await post(github)).toEqual({ id: 1 });
        return troubleOf(post(github));
      },
    );
    expect(got).toEqual(Array(2).fill('POST /api/v3/repos/acme/shop/issues/7/comments {"body":"Hello"}'));
    expect(error.message).toContain('closed the connection before its answer was complete. GitHub may or may not');
  });

  it('reads again where the connection is cut within an answer', async () => {
    let asked = 0;
    const answer = await served(
      (_, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '8' });
        if (++asked > 1) response.end('{"id":1}');
        else response.write('{"id"', () => response.destroy());
      },
      github => github.ask(PULL, { pull_number: 7 }, { forMs: 5_000 }),
    );
    expect([answer, asked]).toEqual([{ id: 1 }, 2]);
  });

  it('says that nobody listens', async () => {
    const closed = await served(
      () => {},
      async github => github,
    );
    const error = await troubleOf(closed.ask(PULL, { pull_number: 7 }, { forMs: 500 }));
    expect(error).toMatchObject({
      trouble: 'unreachable',
      message: expect.stringMatching(/127\.0\.0\.1:\d+ refuses connections\. Check GitHub's status/),
    });
  });
});
