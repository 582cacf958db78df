import { type KubeObject, refKey, refOf } from '../../../kube.ts';
import type { Pair } from '../../../release/plan.ts';
import { reaches, type Service } from '../../controllers/endpoints/endpoint-ports.ts';
import type { Pod } from '../../controllers/pods.ts';
import { isKind, objectText } from '../change.ts';
import { names, ofSide, readyPods, replicasOf, workload } from '../readiness.ts';
import { ownServices, type Release, TRACK, trackOf } from '../release.ts';
import type { World } from '../world.ts';
import type { Move, RouterRules } from './rules.ts';

/** The selector of the user's Service names the track that gets everything. */
export const serviceRules: RouterRules = {
  moves(change, release) {
    const { before, after } = change.write;
    if (!isKind(after, 'Service') || !before || isOwn(release, after as Service)) return [];
    const [from, to] = [before as Service, after as Service];
    if (trackOf(from) === trackOf(to)) return [];
    return release.traffic.pairs
      .filter(pair => concerns(change.before, pair, to))
      .flatMap(pair => moveOf(change.before, release, pair, from, to) ?? []);
  },
  senders(world, release, pair) {
    return userServices(world, release, pair)
      .filter(service => reachesTwin(world, release, pair, service))
      .map(objectText);
  },
};

export function isOwn({ traffic }: Release, service: Service): boolean {
  return ownServices(traffic).some(ref => refKey(ref) === refKey(refOf(service)));
}

function userServices(world: World, release: Release, { stable }: Pair): Service[] {
  return world.list<Service>('Service', stable.namespace).filter(service => !isOwn(release, service));
}

/** By the labels that the twin's pods have or, before it is there, will have. */
function reachesTwin(world: World, { traffic }: Release, pair: Pair, service: Service): boolean {
  const labels = podLabels(workload(world, pair.twin) ?? workload(world, pair.stable));
  return reaches(service, podWith({ ...labels, [TRACK]: traffic.track }));
}

/** Whether the Service is for the pods of this pair, on whatever track. */
function concerns(world: World, { stable }: Pair, service: Service): boolean {
  const track = trackOf(service);
  const labels = { ...podLabels(workload(world, stable)), ...(track === undefined ? {} : { [TRACK]: track }) };
  return stable.namespace === service.metadata.namespace && reaches(service, podWith(labels));
}

function podLabels(found: KubeObject | undefined): Record<string, string> {
  const spec = found?.spec as { template?: { metadata?: { labels?: Record<string, string> } } } | undefined;
  return spec?.template?.metadata?.labels ?? {};
}

function podWith(labels: Record<string, string>): KubeObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: '', labels } };
}

function moveOf(world: World, release: Release, pair: Pair, from: Service, to: Service): Move | undefined {
  const ready = readyPods(world, pair.stable.namespace);
  const reached = (service: Service, side: 'twin' | 'stable'): Pod[] =>
    ofSide(ready, world, release, pair, side).filter(pod => reaches(service, pod));
  const { track } = release.traffic;
  const desired = Math.min(pair.size, replicasOf(workload(world, pair.stable)));
  const text = (side: string, pods: readonly Pod[], needed: number, left: readonly Pod[]): string =>
    `${objectText(to)} moves from ${trackText(from)} to ${trackText(to)} while ${pods.length} pods of ${side} are ready (${names(pods)}), ${needed} are needed, and ${left.length} are ready where it comes from`;
  if (trackOf(to) === track) {
    const [gets, leaves] = [reached(to, 'twin'), reached(from, 'stable')];
    const isEnough = gets.length >= pair.size || gets.length > leaves.length;
    return { pair, to: 'twin', deletes: false, isEnough, text: text(pair.twin.name, gets, pair.size, leaves) };
  }
  const gets = reached(to, 'stable');
  if (trackOf(from) === track) {
    const leaves = reached(from, 'twin');
    const isEnough = gets.length >= desired || gets.length > leaves.length;
    return { pair, to: 'stable', deletes: false, isEnough, text: text(pair.stable.name, gets, desired, leaves) };
  }
  // Pinned or unpinned while stable has everything: none of its pods may get lost by it.
  const had = reached(from, 'stable');
  const needed = Math.min(desired, had.length);
  const isEnough = gets.length >= needed;
  return { pair, to: 'stable', deletes: false, isEnough, text: text(pair.stable.name, gets, needed, had) };
}

export function trackText(service: Service): string {
  const track = trackOf(service);
  return track === undefined ? 'all tracks' : `track ${track}`;
}
