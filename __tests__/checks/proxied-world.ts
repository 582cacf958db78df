import type { CheckContext, Sample } from '../../src/checks/check.ts';
import type { Json, KubeObject } from '../../src/kube.ts';
import type { Pair } from '../../src/release/plan.ts';
import type { InProcessOptions } from '../../src/sandbox/in-process.ts';
import { userNamed } from '../../src/sandbox/server/authentication.ts';
import { type Harness, harness } from '../sandbox/harness.ts';
import { handView } from '../traffic/hand-view.ts';
import { opened } from './asking.ts';
import { FACTS } from './context.ts';

export const NAMESPACE = 'default';
export const named = (kind: string, name: string) => ({
  apiVersion: kind === 'Deployment' ? 'apps/v1' : 'v1',
  kind,
  name,
  namespace: NAMESPACE,
});
const PAIR: Pair = {
  stable: named('Deployment', 'web'),
  twin: named('Deployment', 'web-canary'),
  size: 2,
  surge: 1,
  service: { stable: named('Service', 'web'), twin: named('Service', 'web-canary') },
};

const CANARY = { app: 'web-canary' };
/** The twin of `web`, whose pods listen on 8080. */
export const canary = (annotations: Record<string, string> = {}): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web-canary', namespace: NAMESPACE },
  spec: {
    replicas: 2,
    selector: { matchLabels: CANARY },
    template: {
      metadata: { labels: CANARY, annotations },
      spec: { containers: [{ name: 'web', image: 'web:2', ports: [{ name: 'web', containerPort: 8080 }] }] },
    },
  },
});
const service = (name: string, ports: Json[], selector: Record<string, string> = CANARY): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: NAMESPACE },
  spec: { selector, ports },
});

const OBJECTS = [
  service('web-canary', [{ name: 'http', port: 80, targetPort: 'web' }]),
  service('safe', [
    { name: 'https', port: 8443, targetPort: 'web' },
    { name: 'plain', port: 80, targetPort: 'web' },
  ]),
  service('bare', [{ port: 443, targetPort: 'web' }]),
  service('empty', [{ port: 80 }], { app: 'nobody' }),
];

export type Keys = { readonly [key: string]: Json };

/** A cluster with a new version, whose pods are asked through the API server. */
export interface World {
  h: Harness;
  connect(options?: InProcessOptions): Partial<CheckContext>;
  sample(keys: Keys, context?: Partial<CheckContext>): Promise<Sample>;
  /** What was asked through the API server since the last time, below the namespace. */
  asked(): string[];
}

/** With these annotations on the pods of the new version. */
export function makeWorld(annotations: Record<string, string> = {}): World {
  const h = harness({ traffic: false, objects: [canary(annotations), ...OBJECTS] });
  h.sandbox.core.tokens.set('nobody', userNamed('nobody'));
  const asked: string[] = [];
  const connect = (options: InProcessOptions = {}): Partial<CheckContext> => {
    const { cluster, clock } = h.open({
      ...options,
      onCall: (_n, { path }) => {
        const [, one] = /^\/api\/v1\/namespaces\/default\/(.*\/proxy.*)$/.exec(path) ?? [];
        if (one) asked.push(one);
        return 'execute';
      },
    });
    return { view, cluster, clock, pairs: [PAIR], facts: { ...FACTS, namespace: NAMESPACE } };
  };
  const view = handView(...h.api.list<KubeObject>('Pod', NAMESPACE), canary());
  return {
    h,
    connect,
    sample: (keys, context = connect()) =>
      h.run(opened('http', keys, context).sample(new AbortController().signal, false)),
    asked: () => asked.splice(0),
  };
}
