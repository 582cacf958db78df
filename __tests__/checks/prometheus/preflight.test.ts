import { describe, expect, it } from '@jest/globals';
import { requireAskable } from '../../../src/checks/prometheus/preflight.ts';
import type { CheckConfig } from '../../../src/config/check-config.ts';
import { readReleaseConfig } from '../../../src/config/read-config.ts';
import type { RouterName } from '../../../src/release/plan.ts';
import { refusal } from '../../config/refusal.ts';
import { pairOf } from './asked.ts';

const written = (checks: string): readonly CheckConfig[] => readReleaseConfig(`checks: ${checks}`).checks ?? [];
const served = pairOf('shop', 'web');
const { service: _service, ...worker } = pairOf('shop', 'worker');
const other = { ...worker, stable: { ...worker.stable, name: 'mailer' } };
const at = (router: RouterName, ...pairs: (typeof worker)[]) => ({ router, pairs });

describe('a release in which no Service selects what moves', () => {
  it('is not begun with a comparison of requests that nobody sends', async () => {
    const checks = written(
      '[{compare: {interval: 5s}}, {compare: {name: slow, of: latency}}, {success-rate: {min: 9}}]',
    );
    const { code, problems, hint } = await refusal(async () => requireAskable(checks, at('pods', worker, other)));
    expect(code).toBe('invalid-input');
    expect(problems.map(({ message }) => message)).toEqual(
      ['compare', 'slow'].map(
        name =>
          `Check ${name}: no Service selects Deployment shop/worker, Deployment shop/mailer, so there are no requests to compare; leave the check out, or compare by mann-whitney, which asks a query of your own.`,
      ),
    );
    expect(hint).toContain('Nothing was written');
  });

  it('may be asked the ready-made questions, whose metrics can be renamed to what a worker counts', () => {
    const checks = written(
      '[{success-rate: {min: 99, metrics: {http_requests_total: jobs_total}}}, {http: {path: /}}]',
    );
    expect(() => requireAskable(checks, at('pods', worker))).not.toThrow();
  });

  it('is none where one of several has a Service', () => {
    expect(() => requireAskable(written('[{compare: {interval: 5s}}]'), at('pods', worker, served))).not.toThrow();
  });
});

describe('metrics that do not suit the router', () => {
  it('are refused, by each check that would ask for them', async () => {
    const checks = written('[{success-rate: {min: 99, source: envoy}}, {prometheus: {query: up, min: 1}}]');
    const { message } = await refusal(async () => requireAskable(checks, at('istio', served)));
    expect(message).toMatch(/^Check success-rate: envoy counts requests by Service, and with the router istio /);
  });
});
