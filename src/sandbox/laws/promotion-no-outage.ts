import { refOf } from '../../kube.ts';
import { reaches, type Service } from '../controllers/endpoints/endpoint-ports.ts';
import { type Change, isAt, isKind, type Law, objectText, subjectOf } from './change.ts';
import { names, ofSide, readyPods } from './readiness.ts';
import { isPromoting, type Release } from './release.ts';
import { ROUTE_KINDS } from './routers/routes.ts';
import { type Outage, rulesOf } from './routers/rules.ts';
import type { World } from './world.ts';

/** Law 5: once promotion has begun, no write leaves a Service, or a route, with a side of which nothing is ready while the other side works. */
export const promotionNoOutage: Law = change =>
  change.releases.filter(isPromoting).flatMap(release => {
    if (!touched(change, release)) return [];
    const outages = rulesOf(release).outages ?? ofServices;
    const worse = outages(change.after, release).filter(
      ({ object, text }) =>
        isAt(subjectOf(change.write), object) || !outages(change.before, release).some(before => before.text === text),
    );
    return worse.map(({ text }) => text);
  });

/** A Service, a route, or a workload of the release. */
function touched({ write }: Change, { traffic }: Release): boolean {
  const subject = subjectOf(write);
  return (
    isKind(subject, 'Service', ...ROUTE_KINDS) ||
    traffic.pairs.some(({ stable, twin }) => isAt(subject, stable) || isAt(subject, twin))
  );
}

function ofServices(world: World, release: Release): Outage[] {
  return release.traffic.pairs.flatMap(pair => {
    const ref = pair.service?.stable;
    const service = ref && world.get<Service>('Service', ref.namespace, ref.name);
    if (!service) return [];
    const ready = readyPods(world, pair.stable.namespace);
    if (ready.some(pod => reaches(service, pod))) return [];
    const working = (['stable', 'twin'] as const).flatMap(side => ofSide(ready, world, release, pair, side));
    if (working.length === 0) return [];
    return [
      {
        object: refOf(service),
        text: `${objectText(service)} selects no ready pod, while these work: ${names(working)}`,
      },
    ];
  });
}
