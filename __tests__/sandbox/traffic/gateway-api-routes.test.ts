import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../../src/kube.ts';
import { GATEWAY, httpRoute, object, service, shop, split } from './routed-shop.ts';

const WEB = 'HTTPRoute default/web';
const TESTER = { headers: { 'X-Tester': 'yes' }, headersEvery: 5 };
const byHeader = { headers: [{ name: 'x-tester', value: 'yes' }] };
const toCanary = [{ name: 'web-canary', port: 80 }];

function lostBy(rules: readonly object[], more: readonly KubeObject[] = []): string[] {
  const { cluster, whys, traffic } = shop([httpRoute(rules)], {}, more);
  cluster.clock.advance(3000);
  expect(traffic.counts(WEB).lost).toBe(whys().length);
  return [...new Set(whys().map(why => why.replace(/proxy \d/, 'proxy N')))];
}

describe('an HTTPRoute', () => {
  it('sends requests that match to the rule for them, and counts them apart', () => {
    const base = { matches: [{ path: { type: 'PathPrefix', value: '/' } }], backendRefs: split(10) };
    const match = { matches: [{ path: { type: 'PathPrefix', value: '/' }, ...byHeader }], backendRefs: toCanary };
    // More header matches come first, wherever the rule stands.
    for (const rules of [
      [match, base],
      [base, match],
    ]) {
      const { cluster, traffic, share, whys } = shop([httpRoute(rules)], TESTER);
      cluster.clock.advance(30_000);
      expect(share(`${WEB} matched`, 'canary')).toBe(100);
      expect(Math.abs(share(WEB, 'canary') - 10)).toBeLessThan(2);
      const [plain, matched] = [traffic.counts(WEB).sent, traffic.counts(`${WEB} matched`).sent];
      expect(matched / (plain + matched)).toBeCloseTo(0.2, 1);
      expect(whys()).toEqual([]);
    }
  });

  it('gets requests at each of its paths, of which the longest that fits has the say', () => {
    const rule = (value: string, backendRefs: object[]) => ({
      matches: [{ path: { type: 'PathPrefix', value } }],
      backendRefs,
    });
    const { cluster, share, whys } = shop([httpRoute([rule('/', split(0)), rule('/api', toCanary)])]);
    cluster.clock.advance(10_000);
    expect(Math.abs(share(WEB, 'canary') - 50)).toBeLessThan(2);
    expect(whys()).toEqual([]);
  });

  it('loses what it sends to a Service without endpoints, or that does not exist', () => {
    expect(
      lostBy(
        [
          {
            backendRefs: [
              { name: 'none', port: 80, weight: 1 },
              { name: 'web', port: 80, weight: 3 },
            ],
          },
        ],
        [service('none', 'none')],
      ),
    ).toEqual([
      'HTTPRoute default/web, rule 1, backend Service default/none (weight 1 of 4): Service default/none has no endpoint: its selector app=web,sluice.dev/track=none matches no pod; by proxy N of 3',
    ]);
    expect(lostBy([{ name: 'all', backendRefs: [{ name: 'nowhere', port: 80 }] }])).toEqual([
      'HTTPRoute default/web, rule 1 (all), backend Service default/nowhere: Service default/nowhere is gone; by proxy N of 3',
    ]);
    expect(lostBy([{ backendRefs: [{ name: 'web', port: 8080 }] }])).toEqual([
      'HTTPRoute default/web, rule 1, backend Service default/web: Service default/web has no port 8080; by proxy N of 3',
    ]);
  });

  it('loses only the share of a Service that is missing', () => {
    const { cluster, traffic } = shop([
      httpRoute([{ backendRefs: [...split(0).slice(0, 1), { name: 'nowhere', port: 80, weight: 25 }] }]),
    ]);
    cluster.clock.advance(25_000);
    const { sent, lost } = traffic.counts(WEB);
    expect(Math.abs((100 * lost) / sent - 20)).toBeLessThan(2);
  });

  it('loses everything where all weights are 0, or where no backend is named', () => {
    expect(lostBy([{ backendRefs: split(0).map(ref => ({ ...ref, weight: 0 })) }])).toEqual([
      'HTTPRoute default/web, rule 1: the weights of its backends are all 0, so that a proxy answers 500; by proxy N of 3',
    ]);
    expect(lostBy([{ backendRefs: [] }])).toEqual([
      'HTTPRoute default/web, rule 1: it has no backendRefs, so that a proxy answers 500; by proxy N of 3',
    ]);
  });

  it('needs a ReferenceGrant for a Service of another namespace', () => {
    const far = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'far', namespace: '' } };
    const there = { ...service('web'), metadata: { name: 'web', namespace: 'far' } };
    const rules = [{ backendRefs: [{ name: 'web', namespace: 'far', port: 80 }] }];
    expect(lostBy(rules, [far, there])).toEqual([
      'HTTPRoute default/web, rule 1: no ReferenceGrant in namespace far lets HTTPRoute default/web refer to Service far/web; by proxy N of 3',
    ]);
    const grant = object(`${GATEWAY}/v1beta1`, 'ReferenceGrant', 'web', {
      from: [{ group: GATEWAY, kind: 'HTTPRoute', namespace: 'default' }],
      to: [{ group: '', kind: 'Service' }],
    });
    const granted = { ...grant, metadata: { name: 'web', namespace: 'far' } };
    expect(lostBy(rules, [far, there, granted])).toEqual([
      'HTTPRoute default/web, rule 1, backend Service far/web: Service far/web has no endpoint: its selector app=web matches no pod; by proxy N of 3',
    ]);
  });

  it('answers redirects by itself', () => {
    const redirect = { type: 'RequestRedirect', requestRedirect: { scheme: 'https' } };
    const { cluster, traffic } = shop([httpRoute([{ filters: [redirect] }])]);
    cluster.clock.advance(3000);
    const { sent, answered, byTrack } = traffic.counts(WEB);
    expect(answered).toBe(sent);
    expect(byTrack).toEqual({});
  });
});

describe('a GRPCRoute', () => {
  it('is split by weight, and matches calls and headers', () => {
    const route = object(`${GATEWAY}/v1`, 'GRPCRoute', 'web', {
      parentRefs: [{ name: 'edge' }],
      rules: [
        { matches: [{ method: { service: 'shop.Cart', method: 'Add' }, ...byHeader }], backendRefs: toCanary },
        { matches: [{ method: { service: 'shop.Cart' } }], backendRefs: split(30) },
      ],
    });
    const { cluster, share, whys } = shop([route], TESTER);
    cluster.clock.advance(30_000);
    expect(Math.abs(share('GRPCRoute default/web', 'canary') - 30)).toBeLessThan(2);
    // Half of the calls with the header are of another method.
    expect(Math.abs(share('GRPCRoute default/web matched', 'canary') - 65)).toBeLessThan(4);
    expect(whys()).toEqual([]);
  });
});
