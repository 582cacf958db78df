import { describe, expect, it } from '@jest/globals';
import {
  destinationRule,
  END,
  GATEWAY_API,
  httpRules,
  LABS,
  type Lab,
  messages,
  ofLaw,
  PROMOTION,
  planFor,
  shifted,
  started,
} from './routed-script.ts';
import { BORROWING, DRAIN_MS, type Script, SETTLE_MS, SIZE, service, USER } from './script.ts';

const AWAY = SETTLE_MS + DRAIN_MS;
const NEW_IMAGE = { spec: { template: { spec: { containers: [{ name: 'web', image: 'web:2' }] } } } };
const BACK = { back: { steps: [], cursor: 0 } };

/** Everything that follows the last requests to the twin. */
function tidyUp(lab: Lab, script: Script): void {
  script.pass(AWAY);
  lab.unroute(script);
  script.remove('Deployment', 'web-canary');
  if (lab.router === 'istio') script.remove('DestinationRule', 'web-canary');
  for (const name of ['web-canary', 'web-stable']) script.remove('Service', name);
  script.remove('ConfigMap', 'web-config-1');
  script.pass(3000);
  for (const name of ['web', 'internal']) script.point(name, null);
}

describe.each(LABS)('a release by the router %s, written by hand', (_name, lab) => {
  it('breaks no law when it is promoted', () => {
    const script = started(lab);
    if (lab.router === 'istio') script.create(destinationRule('web-canary', 'canary'));
    lab.weigh(script, 0, { match: true });
    for (const weight of [20, 50, 100]) lab.weigh(script, weight, { match: true });
    script.pass(SETTLE_MS);
    script.record({ cursor: PROMOTION });
    script.edit('Deployment', 'web', NEW_IMAGE);
    script.pass(20_000);
    script.record({ cursor: PROMOTION + 2 });
    lab.weigh(script, 0);
    tidyUp(lab, script);
    script.record({ cursor: END, status: 'succeeded' });
    expect(messages(script)).toEqual([]);
  });

  it('breaks no law when it goes back', () => {
    const script = shifted(lab, 50);
    script.record(BACK);
    lab.weigh(script, 0);
    tidyUp(lab, script);
    expect(messages(script)).toEqual([]);
  });
});

describe.each(LABS)('law 1 with %s', (_name, lab) => {
  it('barks at a share that the twin has too few pods for, and at none that it has enough for', () => {
    const script = started(lab, 1);
    lab.weigh(script, 33);
    expect(messages(script)).toEqual([]);
    lab.weigh(script, 34);
    expect(messages(script)[0]).toMatch(
      /^1: \S+ default\/web\S*( spec\.\S+)? moves web-canary from 33 to 34 % while 1 pods of web-canary are ready \(web-canary-\S+\), and 2 are needed$/,
    );
    expect(messages(script)[0]).toContain(`1: ${lab.place} moves`);
    expect(script.broken()).toEqual([1]);
  });

  it('asks for the pods that an autoscaler gives stable now', () => {
    const enough = (replicas: number): string[] => {
      const script = started(lab, 2, { plan: planWithAutoscaler(lab) });
      script.size('web', replicas, USER);
      script.pass(5000);
      lab.weigh(script, 50);
      return messages(script);
    };
    expect(enough(4)).toEqual([]);
    expect(enough(5)[0]).toMatch(
      /moves web-canary .*to 50 % while 2 pods of web-canary are ready \(.*\), and 3 are needed$/,
    );
  });

  it('counts only the pods that the Service of the twin sends to', () => {
    const script = started(lab);
    script.edit('Service', 'web-canary', { spec: { selector: { app: 'none' } } }, USER);
    script.pass(1000);
    lab.weigh(script, 10);
    expect(script.broken()).toEqual([1]);
  });

  it('barks at a match that no pod can serve', () => {
    const ready = started(lab, 1);
    lab.weigh(ready, 0, { match: true });
    expect(messages(ready)).toEqual([]);
    const script = started(lab, 0);
    lab.weigh(script, 0, { match: true });
    expect(messages(script)[0]).toBe(
      `1: ${lab.place} sends requests that match to web-canary while 0 of its pods are ready, and 1 is needed`,
    );
  });

  it('barks at a way back to a stable that lacks pods, unless it has more than the twin', () => {
    const weak = (twins: number): Script => {
      const script = shifted(lab);
      script.size('web-canary', twins, USER);
      script.size('web', 1, USER);
      script.pass(5000);
      script.size('web', SIZE, USER);
      lab.weigh(script, 0);
      return script;
    };
    expect(messages(weak(0))).toEqual([]);
    expect(messages(weak(2))[0]).toMatch(
      /^1: .* moves web-canary from 100 to 0 % while 1 pods of web are ready \(web-\S+\), and 3 are needed$/,
    );
  });

  it('asks of stable only the size that others have left it, and its part of that', () => {
    const script = shifted(lab);
    script.size('web', 2, USER);
    script.pass(5000);
    lab.weigh(script, 0);
    expect(messages(script)).toEqual([]);
    const half = shifted(lab);
    half.size('web', 2, USER);
    half.pass(5000);
    half.size('web', SIZE, USER);
    lab.weigh(half, 50);
    expect(messages(half)).toEqual([]);
  });

  it('barks when a Service of the user is pointed at the twin', () => {
    const script = started(lab);
    script.point('internal', 'stable');
    expect(messages(script)).toEqual([]);
    script.point('internal', 'canary');
    expect(messages(script)).toEqual([
      '1: Service default/internal is pointed at track canary, whose pods get requests by routes alone',
    ]);
  });

  it('barks at a pin that shuts out pods of stable', () => {
    const script = started(lab);
    const bare = { spec: { template: { metadata: { labels: { 'sluice.dev/track': null } } } } };
    script.create(service('later'), USER);
    script.edit('Deployment', 'web', bare, USER);
    script.pass(10_000);
    script.point('later', 'stable');
    expect(ofLaw(1, script)).toEqual([
      expect.stringMatching(
        /^1: Service default\/later moves from all tracks to track stable while 0 pods of web are /,
      ),
    ]);
  });
});

describe('law 1 with rules that a promotion brings or changes', () => {
  const path = { type: 'Exact', value: '/new' };
  const added = (...backendRefs: object[]): object => ({
    spec: { rules: [...httpRules(100), { matches: [{ path }], backendRefs }] },
  });

  /** All goes to a twin of this size, and stable's pods are about to start. */
  function promoting(twins: number): Script {
    const script = shifted(GATEWAY_API);
    script.size('web-canary', twins, USER);
    script.size('web', 0, USER);
    script.pass(5000);
    script.size('web', SIZE, USER);
    script.record({ cursor: PROMOTION });
    return script;
  }

  it('barks where a new one leads to the side that cannot serve while the other can', () => {
    const script = promoting(SIZE);
    script.edit('HTTPRoute', 'web', added({ name: 'web', port: 80, weight: 0 }, { name: 'web-canary', port: 80 }));
    expect(messages(script)).toEqual([]);
    const flipped = promoting(SIZE);
    flipped.edit('HTTPRoute', 'web', added({ name: 'web', port: 80 }));
    expect(ofLaw(1, flipped)).toEqual([
      '1: HTTPRoute default/web spec.rules[2] moves web-canary to 0 % while 0 pods of web are ready (none), and 3 are needed',
    ]);
    const neither = promoting(0);
    neither.edit('HTTPRoute', 'web', added({ name: 'web', port: 80 }));
    expect(messages(neither)).toEqual([]);
  });

  it('knows a rule again that has other matches, or another place', () => {
    const [api, rest] = httpRules(100);
    const changed = promoting(2);
    changed.edit('HTTPRoute', 'web', { spec: { rules: [rest, { ...api, matches: [{ path }] }] } });
    expect(messages(changed)).toEqual([]);
    const flipped = promoting(2);
    flipped.edit('HTTPRoute', 'web', { spec: { rules: [rest, { ...httpRules(0)[0], matches: [{ path }] }] } });
    expect(ofLaw(1, flipped)[0]).toMatch(
      /^1: \S+ \S+ spec.rules\[1\] moves web-canary from 100 to 0 % while 0 pods of web /,
    );
  });
});

describe('a GRPCRoute', () => {
  const backend = (name: string, weight?: number): object => ({
    name,
    port: 80,
    ...(weight === undefined ? {} : { weight }),
  });
  const spec = (...backendRefs: object[]): object => ({ rules: [{ backendRefs }] });
  const lab: Lab = {
    ...GATEWAY_API,
    route: {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'GRPCRoute',
      metadata: { name: 'web', namespace: 'default' },
      spec: spec(backend('web')),
    },
    weigh: (script, weight) =>
      script.edit(
        'GRPCRoute',
        'web',
        { spec: spec(backend('web', 100 - weight), backend('web-canary', weight)) },
        BORROWING,
      ),
  };

  it('is judged as an HTTPRoute is', () => {
    const script = started(lab, 1);
    lab.weigh(script, 33);
    expect(messages(script)).toEqual([]);
    lab.weigh(script, 34);
    expect(messages(script)).toEqual([
      expect.stringMatching(
        /^1: GRPCRoute default\/web spec.rules\[0\] moves web-canary from 33 to 34 % while 1 pods /,
      ),
    ]);
  });
});

function planWithAutoscaler(lab: Lab): ReturnType<typeof planFor> {
  const plan = planFor(lab);
  const autoscaler = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    namespace: 'default',
    name: 'web',
  };
  const pairs = (plan.traffic?.pairs ?? []).map(pair => ({ ...pair, autoscaler }));
  return { ...plan, ...(plan.traffic ? { traffic: { ...plan.traffic, pairs } } : {}) };
}
