import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../../src/kube.ts';
import {
  beginRouted,
  destinationRule,
  GATEWAY_API,
  httpRules,
  ISTIO,
  type Lab,
  messages,
  NGINX,
  ofLaw,
  PROMOTION,
  shifted,
  started,
} from './routed-script.ts';
import { DRAIN_MS, type Script, SETTLE_MS, SIZE, US, USER } from './script.ts';

const AWAY = SETTLE_MS + DRAIN_MS;

/** What law 10 says of routes and of what belongs to them. */
function leftOf(script: Script): string[] {
  const kinds = /^(HTTPRoute|GRPCRoute|VirtualService|DestinationRule|Ingress) /;
  return script.laws
    .endOfRelease('default')
    .map(({ message }) => message)
    .filter(message => kinds.test(message));
}

const MATCH = { match: true };

describe('law 10 with routes', () => {
  it.each<[string, Lab, string[]]>([
    [
      'gateway-api',
      GATEWAY_API,
      [
        'HTTPRoute default/web still has fields of the manager sluice-release',
        'HTTPRoute default/web still names Service default/web-canary',
        'HTTPRoute default/web still names Service default/web-canary by a match',
      ],
    ],
    [
      'istio',
      ISTIO,
      [
        'DestinationRule default/web-canary is left with the label sluice.dev/track=canary',
        'DestinationRule default/web-canary still names Service default/web-canary',
        'VirtualService default/web still has fields of the manager sluice-release',
        'VirtualService default/web still names Service default/web-canary',
        'VirtualService default/web still names Service default/web-canary by a match',
      ],
    ],
    [
      'nginx',
      NGINX,
      [
        'Ingress default/web-canary is left with the label sluice.dev/track=canary',
        'Ingress default/web-canary still has fields of the manager sluice-release',
        'Ingress default/web-canary still names Service default/web-canary',
      ],
    ],
  ])('names what %s leaves, and nothing once it is gone', (_name, lab, texts) => {
    const script = shifted(lab, 10);
    lab.weigh(script, 0, MATCH);
    expect(leftOf(script).sort()).toEqual(texts);
    lab.weigh(script, 0, { by: US });
    lab.unroute(script);
    if (lab === ISTIO) script.remove('DestinationRule', 'web-canary');
    expect(leftOf(script).filter(text => !text.includes('fields of the manager'))).toEqual([]);
  });

  /** The user has the twin in the route before, with weight 0. */
  const known: Lab = { ...GATEWAY_API, route: { ...GATEWAY_API.route, spec: { rules: httpRules(0) } } };

  it('leaves the twin in a route where the user has it, and misses it where it is taken out', () => {
    const script = beginRouted(known);
    expect(leftOf(script)).toEqual([]);
    known.unroute(script);
    expect(leftOf(script)).toEqual([
      'HTTPRoute default/web no longer names Service default/web-canary, as its user wants',
    ]);
    const clean = beginRouted(GATEWAY_API);
    clean.edit('HTTPRoute', 'web', { spec: { rules: httpRules(0, true) } }, US);
    expect(leftOf(clean)).toHaveLength(2);
  });

  it('lets the Service of the twin go while a route names it that the user wants to', () => {
    const script = shifted(known, 30);
    known.weigh(script, 0);
    script.pass(AWAY);
    script.remove('Deployment', 'web-canary');
    script.remove('Service', 'web-canary');
    expect(messages(script)).toEqual([]);
    const sending = shifted(known, 30);
    sending.size('web-canary', 0, USER);
    sending.remove('Service', 'web-canary');
    expect(messages(sending)).toEqual([
      '3: Service default/web-canary is deleted while HTTPRoute default/web names it',
    ]);
  });

  it('takes no write of the user’s for a word about what we hold in the route', () => {
    const script = shifted(GATEWAY_API, 30);
    const [api, rest] = httpRules(30);
    script.edit('HTTPRoute', 'web', { spec: { rules: [{ ...api, timeouts: { request: '9s' } }, rest] } }, USER);
    expect(leftOf(script)).toContain('HTTPRoute default/web still names Service default/web-canary');
    const reset = shifted(GATEWAY_API, 30);
    reset.edit('HTTPRoute', 'web', { spec: { rules: httpRules() } }, USER);
    reset.edit('HTTPRoute', 'web', { spec: { rules: httpRules(0) } }, USER);
    expect(leftOf(reset)).not.toContain('HTTPRoute default/web still names Service default/web-canary');
    const dropped = beginRouted(known);
    dropped.edit('HTTPRoute', 'web', { spec: { rules: httpRules() } }, USER);
    expect(leftOf(dropped)).toEqual([]);
    dropped.edit('HTTPRoute', 'web', { spec: { rules: httpRules(0) } }, US);
    expect(leftOf(dropped)).toEqual(['HTTPRoute default/web still names Service default/web-canary']);
  });

  it('lets the manifests name it', () => {
    const wanted: KubeObject = { ...GATEWAY_API.route, spec: { rules: httpRules(0) } };
    const left = (manifests: readonly KubeObject[]): string[] => {
      const script = beginRouted(GATEWAY_API, { manifests });
      script.edit('HTTPRoute', 'web', { spec: { rules: httpRules(0) } }, US);
      return leftOf(script);
    };
    expect(left([wanted])).toEqual([]);
    expect(left([GATEWAY_API.route])).toHaveLength(1);
  });
});

describe('a route in another namespace', () => {
  const far = (weight?: number): object[] =>
    (httpRules(weight) as { backendRefs: object[] }[]).map(rule => ({
      ...rule,
      backendRefs: rule.backendRefs.map(backend => ({ ...backend, namespace: 'default' })),
    }));
  const lab: Lab = {
    ...GATEWAY_API,
    route: { ...GATEWAY_API.route, metadata: { name: 'web', namespace: 'kube-public' }, spec: { rules: far() } },
    weigh: (script, weight) => script.edit('HTTPRoute', 'kube-public/web', { spec: { rules: far(weight) } }),
  };

  it('is judged, and its last requests are remembered', () => {
    const script = started(lab);
    lab.weigh(script, 50);
    script.pass(SETTLE_MS);
    lab.weigh(script, 0);
    script.pass(AWAY - 1);
    script.size('web-canary', 0);
    expect(messages(script)).toEqual([
      '3: Deployment web-canary goes from 3 to 0 pods 34999 ms after its last traffic; settle and drain take 35000 ms',
    ]);
    expect(leftOf(script)).toEqual(['HTTPRoute kube-public/web still names Service default/web-canary']);
    lab.weigh(script, 50);
    expect(ofLaw(1, script)).toEqual([]);
    script.pass(3000);
    lab.weigh(script, 60);
    expect(ofLaw(1, script)[0]).toMatch(
      /^1: HTTPRoute kube-public\/web spec.rules\[0\] moves web-canary from 50 to 60 %/,
    );
  });
});

describe('law 3, of what single routers need', () => {
  it('barks when a DestinationRule goes while requests need it', () => {
    const taken = (weight: number, match = false): string[] => {
      const script = shifted(ISTIO, 50);
      ISTIO.weigh(script, weight, { match });
      script.size('web-canary', 0, USER);
      script.remove('DestinationRule', 'web-canary');
      return messages(script);
    };
    const text =
      '3: DestinationRule default/web-canary is deleted while VirtualService default/web sends to its host default/web-canary';
    expect(taken(0)).toEqual([]);
    expect(taken(1)).toEqual([text]);
    expect(taken(0, true)).toEqual([text]);
    const other = shifted(ISTIO, 50);
    other.create(destinationRule('third', 'canary'));
    other.remove('DestinationRule', 'third');
    expect(messages(other)).toEqual([]);
  });

  /** Promotion has begun, so that law 2 has no word; and the canary Ingress is there, or not. */
  function promoting(isThere: boolean): Script {
    const script = started(NGINX);
    if (isThere) NGINX.weigh(script, 100);
    script.record({ cursor: PROMOTION });
    return script;
  }
  const recreate = { spec: { strategy: { type: 'Recreate', rollingUpdate: null } } };
  const image = { spec: { template: { metadata: { annotations: { a: '1' } } } } };

  it.each<[string, (script: Script) => void, string]>([
    ['its workload is emptied', script => script.size('web', 0, US), 'Deployment default/web goes from 3 to 0 pods'],
    ['its workload goes', script => script.remove('Deployment', 'web'), 'Deployment default/web is deleted'],
    [
      'its workload stops before it starts',
      script => {
        script.edit('Deployment', 'web', recreate, USER);
        script.edit('Deployment', 'web', image);
      },
      'Deployment default/web stops all its pods to start new ones',
    ],
    [
      'it selects other pods',
      script => script.edit('Service', 'web', { spec: { selector: { app: 'x' } } }),
      'Service default/web selects none of its pods any more',
    ],
    ['it goes itself', script => script.remove('Service', 'web'), 'Service default/web is deleted'],
  ])('barks when the main Service has no endpoint beside a canary Ingress: %s', (_what, write, text) => {
    const script = promoting(true);
    write(script);
    expect(ofLaw(3, script)).toEqual([
      expect.stringMatching(
        /^3: .*, and web has no endpoint then \(it had web-\S+, web-\S+, web-\S+\) while Ingress default\/web-canary is there$/,
      ),
    ]);
    expect(ofLaw(3, script)[0]).toContain(`3: ${text}, and`);
    const alone = promoting(false);
    write(alone);
    expect(ofLaw(3, alone)).toEqual([]);
  });

  it('is silent while stable rolls, and gets smaller', () => {
    const script = promoting(true);
    script.edit('Deployment', 'web', image);
    script.size('web', SIZE - 1, US);
    expect(messages(script)).toEqual([]);
  });
});
