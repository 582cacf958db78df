import type { KubeObject } from '../../../kube.ts';
import type { LogLine } from '../../kubelet/pod-logs.ts';
import type { FieldError } from '../../types.ts';
import type { Core } from '../core.ts';
import type { Answer } from '../http/message.ts';
import { text } from '../http/message.ts';
import { collectionOf } from '../registry.ts';
import { badRequest, invalid, notFound } from '../statuses.ts';

interface ContainerStatus {
  name: string;
  state?: { waiting?: { reason?: string }; running?: object; terminated?: object };
  lastState?: { terminated?: object };
}
interface PodView extends KubeObject {
  spec: {
    nodeName?: string;
    containers: { name: string }[];
    initContainers?: { name: string }[];
    ephemeralContainers?: { name: string }[];
  };
  status?: {
    containerStatuses?: ContainerStatus[];
    initContainerStatuses?: ContainerStatus[];
    ephemeralContainerStatuses?: ContainerStatus[];
  };
}

const NODES = collectionOf({ group: '', plural: 'nodes' });

/** The container that a request is about: the named one, or the only one. */
export function containerOf(pod: KubeObject, wanted: string | null): string {
  const { containers, initContainers = [], ephemeralContainers = [] } = (pod as PodView).spec;
  const { name } = pod.metadata;
  if (wanted) {
    const known = [...containers, ...initContainers, ...ephemeralContainers].some(
      container => container.name === wanted,
    );
    if (!known) throw badRequest(`container ${wanted} is not valid for pod ${name}`);
    return wanted;
  }
  const [only, second] = containers;
  if (only && !second) return only.name;
  const list = (of: { name: string }[]): string => `[${of.map(container => container.name).join(' ')}]`;
  const initial = initContainers.length > 0 ? ` or one of the init containers: ${list(initContainers)}` : '';
  throw badRequest(`a container name must be specified for pod ${name}, choose one of: ${list(containers)}${initial}`);
}

interface LogOptions {
  tail: number | undefined;
  limit: number | undefined;
  since: number | undefined;
  timestamps: boolean;
  previous: boolean;
  follow: boolean;
}

function optionsOf(name: string, query: URLSearchParams, now: number): LogOptions {
  const number = (key: string): number | undefined => (query.has(key) ? Number(query.get(key)) : undefined);
  const is = (key: string): boolean => /^(true|1)$/.test(query.get(key) ?? '');
  const [tail, limit, seconds] = [number('tailLines'), number('limitBytes'), number('sinceSeconds')];
  const errors: FieldError[] = [];
  const check = (field: string, value: number | undefined, least: number, why: string): void => {
    if (value !== undefined && value < least)
      errors.push({ reason: 'FieldValueInvalid', field, message: `Invalid value: ${value}: ${why}` });
  };
  check('tailLines', tail, 0, 'must be greater than or equal to 0');
  check('limitBytes', limit, 1, 'must be greater than 0');
  check('sinceSeconds', seconds, 1, 'must be greater than 0');
  if (errors.length > 0) throw invalid({ group: '', kind: 'PodLogOptions' }, name, errors);
  const time = query.get('sinceTime');
  const since = seconds !== undefined ? now - seconds * 1000 : time ? Date.parse(time) : undefined;
  return { tail, limit, since, timestamps: is('timestamps'), previous: is('previous'), follow: is('follow') };
}

/** `GET pods/NAME/log`: the text that a container wrote, and with `follow` what it will write. */
export function podLogAnswer(core: Core, namespace: string | undefined, name: string, query: URLSearchParams): Answer {
  const options = optionsOf(name, query, core.clock.now());
  const resource = { group: '', plural: 'pods' };
  const pod = core.store.get(collectionOf(resource), namespace, name) as PodView | undefined;
  if (!pod) throw notFound(resource, name);
  const container = containerOf(pod, query.get('container'));
  const node = pod.spec.nodeName;
  if (!node) return { status: 204, body: '' };
  if (!core.store.get(NODES, undefined, node)) throw notFound(resource, node);
  checkStarted(pod, container, options);
  const print = ({ time, text }: LogLine): string =>
    options.timestamps ? `${new Date(time).toISOString()} ${text}\n` : `${text}\n`;
  const lines = core.logs
    .read(pod, container, options.previous)
    .filter(({ time }) => options.since === undefined || time >= options.since);
  const shown = options.tail === undefined ? lines : options.tail > 0 ? lines.slice(-options.tail) : [];
  const printed = shown.map(print).join('');
  const begin = options.limit === undefined ? printed : printed.slice(0, options.limit);
  if (!options.follow || options.previous) return { ...text(200, begin), contentType: 'text/plain' };
  return {
    status: 200,
    contentType: 'text/plain',
    stream: stream => {
      stream.write(begin);
      const stop = core.logs.follow(pod, container, line => stream.write(print(line)));
      const unsubscribe = core.store.subscribe((_collection, { type, object }) => {
        if (object.metadata.uid !== pod.metadata.uid) return;
        if (type === 'DELETED' || statusOf(object as PodView, container)?.state?.terminated) done();
      });
      const done = (): void => {
        stop();
        unsubscribe();
        stream.end();
      };
      stream.closed.addEventListener('abort', done, { once: true });
      if (statusOf(pod, container)?.state?.terminated) done();
    },
  };
}

function statusOf(pod: PodView, container: string): ContainerStatus | undefined {
  const { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] } = pod.status ?? {};
  return [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses].find(
    ({ name }) => name === container,
  );
}

/** What the kubelet answers for a container that has not begun. */
function checkStarted(pod: PodView, container: string, { previous }: LogOptions): void {
  const status = statusOf(pod, container);
  const { name } = pod.metadata;
  if (previous) {
    if (!status?.lastState?.terminated)
      throw badRequest(
        `previous terminated container ${JSON.stringify(container)} in pod ${JSON.stringify(name)} not found`,
      );
    return;
  }
  const waiting = status?.state?.waiting;
  if (status && (!waiting || status.lastState?.terminated)) return;
  const reason = waiting?.reason ?? 'ContainerCreating';
  const why = /ImagePull|InvalidImageName/.test(reason)
    ? `is waiting to start: trying and failing to pull image`
    : `is waiting to start: ${reason}`;
  throw badRequest(`container ${JSON.stringify(container)} in pod ${JSON.stringify(name)} ${why}`);
}
