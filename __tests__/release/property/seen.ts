import type { KubeObject } from '../../../src/kube.ts';
import type { Pod as RunningPod } from '../../../src/sandbox/controllers/pods.ts';
import type { Api } from '../../../src/sandbox/types.ts';

/** What is known of a pod after it is gone; times are milliseconds of the clock. */
export interface KnownPod {
  image: string;
  bornAt: number;
  /** When its container was first seen to have ended by itself, with an error. */
  crashedAt: number | undefined;
  goingSince: number | undefined;
}

/** What a world has been like, for whoever asks later. */
export interface Seen {
  /** Those that had this name until then, the last one first: pods of a StatefulSet are born again. */
  pods(name: string, at: number): KnownPod[];
  /** Whether a pod with this image had crashed by then. */
  hadCrashed(image: string, at: number): boolean;
  /** When one of the Services was last pointed at another track before that. */
  switchedAt(at: number): number | undefined;
}

export function follow(api: Api, services: readonly string[]): Seen {
  const pods = new Map<string, Map<string, KnownPod>>();
  const switches: number[] = [];
  const tracks = new Map<string, string | undefined>();

  function seePod({ metadata, spec, status }: RunningPod): void {
    const { name, uid = '', deletionTimestamp } = metadata;
    const born = pods.get(name) ?? new Map<string, KnownPod>();
    const known = born.get(uid);
    const ends = (status?.containerStatuses ?? []).flatMap(({ state, lastState }) => [state, lastState]);
    // Not as it was told to (143, by SIGTERM), but also on its way out.
    const crashed = ends.some(({ terminated }) => terminated && ![0, 143].includes(terminated.exitCode));
    born.set(uid, {
      image: spec?.containers[0]?.image ?? '',
      bornAt: known?.bornAt ?? api.clock.now(),
      crashedAt: known?.crashedAt ?? (crashed ? api.clock.now() : undefined),
      goingSince: known?.goingSince ?? (deletionTimestamp ? api.clock.now() : undefined),
    });
    pods.set(name, born);
  }

  api.subscribe(({ kind, crd }, { object }) => {
    if (crd) return;
    if (kind === 'Pod') seePod(object as RunningPod);
    const { name } = object.metadata;
    if (kind !== 'Service' || !services.includes(name)) return;
    const { spec } = object as KubeObject<{ selector?: Record<string, string> }>;
    const now = spec?.selector?.['sluice.dev/track'];
    if (now !== tracks.get(name)) switches.push(api.clock.now());
    tracks.set(name, now);
  });

  return {
    pods: (name, at) => [...(pods.get(name)?.values() ?? [])].filter(({ bornAt }) => bornAt <= at).reverse(),
    hadCrashed: (image, at) =>
      [...pods.values()].some(born =>
        [...born.values()].some(one => one.image === image && one.crashedAt !== undefined && one.crashedAt <= at),
      ),
    switchedAt: at => switches.findLast(time => time <= at),
  };
}
