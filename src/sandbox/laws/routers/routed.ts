import { type KubeObject, type ObjectRef, refKey, refOf, refText } from '../../../kube.ts';
import type { Pair } from '../../../release/plan.ts';
import type { Service } from '../../controllers/endpoints/endpoint-ports.ts';
import type { Pod } from '../../controllers/pods.ts';
import { sameJson } from '../../store/freeze.ts';
import { type Change, isAt, isDeletion, isKind, objectText, subjectOf } from '../change.ts';
import { endpointsOf, names, ofSide, replicasOf, type Side, workload } from '../readiness.ts';
import { type Release, trackOf } from '../release.ts';
import { kindOf, type World } from '../world.ts';
import { isEdited, isMatchRule, versionsOf, withoutVersions } from './route-edits.ts';
import { namedBy, ROUTE_KINDS, rulesIn } from './routes.ts';
import type { Move, Outage, RouterRules } from './rules.ts';
import { serviceRules } from './service.ts';

/** Where requests of a pair are split, or taken to the twin because of a header or cookie. */
export interface Portion {
  object: ObjectRef;
  /** Which part of the object, in words; empty where it is all of it. */
  place: string;
  /** By this it is known again after a write. */
  content: unknown;
  /** Weights of the two. */
  twin: number;
  stable: number;
  isMatch: boolean;
}

/** What tells routers apart that send to the twin's Service by objects of their own. */
export interface Routing {
  /** Objects through which the release sends requests to its twins. */
  objects(world: World, release: Release): readonly KubeObject[];
  /** What of the requests of a pair goes where. */
  portions(world: World, release: Release, pair: Pair): readonly Portion[];
  /** Law 3, beyond Services that are still named. */
  taken?(change: Change, release: Release): readonly string[];
}

/** The user's Service is stable's alone as long as the release runs, and the twin is reached through routes. */
export function routedRules(routing: Routing): RouterRules {
  return {
    moves: (change, release) => [
      ...pinMoves(change, release),
      ...(isKind(subjectOf(change.write), ...ROUTE_KINDS) ? routeMoves(routing, change, release) : []),
    ],
    senders: (world, release, pair) => [
      ...sendersOf(routing, world, release, pair),
      ...serviceRules.senders(world, release, pair),
    ],
    taken: (change, release) => [
      ...takenService(routing, change, release),
      ...(routing.taken?.(change, release) ?? []),
    ],
    outages: (world, release) =>
      release.traffic.pairs.flatMap(pair =>
        routing
          .portions(world, release, pair)
          .filter(({ isMatch }) => !isMatch)
          .flatMap(portion => outageOf(world, release, pair, portion)),
      ),
  };
}

/** Routing by rules with weighted backends. */
export const byBackends: Routing = {
  objects: (world, { traffic }) =>
    (traffic.routes ?? []).flatMap(ref => world.get(kindOf(ref), ref.namespace, ref.name) ?? []),
  portions(world, release, pair) {
    const versions = versionsOf(pair);
    if (!versions) return [];
    return byBackends.objects(world, release).flatMap(route =>
      rulesIn(route).flatMap(rule => {
        const of = (wanted: string) => rule.backends.filter(({ service }) => service === wanted);
        const [twins, stables] = [of(versions.twin), of(versions.stable)];
        const isSplit = stables.length > 0 && isEdited(release.traffic, rule);
        if (twins.length === 0 && !isSplit) return [];
        const isMatch = isMatchRule(rule, versions);
        const sum = (backends: typeof twins): number => backends.reduce((total, { weight }) => total + weight, 0);
        const content = isMatch ? rule.fields : withoutVersions(rule, [versions]);
        const object = refOf(route);
        return [{ object, place: rule.place, content, twin: sum(twins), stable: sum(stables), isMatch }];
      }),
    );
  },
};

export function sendersOf(routing: Routing, world: World, release: Release, pair: Pair): string[] {
  const sending = routing.portions(world, release, pair).filter(({ twin, isMatch }) => isMatch || twin > 0);
  return [...new Set(sending.map(({ object }) => refText(object)))];
}

/** Pods of a version that its Service sends to: a route knows no others. */
export function readyBehind(world: World, release: Release, pair: Pair, side: Side): Pod[] {
  const service = pair.service?.[side];
  return service ? ofSide(endpointsOf(world, service), world, release, pair, side) : [];
}

function pinMoves(change: Change, release: Release): Move[] {
  return serviceRules.moves(change, release).map(move => {
    const service = change.write.after as Service;
    const text = `${objectText(service)} is pointed at track ${trackOf(service)}, whose pods get requests by routes alone`;
    return move.to === 'twin' ? { ...move, isEnough: false, text } : move;
  });
}

function routeMoves({ portions }: Routing, change: Change, release: Release): Move[] {
  return release.traffic.pairs.flatMap(pair => {
    const [before, after] = [change.before, change.after].map(world => portions(world, release, pair));
    const splits = (all: readonly Portion[] = []): Portion[] => all.filter(({ isMatch }) => !isMatch);
    const isNew = (portion: Portion): boolean =>
      portion.isMatch && !before?.some(({ isMatch, content }) => isMatch && sameJson(content, portion.content));
    return [
      ...aligned(splits(before), splits(after)).flatMap(([was, now]) =>
        shiftsOf(change.before, release, pair, was, now),
      ),
      ...(after ?? []).filter(isNew).map(portion => matchOf(change.before, release, pair, portion)),
    ];
  });
}

/** Each portion with what it was before the write: that of the same content in the object, else the next that is nothing else's. */
function aligned(before: readonly Portion[], after: readonly Portion[]): [Portion | undefined, Portion][] {
  const left = [...before];
  const take = ({ object }: Portion, fits: (was: Portion) => boolean = () => true): Portion | undefined => {
    const index = left.findIndex(was => refKey(was.object) === refKey(object) && fits(was));
    return index < 0 ? undefined : left.splice(index, 1)[0];
  };
  const found = after.map(now => take(now, ({ content }) => sameJson(content, now.content)));
  return after.map((now, index) => [found[index] ?? take(now), now]);
}

function percent({ twin, stable }: Portion, side: Side): number {
  return twin + stable === 0 ? 0 : (100 * (side === 'twin' ? twin : stable)) / (twin + stable);
}

function shiftsOf(world: World, release: Release, pair: Pair, was: Portion | undefined, now: Portion): Move[] {
  const grows = (side: Side): boolean => percent(now, side) > (was ? percent(was, side) : 0);
  const ready = {
    twin: readyBehind(world, release, pair, 'twin'),
    stable: readyBehind(world, release, pair, 'stable'),
  };
  const present = replicasOf(workload(world, pair.stable));
  const move = (to: Side, needed: number, isBetter: boolean): Move => {
    const [from, into] = [was ? `from ${rounded(percent(was, 'twin'))} ` : '', rounded(percent(now, 'twin'))];
    const text = `${placeText(now)} moves ${pair.twin.name} ${from}to ${into} % while ${ready[to].length} pods of ${pair[to].name} are ready (${names(ready[to])}), and ${needed} are needed`;
    return { pair, to, deletes: false, isEnough: ready[to].length >= needed || isBetter, text };
  };
  const part = (side: Side, size: number): number => Math.ceil((now[side] * size) / (now.twin + now.stable));
  const size = pair.autoscaler ? present : pair.size;
  // A rule that is new takes nothing from anybody, so that it is wrong only where the twin could serve it and stable cannot.
  const isBetter = ready.stable.length > ready.twin.length || (!was && ready.twin.length === 0);
  return [
    ...(grows('twin') ? [move('twin', Math.max(1, part('twin', size)), false)] : []),
    ...(grows('stable') ? [move('stable', part('stable', Math.min(pair.size, present)), isBetter)] : []),
  ];
}

function matchOf(world: World, release: Release, pair: Pair, portion: Portion): Move {
  const ready = readyBehind(world, release, pair, 'twin').length;
  const text = `${placeText(portion)} sends requests that match to ${pair.twin.name} while ${ready} of its pods are ready, and 1 is needed`;
  return { pair, to: 'twin', deletes: false, isEnough: ready > 0, text };
}

function outageOf(world: World, release: Release, pair: Pair, portion: Portion): Outage[] {
  const side = (['twin', 'stable'] as const).find(one => percent(portion, one) === 100);
  if (!side || readyBehind(world, release, pair, side).length > 0) return [];
  const working = readyBehind(world, release, pair, side === 'twin' ? 'stable' : 'twin');
  if (working.length === 0) return [];
  const text = `${placeText(portion)} sends everything to ${pair[side].name}, of which no pod is ready, while these work: ${names(working)}`;
  return [{ object: portion.object, text }];
}

/** A route that names a Service which is not there is refused, or answers errors, whatever the weight. */
function takenService(routing: Routing, { write, before, history }: Change, release: Release): string[] {
  const subject = subjectOf(write);
  if (!isDeletion(write) || !isKind(subject, 'Service')) return [];
  return release.traffic.pairs.flatMap(pair => {
    const versions = versionsOf(pair);
    if (!versions || !pair.service || !isAt(subject, pair.service.twin)) return [];
    const sending = sendersOf(routing, before, release, pair);
    const naming = routing
      .objects(before, release)
      .filter(object => [...namedBy(object)].some(name => isNamed(name) && !history.users.names(object).has(name)))
      .map(objectText);
    function isNamed(name: string): boolean {
      return name === versions?.twin || name.startsWith(`${versions?.twin} `);
    }
    const all = [...new Set([...sending, ...naming])];
    return all.length === 0 ? [] : [`${objectText(subject)} is deleted while ${all.join(', ')} names it`];
  });
}

function placeText({ object, place }: Portion): string {
  return [refText(object), place].filter(Boolean).join(' ');
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
