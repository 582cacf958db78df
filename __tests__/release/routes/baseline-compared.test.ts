import { expect, it } from '@jest/globals';
import { installPrometheus } from '../../../src/demo/prometheus.ts';
import { harness } from '../../sandbox/harness.ts';
import { COMPARE } from '../compare-check.ts';
import { adopted } from '../property/adopted.ts';
import { begin, QUIET, SANDBOX } from '../property/found-rig.ts';
import { hold, LIMIT_MS, PODS, weight } from '../rig.ts';
import { PROPAGATION_MS, TIMES, versionOf } from './compared.ts';
import { HTTP_ROUTE } from './routed.ts';

it('a canary is compared with its fresh baseline, by the metrics of pods, and not with all of stable', async () => {
  const version = versionOf();
  const { ground, route } = HTTP_ROUTE;
  const h = harness({
    objects: [...ground, ...version('web:1').map(adopted), route],
    traffic: { ...QUIET, exclude: [...QUIET.exclude, 'prometheus'], propagationMs: PROPAGATION_MS, intervalMs: 20 },
    readyMs: 60_000,
  });
  await h.run(installPrometheus(h.sandbox));
  const compare = {
    ...COMPARE,
    dryRun: false,
    intervalMs: 5_000,
    url: undefined,
    service: 'monitoring/prometheus',
    port: '9090',
  };
  const worse = versionOf({ [`${SANDBOX}error-rate`]: '30%' });
  const wish = { ...TIMES, checks: [PODS, compare], steps: [weight(25), hold(300_000)] };
  const { ended } = begin(h, worse('web:2'), wish);
  const { phase, error } = await h.run(ended, LIMIT_MS);
  expect({ phase, code: error?.code, broken: h.laws.violations }).toEqual({
    phase: 'rolled-back',
    code: 'check-failed',
    broken: [],
  });
  expect(error?.message).toMatch(
    /web-canary [\d.]+ % errors \(\d+ of \d+\) against [\d.]+ % \(\d+ of \d+\) on web-baseline;/,
  );
  h.stop();
});
