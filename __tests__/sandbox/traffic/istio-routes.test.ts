import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../../src/kube.ts';
import { ISTIO, object, service, shop } from './routed-shop.ts';

const WEB = 'VirtualService default/web';

const virtualService = (spec: object): KubeObject =>
  object(`${ISTIO}/v1`, 'VirtualService', 'web', { hosts: ['shop.example'], ...spec });
const destinationRule = (host: string, subsets: Record<string, Record<string, string>>): KubeObject =>
  object(`${ISTIO}/v1`, 'DestinationRule', host, {
    host,
    subsets: Object.entries(subsets).map(([name, labels]) => ({ name, labels })),
  });
const to = (host: string, weight?: number, subset?: string) => ({
  destination: { host, ...(subset ? { subset } : {}) },
  ...(weight === undefined ? {} : { weight }),
});
const BOTH = service('both');
const TRACKS = { v1: { 'sluice.dev/track': 'stable' }, v2: { 'sluice.dev/track': 'canary' } };

function lostBy(http: readonly object[], more: readonly KubeObject[] = []): string[] {
  const { cluster, whys } = shop([virtualService({ http })], {}, more);
  cluster.clock.advance(3000);
  return [...new Set(whys().map(why => why.replace(/proxy \d/, 'proxy N')))];
}

describe('a VirtualService', () => {
  it.each(['web-canary', 'web-canary.default', 'web-canary.default.svc', 'web-canary.default.svc.cluster.local'])(
    'is split by weight between hosts: %s',
    host => {
      const { cluster, share, whys } = shop([virtualService({ http: [{ route: [to('web', 80), to(host, 20)] }] })]);
      cluster.clock.advance(30_000);
      expect(Math.abs(share(WEB, 'canary') - 20)).toBeLessThan(2);
      expect(whys()).toEqual([]);
    },
  );

  it('is split between subsets, which are the pods with their labels', () => {
    const route = [to('both', 90, 'v1'), to('both', 10, 'v2')];
    const { cluster, share, whys } = shop([virtualService({ http: [{ route }] })], {}, [
      BOTH,
      destinationRule('both', TRACKS),
    ]);
    cluster.clock.advance(30_000);
    expect(Math.abs(share(WEB, 'canary') - 10)).toBeLessThan(2);
    expect(whys()).toEqual([]);
  });

  it('takes the first route that fits: by header, or by a cookie among others', () => {
    const cookie = { cookie: { regex: '^(.*;\\s*)?tester=yes(;.*)?$' } };
    const http = [
      { match: [{ headers: { 'x-tester': { exact: 'yes' } } }, { headers: cookie }], route: [to('web-canary')] },
      { route: [to('web')] },
    ];
    for (const headers of [{ 'X-Tester': 'yes' }, { cookie: 'a=b; tester=yes' }]) {
      const { cluster, share, whys } = shop([virtualService({ http })], { headers });
      cluster.clock.advance(10_000);
      expect(share(`${WEB} matched`, 'canary')).toBe(100);
      expect(share(WEB, 'canary')).toBe(0);
      expect(whys()).toEqual([]);
    }
    const { cluster, share } = shop([virtualService({ http })], { headers: { cookie: 'tester=yesterday' } });
    cluster.clock.advance(10_000);
    expect(share(`${WEB} matched`, 'canary')).toBe(0);
  });

  it('splits TLS and TCP routes, too', () => {
    const sni = (name: string) => [{ port: 443, sniHosts: [name] }];
    const { cluster, share, whys } = shop([
      virtualService({
        tls: [
          { match: sni('shop.example'), route: [to('web', 70), to('web-canary', 30)] },
          { match: sni('*.api.example'), route: [to('web', 70), to('web-canary', 30)] },
        ],
        tcp: [{ match: [{ port: 5432 }], route: [to('web', 70), to('web-canary', 30)] }],
      }),
    ]);
    cluster.clock.advance(40_000);
    expect(Math.abs(share(WEB, 'canary') - 30)).toBeLessThan(2);
    expect(whys()).toEqual([]);
  });

  it('loses requests to a subset that no DestinationRule defines', () => {
    const http = [{ name: 'main', route: [to('both', 50, 'v1'), to('both', 50, 'v3')] }];
    expect(lostBy(http, [BOTH, destinationRule('both', TRACKS)])).toEqual([
      'VirtualService default/web, http route 1 (main) (weight 50 of 100): subset v3 of host both is not defined: DestinationRule default/both has none of that name; by proxy N of 3',
    ]);
    expect(lostBy([{ route: [to('web', undefined, 'v1')] }])).toEqual([
      'VirtualService default/web, http route 1: subset v1 of host web is not defined: no DestinationRule is for web; by proxy N of 3',
    ]);
  });

  it('loses requests to a subset that has no ready pod, and to a host that is no Service any more', () => {
    const rule = destinationRule('both', { v1: { 'sluice.dev/track': 'old' } });
    expect(lostBy([{ route: [to('both', undefined, 'v1')] }], [BOTH, rule])).toEqual([
      'VirtualService default/web, http route 1, backend Service default/both: no ready pod of Service default/both has the labels of the subset, sluice.dev/track=old; by proxy N of 3',
    ]);
    expect(lostBy([{ route: [to('nowhere')] }])).toEqual([
      'VirtualService default/web, http route 1, backend Service default/nowhere: Service default/nowhere is gone; by proxy N of 3',
    ]);
  });

  it('is followed late: a DestinationRule that is deleted with the write that no longer needs it is missed', () => {
    const http = (subset: string) => [{ route: [to('both', 100, subset)] }];
    const { cluster, whys } = shop([virtualService({ http: http('v1') })], { propagationMs: 2000 }, [
      BOTH,
      destinationRule('both', TRACKS),
    ]);
    cluster.clock.advance(3000);
    cluster.api.delete(`${ISTIO}/DestinationRule`, 'default', 'both', {});
    cluster.clock.advance(500);
    cluster.change(`${ISTIO}/VirtualService`, 'web', ({ spec }) => {
      spec['http'] = [{ route: [to('web')] }];
    });
    cluster.clock.advance(5000);
    expect(whys()).toContainEqual(
      expect.stringMatching(
        /subset v1 of host both is not defined: .* which does not know of the newest write to the route$/,
      ),
    );
    const { length } = whys();
    cluster.clock.advance(3000);
    expect(whys()).toHaveLength(length);
  });
});
