import type { KubeObject } from '../../../kube.ts';
import type { Pair } from '../../../release/plan.ts';
import { reaches, type Service } from '../../controllers/endpoints/endpoint-ports.ts';
import { sameJson } from '../../store/freeze.ts';
import { type Change, isAt, isDeletion, objectText, subjectOf } from '../change.ts';
import { names, replicasOf } from '../readiness.ts';
import type { Release } from '../release.ts';
import type { World } from '../world.ts';
import { versionsOf } from './route-edits.ts';
import { type Portion, type Routing, readyBehind, routedRules } from './routed.ts';
import { namedBy } from './routes.ts';
import type { RouterRules } from './rules.ts';

const PREFIX = 'nginx.ingress.kubernetes.io';
const INGRESS = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' };

const routing: Routing = {
  objects: (world, release) =>
    placesOf(release).flatMap(({ namespace, name }) => canaryAt(world, namespace, name) ?? []),
  portions: (world, release, pair) =>
    placesOf(release).flatMap(({ namespace, name }) => {
      const place = { ...INGRESS, name, ...(namespace ? { namespace } : {}) };
      const ingress = canaryAt(world, namespace, name);
      return portionsOf(place, ingress && sendsTo(ingress, pair) ? ingress : undefined);
    }),
  taken: emptiedMain,
};

/** A second Ingress beside the user's, whose annotations say what it takes from it. */
export const nginxRules: RouterRules = routedRules(routing);

/** Where the Ingress is, or would be, for each of the user's. */
function placesOf({ traffic }: Release): { namespace: string | undefined; name: string }[] {
  return (traffic.routes ?? []).map(({ namespace, name }) => ({ namespace, name: `${name}-${traffic.track}` }));
}

function canaryAt(world: World, namespace: string | undefined, name: string): KubeObject | undefined {
  const found = world.get('networking.k8s.io/Ingress', namespace, name);
  return found && annotation(found, 'canary') === 'true' ? found : undefined;
}

function annotation({ metadata }: KubeObject, name: string): string | undefined {
  return metadata.annotations?.[`${PREFIX}/${name}`];
}

function sendsTo(ingress: KubeObject, pair: Pair): boolean {
  const versions = versionsOf(pair);
  return versions !== undefined && namedBy(ingress).has(versions.twin);
}

function portionsOf(object: Portion['object'], ingress: KubeObject | undefined): Portion[] {
  const read = (name: string): string | undefined => ingress && annotation(ingress, name);
  const [weight, total] = [Number(read('canary-weight') ?? 0), Number(read('canary-weight-total') ?? 100)];
  const match = ['header', 'header-value', 'header-pattern', 'cookie'].map(name => read(`canary-by-${name}`));
  const split = { object, place: '', content: object, twin: weight, stable: total - weight, isMatch: false };
  return match.some(Boolean) ? [split, { ...split, content: match, isMatch: true }] : [split];
}

/** Without endpoints of the main Service ingress-nginx answers all requests with errors, those for the canary as well. */
function emptiedMain({ write, before }: Change, release: Release): string[] {
  return release.traffic.pairs.flatMap(pair => {
    const ingress = routing.objects(before, release).find(object => sendsTo(object, pair));
    const had = readyBehind(before, release, pair, 'stable');
    const what = had.length > 0 && pair.service ? emptying(write, pair) : undefined;
    return ingress && what
      ? [
          `${what}, and ${pair.service?.stable.name} has no endpoint then (it had ${names(had)}) while ${objectText(ingress)} is there`,
        ]
      : [];
  });

  function emptying({ before: was, after }: Change['write'], pair: Pair): string | undefined {
    const subject = subjectOf(write);
    if (isAt(subject, pair.stable)) {
      if (isDeletion(write)) return `${objectText(subject)} is deleted`;
      if (replicasOf(was) > 0 && replicasOf(after) === 0)
        return `${objectText(subject)} goes from ${replicasOf(was)} to 0 pods`;
      return isStoppedToRoll(was, after) ? `${objectText(subject)} stops all its pods to start new ones` : undefined;
    }
    if (!pair.service || !isAt(subject, pair.service.stable)) return undefined;
    if (isDeletion(write)) return `${objectText(subject)} is deleted`;
    const left = readyBehind(before, release, pair, 'stable').filter(pod => reaches(after as Service, pod));
    return left.length === 0 ? `${objectText(subject)} selects none of its pods any more` : undefined;
  }
}

function isStoppedToRoll(before: KubeObject | undefined, after: KubeObject | undefined): boolean {
  type Spec = { strategy?: { type?: string }; template?: unknown };
  const [was, now] = [before?.spec as Spec | undefined, after?.spec as Spec | undefined];
  return now?.strategy?.type === 'Recreate' && !sameJson(was?.template, now.template);
}
