import { expect, it } from '@jest/globals';
import { type Lab, ROUTERS, type Router } from './lab.ts';
import { LIMIT_MS, playAll, withProxies } from './matrix.ts';
import { expectShares } from './measure.ts';
import { begin, expectEnd, type Part } from './play.ts';

async function rejectAndSwitch(router: Router, lab: Lab): Promise<{ paused: Part; rejected: Part; switched: Part }> {
  const { deploy, reject } = await begin(router, lab);
  return {
    paused: await deploy(2, { strategy: 'canary', steps: '[weight: 50, hold: 6s, approve]' }),
    rejected: await reject(),
    switched: await deploy(3, { strategy: 'blue-green', steps: '[weight: 100, hold: 6s]' }),
  };
}

withProxies('through real proxies no request is lost', () => {
  const play = playAll(rejectAndSwitch);

  it.each(ROUTERS)(
    '$program.name, router $name: by a canary that is rejected at 50 %',
    async router => {
      const { paused, rejected } = await play(router);
      expect(paused.result.outputs).toMatchObject({ phase: 'paused' });
      expectShares(paused.held, [50], 'canary');
      expectEnd(rejected, { phase: 'rolled-back', reason: 'rejected' }, 1);
    },
    LIMIT_MS,
  );

  it.each(ROUTERS)(
    '$program.name, router $name: by a blue/green switch',
    async router => {
      const { switched } = await play(router);
      expectEnd(switched, { phase: 'succeeded' }, 3);
      expectShares(switched.held, [100], 'preview');
    },
    LIMIT_MS,
  );
});
