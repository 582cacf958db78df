import { isWorkload } from '../health/health.ts';
import { type KubeObject, type ObjectRef, refKey, refOf } from '../kube.ts';
import { type ContainerView, podTemplatesOf } from '../manifests/pod-templates.ts';
import type { Change } from '../release/events.ts';
import type { ContainerImage, ObjectChange, WorkloadReport } from './model.ts';
import type { Told } from './told.ts';

export function workloadReport(object: KubeObject, told: Told, endedAt: number): WorkloadReport {
  const key = refKey(refOf(object));
  const written = told.changes.get(key);
  const { at: judgedAt, ...judged } = told.health.get(key) ?? { at: endedAt };
  const seconds = written && Math.max(0, ((judged.health === 'healthy' ? judgedAt : endedAt) - written.at) / 1000);
  const pair = told.plan?.traffic?.pairs.find(({ stable }) => refKey(stable) === key);
  const size = told.sizes.get(key);
  const resized = size === pair?.size ? undefined : size;
  const twin = pair && besideReport(pair.twin, told);
  const baseline = pair?.baseline && besideReport(pair.baseline, told);
  return {
    ref: refOf(object),
    health: 'unknown',
    ...judged,
    images: imagesOf(
      object,
      told.previous.find(before => refKey(refOf(before)) === key),
    ),
    ...(written ? { change: written.change } : {}),
    ...(seconds === undefined ? {} : { seconds }),
    ...(resized === undefined ? {} : { resized }),
    ...(twin ? { twin } : {}),
    ...(baseline ? { baseline } : {}),
  };
}

/** Of a twin or a baseline; undefined where it does not run. */
function besideReport(ref: ObjectRef, { twins, health }: Told): WorkloadReport['twin'] {
  if (!twins.has(refKey(ref))) return undefined;
  const { at: _at, ...judged } = health.get(refKey(ref)) ?? { at: 0 };
  return { ref, health: 'unknown', ...judged };
}

function imagesOf(object: KubeObject, before: KubeObject | undefined): ContainerImage[] {
  const old = new Map(before ? containers(before).map(({ name, image }) => [name, image]) : []);
  return containers(object).map(({ name = '', image = '' }) => {
    const from = old.get(name);
    return { container: name, to: image, ...(from ? { from } : {}) };
  });
}

function containers(object: KubeObject): ContainerView[] {
  return podTemplatesOf(object).flatMap(({ template: { spec } }) => [
    ...(spec.initContainers ?? []),
    ...(spec.containers ?? []),
  ]);
}

export function objectChanges(told: Told): ObjectChange[] {
  const made = madeBy(told);
  const others = [...told.changes.values()].filter(
    ({ ref, change }) => (change === 'pruned' && !made.has(refKey(ref))) || (change !== 'pruned' && !isWorkload(ref)),
  );
  const order: readonly Change[] = ['created', 'changed', 'restored', 'pruned', 'unchanged'];
  return order
    .map(change => ({ change, objects: others.filter(other => other.change === change).map(({ ref }) => ref) }))
    .filter(({ objects }) => objects.length > 0);
}

/** What a release makes for itself and takes away again is no change once it is gone. */
function madeBy({ plan }: Told): Set<string> {
  const refs = (plan?.steps ?? []).flatMap(step => {
    if (step.do === 'remove') return [...step.twins, ...step.objects];
    return step.do === 'prepare' ? step.objects : [];
  });
  return new Set(refs.map(refKey));
}
