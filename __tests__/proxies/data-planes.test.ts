import { expect, it } from '@jest/globals';
import type { Window } from './client.ts';
import { type Lab, ROUTERS, type Router } from './lab.ts';
import { LIMIT_MS, playAll, withProxies } from './matrix.ts';
import { expectShares, lossesOf, REQUESTS_A_STEP, requests, SOME_REQUESTS, TOLERANCE } from './measure.ts';
import { deployment, service } from './objects.ts';

const WEIGHT = 30;
const track = (name: string): Record<string, string> => ({ 'sluice.dev/track': name });

async function splitAndBreak(router: Router, lab: Lab): Promise<{ split: Window; losses: string[]; broken: Window }> {
  const { put, ready, remove, open } = lab.world(router);
  put(deployment({ version: 1, labels: track('stable') }), service('web', track('stable')), ...router.route());
  await ready('web', 2);
  const clients = await open();
  put(deployment({ name: 'web-canary', version: 2, labels: track('canary') }));
  put(service('web-canary', track('canary')));
  await ready('web-canary', 2);
  // As a release waits for the endpoints: told of both at once, an nginx that has not ended yet has none of the new version.
  await clients.plane.current();
  put(...router.route({ service: 'web-canary', weight: WEIGHT }));
  await clients.plane.current();
  const split = await requests(clients, REQUESTS_A_STEP);
  const losses = lossesOf(clients);
  remove('apps/Deployment', 'web');
  await ready('web', 0);
  await clients.plane.current();
  return { split, losses, broken: await requests(clients, SOME_REQUESTS) };
}

withProxies('a data plane whose route is written by hand', () => {
  const play = playAll(splitAndBreak);

  it.each(ROUTERS)(
    '$program.name with objects of $name splits as they say, and loses nothing',
    async router => {
      const { split, losses } = await play(router);
      expect(losses).toEqual([]);
      expectShares([{ weight: WEIGHT, window: split }], [WEIGHT], 'canary');
    },
    LIMIT_MS,
  );

  it.each(ROUTERS)(
    '$program.name with objects of $name loses what is sent to pods that were taken away',
    async router => {
      const { broken } = await play(router);
      expect(broken.failures()).toEqual([expect.stringMatching(/^503 /)]);
      // ingress-nginx has no canary without the main Service; the others go on with its share.
      const answered = router.name === 'nginx' ? 0 : WEIGHT;
      expect(Math.abs((100 * broken.answers) / broken.requests - answered)).toBeLessThanOrEqual(TOLERANCE);
    },
    LIMIT_MS,
  );
});
