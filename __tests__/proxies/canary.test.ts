import { it } from '@jest/globals';
import { type Lab, ROUTERS, type Router } from './lab.ts';
import { LIMIT_MS, playAll, withProxies } from './matrix.ts';
import { expectShares } from './measure.ts';
import { begin, expectEnd, type Part } from './play.ts';

async function canary(router: Router, lab: Lab): Promise<Part> {
  const { deploy } = await begin(router, lab);
  return deploy(2, { strategy: 'canary', steps: '10, 50, 100' });
}

withProxies('through real proxies a canary loses no request, and gets the share that its weight says', () => {
  const play = playAll(canary);

  it.each(ROUTERS)(
    '$program.name, router $name: 10, 50 and 100 %, and promotion',
    async router => {
      const promoted = await play(router);
      expectEnd(promoted, { phase: 'succeeded' }, 2);
      expectShares(promoted.held, [10, 50, 100], 'canary');
    },
    LIMIT_MS,
  );
});
