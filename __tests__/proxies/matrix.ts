import { writeSync } from 'node:fs';
import { afterAll, beforeAll, describe } from '@jest/globals';
import { type Lab, missing, openLab, ROUTERS, type Router } from './lab.ts';

const why = missing();
// Jest shows no console of a file whose tests are all skipped.
if (why) writeSync(2, `Skipped are the tests with real proxies: ${why}.\n`);

/** A group of tests that need the proxies; left out where they are not installed. */
export const withProxies = why ? describe.skip : describe;

/** Longest time of a story, with all the others beside it, on a machine that is busy with other tests. */
export const LIMIT_MS = 180_000;

/** Plays a story with each router, all of them at once in one sandbox, since it takes real time; each test waits for its own. */
export function playAll<T>(story: (router: Router, lab: Lab) => Promise<T>): (router: Router) => Promise<T> {
  const plays = new Map<Router, Promise<T>>();
  let lab: Lab | undefined;
  beforeAll(async () => {
    lab = await openLab();
    for (const router of ROUTERS) {
      const play = story(router, lab);
      // It fails in the test that waits for it.
      play.catch(() => undefined);
      plays.set(router, play);
    }
  });
  afterAll(() => lab?.close());
  return router => plays.get(router) as Promise<T>;
}
