import type { Outside } from '../checks/check.ts';
import type { Clock } from '../clock.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { KubeObject } from '../kube.ts';
import type { ReleaseEvent } from './events.ts';

/** What a release needs of the world. */
export interface ReleaseDeps {
  cluster: Cluster;
  clock: Clock;
  /** For checks that ask beyond the cluster. */
  outside: Outside;
  /** Aborted when the run must stop: cancelled, or no longer the holder of the lock. Its reason is a SluiceError. */
  signal: AbortSignal;
  /** Aborted a little later: what is still under way then is given up. */
  halt: AbortSignal;
  emit: (event: ReleaseEvent) => void;
  /** Learns what must never be shown: the values of the Secrets among these objects. */
  conceal: (objects: readonly KubeObject[]) => void;
  /** Takes Secret values out of what the cluster says. */
  redact: (text: string) => string;
}
