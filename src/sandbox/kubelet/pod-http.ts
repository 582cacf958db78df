import type { KubeObject } from '../../kube.ts';
import type { Endpoint } from '../controllers/endpoints/endpoint-slice.ts';
import { isReady, type Pod } from '../controllers/pods.ts';
import { timeOf } from '../controllers/timestamp.ts';
import type { ProxyCall } from '../server/core.ts';
import { type Answer, json } from '../server/http/message.ts';
import type { Api } from '../types.ts';
import { durationOf, SANDBOX } from './behaviour.ts';

/** How a pod answers requests. */
export interface PodService {
  /** Share of the requests that fail, from 0 to 1. */
  errorRate: number;
  /** Milliseconds to an answer. */
  latency: number;
}

/**
 * Reads `sandbox.sluice.dev/error-rate` (`0.05` or `5%`), which holds from `error-after` (`30s`) after the start on, and
 * `latency` (`200ms`) of a pod.
 */
export function serviceOf({ metadata, status }: Pod, now: number): PodService {
  const rate = /^(\d+(?:\.\d+)?)(%?)$/.exec(metadata.annotations?.[`${SANDBOX}error-rate`] ?? '');
  const share = rate ? Number(rate[1]) / (rate[2] ? 100 : 1) : 0;
  const started = timeOf(status?.containerStatuses?.[0]?.state.running?.startedAt) ?? now;
  const healthyUntil = started + (durationOf(metadata.annotations?.[`${SANDBOX}error-after`]) ?? 0);
  return {
    errorRate: now < healthyUntil ? 0 : Math.min(1, share),
    latency: durationOf(metadata.annotations?.[`${SANDBOX}latency`]) ?? 0,
  };
}

interface Slice extends KubeObject {
  endpoints: readonly Endpoint[];
}

/** A pod that is ready behind the Service, each as likely as the other. */
function backendOf(api: Api, random: () => number, { metadata }: KubeObject): Pod | undefined {
  const ready = api
    .list<Slice>('discovery.k8s.io/EndpointSlice', metadata.namespace)
    .filter(slice => slice.metadata.labels?.['kubernetes.io/service-name'] === metadata.name)
    .flatMap(({ endpoints }) => endpoints)
    .filter(({ conditions }) => conditions.ready);
  const chosen = ready[Math.floor(random() * ready.length)];
  return chosen && api.get<Pod>('Pod', metadata.namespace, chosen.targetRef.name);
}

/** What a pod of some kind answers; undefined for pods of other kinds. */
export type PodServer = (pod: Pod, call: ProxyCall) => Answer | undefined;

/**
 * Answers what the API server proxies to pods and Services: as the pod's annotations have it, and not at all where nobody is
 * ready. What is answered without an error may be up to `serve`.
 */
export function podHttp(
  api: Api,
  random: () => number,
  serve: PodServer = () => undefined,
): (call: ProxyCall) => Answer | undefined {
  return call => {
    const { object, path } = call;
    const pod = object.kind === 'Service' ? backendOf(api, random, object) : (object as Pod);
    if (!pod || !isReady(pod)) return undefined;
    const { errorRate, latency } = serviceOf(pod, api.clock.now());
    const failed = random() < errorRate;
    const facts = { pod: pod.metadata.name, image: pod.spec?.containers[0]?.image, path: `/${path}` };
    const answer = failed ? json(500, { ...facts, error: 'simulated' }) : (serve(pod, call) ?? json(200, facts));
    if (latency === 0) return answer;
    const { body, ...head } = answer;
    return {
      contentType: 'application/json',
      ...head,
      stream: stream => {
        const cancel = api.clock.after(latency, () => {
          stream.write(typeof body === 'string' ? body : JSON.stringify(body));
          stream.end();
        });
        stream.closed.addEventListener('abort', cancel, { once: true });
      },
    };
  };
}
