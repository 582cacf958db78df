import type { Counts, PodCount, RouteCount } from '../../../src/sandbox/metrics/book.ts';
import { countLatency, newTally, type Tally } from '../../../src/sandbox/metrics/buckets.ts';
import { familiesOf } from '../../../src/sandbox/metrics/dialects/dialects.ts';
import { EXPOSITION_TYPE, expositionText } from '../../../src/sandbox/metrics/family.ts';
import { type Answering, saying } from '../web-server.ts';

/** What one workload, with a pod for each name and a Service of its own name, has answered. */
export interface Answered {
  namespace: string;
  /** Deployment where nothing else is said. */
  workload: string;
  kind?: 'Deployment' | 'StatefulSet';
  pods: readonly string[];
  good: number;
  bad: number;
  latencyMs: number;
  /** The Service whose canary its own one is, where requests come by an Ingress. */
  canaryOf?: string;
}

/** An exposition in all six dialects, of what the list holds when it is asked. */
export function exposition(answered: () => readonly Answered[]): Answering {
  return (response, got) =>
    saying(expositionText(familiesOf(countsOf(answered()))), { type: EXPOSITION_TYPE })(response, got);
}

function countsOf(answered: readonly Answered[]): Counts {
  const ofPods = answered.flatMap(one => one.pods.flatMap((name, index) => podCounts(one, name, index)));
  return {
    ofPods,
    ofRuns: ofPods,
    ofServices: answered.flatMap(one => routeCounts(one, `HTTPRoute ${one.namespace}/route`)),
    ofIngresses: answered.flatMap(one => routeCounts(one, `Ingress ${one.namespace}/ingress`)),
  };
}

/** The requests are spread over the pods evenly. */
function podCounts(one: Answered, name: string, index: number): PodCount[] {
  const { namespace, workload, kind = 'Deployment', pods, latencyMs } = one;
  const owner = kind === 'Deployment' ? { kind: 'ReplicaSet', name: `${workload}-abc` } : { kind, name: workload };
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      labels: { 'pod-template-hash': 'abc' },
      ownerReferences: [{ apiVersion: 'apps/v1', controller: true, uid: workload, ...owner }],
    },
    spec: { containers: [{ name: 'app', image: 'app', ports: [{ containerPort: 8080 }] }] },
    status: { podIP: `10.0.${namespace.length}.${index}` },
  } as unknown as PodCount['pod'];
  const part = (all: number): number => all / pods.length;
  return [
    { isError: false, tally: tallyOf(part(one.good), latencyMs) },
    { isError: true, tally: tallyOf(part(one.bad), latencyMs) },
  ]
    .filter(({ tally }) => tally.total > 0)
    .map(count => ({ ...count, pod, container: 'app', way: { service: `${namespace}/${workload}`, port: 80 } }));
}

function routeCounts({ namespace, workload, good, bad, latencyMs, canaryOf }: Answered, route: string): RouteCount[] {
  const insteadOf = canaryOf === undefined ? undefined : `${namespace}/${canaryOf}`;
  const way = { service: `${namespace}/${workload}`, port: 80, route, path: '/', insteadOf };
  return [
    { way, isError: false, tally: tallyOf(good, latencyMs) },
    { way, isError: true, tally: tallyOf(bad, latencyMs) },
  ].filter(({ tally }) => tally.total > 0);
}

function tallyOf(count: number, latencyMs: number): Tally {
  const one = newTally();
  countLatency(one, latencyMs);
  return { total: count, sumMs: count * latencyMs, byBound: one.byBound.map(times => times * count) };
}
