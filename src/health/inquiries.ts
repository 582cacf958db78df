import type { Cluster } from '../cluster/cluster.ts';
import type { KubeObject, ObjectRef } from '../kube.ts';
import { creationFinding, mountFinding, nodeIsComing } from './event-findings.ts';
import { EVENT, type KubeEvent } from './event-view.ts';
import type { Finding } from './finding.ts';
import type { PodBook } from './pod-book.ts';
import { containersOf, type Pod } from './pod-view.ts';
import type { Tracked } from './tracked.ts';

type Again = () => void;

/** Facts that are asked for only where something looks wrong, each once; `again` is called when the answer is there. */
export interface Inquiries {
  /** What could not be read, for the report. */
  readonly notes: ReadonlySet<string>;
  bindingMode(again: Again): (storageClass: string) => string | undefined;
  replicaSet(pods: PodBook, uid: string, ref: ObjectRef, again?: Again): Promise<void>;
  /** Whether an unschedulable pod may yet get a node from an autoscaler: asked for once, true until the answer is no. */
  mayGetNode(one: Tracked, pod: Pod, again: Again): boolean;
  /** Looks at the events of a workload that stands still, and of one of its pods. */
  look(pods: PodBook, one: Tracked, again: Again): void;
  warnings(namespace: string): Promise<KubeEvent[]>;
  /** The answer, or undefined with a note that says what stays unknown. */
  attempt<T>(what: string, ask: () => Promise<T>): Promise<T | undefined>;
}

/** However many workloads stand still: a few explain the rest, and no cluster is to be flooded by its own slowness. */
const LOOKS = 6;

export function makeInquiries(cluster: Cluster): Inquiries {
  const notes = new Set<string>();
  const modes = new Map<string, string | undefined>();
  const asked = new Map<string, Promise<void>>();
  let looks = LOOKS;

  async function attempt<T>(what: string, ask: () => Promise<T>): Promise<T | undefined> {
    try {
      return await ask();
    } catch (error) {
      notes.add(`${what} could not be read: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  }

  function events(namespace: string, fieldSelector: string): Promise<KubeEvent[]> {
    const selection = { fieldSelector, ...(namespace ? { namespace } : {}) };
    const answer = attempt(`Events${namespace ? ` of namespace ${namespace}` : ''}`, () =>
      cluster.list<KubeEvent>(EVENT, selection),
    );
    return answer.then(listed => listed?.items ?? []);
  }

  function eventsOf(object: KubeObject): Promise<KubeEvent[]> {
    return events(object.metadata.namespace ?? '', `involvedObject.uid=${object.metadata.uid}`);
  }

  function replicaSet(pods: PodBook, uid: string, ref: ObjectRef, again?: Again): Promise<void> {
    const before = asked.get(uid);
    if (before) return before;
    const asking = attempt(`${ref.kind} ${ref.namespace}/${ref.name}`, () => cluster.get(ref)).then(found => {
      pods.know(uid, found ?? null);
      again?.();
    });
    asked.set(uid, asking);
    return asking;
  }

  async function lookAt(pods: PodBook, one: Tracked): Promise<Finding | undefined> {
    const { unknown } = pods.of(one.object);
    await Promise.all(unknown.map(({ uid, ref }) => replicaSet(pods, uid, ref)));
    const { current } = pods.of(one.object);
    const waiting = current.find(({ pod }) => isBeingCreated(pod))?.pod;
    if (waiting) return mountFinding(waiting, await eventsOf(waiting));
    const enough = current.length >= (one.health.replicas?.desired ?? 1);
    // A Deployment repeats in its status what its ReplicaSet is refused.
    if (enough || one.ref.kind === 'Deployment' || one.ref.kind === 'Pod') return undefined;
    return creationFinding(one.object, await eventsOf(one.object));
  }

  return {
    notes,
    attempt,
    bindingMode: again => className => {
      if (!modes.has(className)) {
        modes.set(className, undefined);
        const ref = { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', name: className };
        void attempt(`StorageClass ${className}`, () =>
          cluster.get<KubeObject & { volumeBindingMode?: string }>(ref),
        ).then(found => {
          modes.set(className, found?.volumeBindingMode);
          again();
        });
      }
      return modes.get(className);
    },
    replicaSet,
    mayGetNode(one, pod, again) {
      if (one.node === 'unasked') {
        one.node = 'asking';
        void eventsOf(pod).then(found => {
          one.node = nodeIsComing(pod, found) ? 'coming' : 'not-coming';
          again();
        });
      }
      return one.node !== 'not-coming';
    },
    look(pods, one, again) {
      if (looks === 0) return;
      looks -= 1;
      void lookAt(pods, one).then(told => {
        one.told = told;
        again();
      });
    },
    warnings: namespace => events(namespace, 'type=Warning'),
  };
}

/** Scheduled, but none of its containers has got as far as a trouble of its own. */
function isBeingCreated(pod: Pod): boolean {
  const containers = containersOf(pod);
  const creating = ({ status }: { status: { state?: { waiting?: { reason?: string } } } }): boolean =>
    /^(ContainerCreating|PodInitializing)?$/.test(status.state?.waiting?.reason ?? (status.state ? '-' : ''));
  return pod.spec?.nodeName !== undefined && containers.every(creating);
}
