import { isDeepStrictEqual } from 'node:util';
import type { Problem } from '../errors.ts';
import { type KubeObject, type ObjectRef, refKey, refOf, refText } from '../kube.ts';
import { podTemplatesOf } from '../manifests/pod-templates.ts';
import { TRACK_LABEL } from '../release/labels.ts';
import type { Pair, RouterName } from '../release/plan.ts';
import { podLabelsOf, type Service, selects } from '../traffic/services.ts';
import { type DeploymentSpec, stopsToRoll } from './twin.ts';
import type { Live, ProgressiveWish } from './wish.ts';

/** What the Services of a release that moves traffic cannot do without losing requests. */
export function serviceProblems(pairs: readonly Pair[], wish: ProgressiveWish, router: RouterName): Problem[] {
  const { live } = wish;
  const isSwitched = router === 'service';
  const routed = pairs.flatMap(pair => {
    const service = pair.service && serviceAt(live, refKey(pair.service.stable));
    return service ? [{ pair, service }] : [];
  });
  return [
    ...routed.flatMap(({ pair, service }) => portProblems(pair, service, wish)),
    ...(router === 'pods' ? [] : strangers(pairs, live)),
    ...(isSwitched ? routed.flatMap(({ service }) => localProblems(service)) : []),
    ...(router === 'pods' ? [] : pairs.flatMap(pair => adoptionProblems(pair, live))),
    ...(router === 'nginx' ? routed.flatMap(({ pair, service }) => emptyProblems(pair, service, live)) : []),
    ...(isSwitched ? routed.flatMap(({ pair, service }) => besideProblems(pair, service, live)) : []),
  ];
}

function serviceAt({ services }: Live, key: string): Service | undefined {
  return services.find(service => refKey(refOf(service)) === key) as Service | undefined;
}

/** Every Service that selects stable's pods: clients that go another way must not meet the new version by chance. */
export function pinned(pairs: readonly Pair[], { objects, services }: Live): Service[] {
  const labels = pairs.map(({ stable }) => ({
    namespace: stable.namespace,
    labels: podLabelsOf(objects.get(refKey(stable)) as KubeObject),
  }));
  return (services as readonly Service[]).filter(service =>
    labels.some(one => selects(service, one.namespace, one.labels)),
  );
}

/** Pods of other workloads behind a Service would lose its traffic when its selector names one track. */
function strangers(pairs: readonly Pair[], live: Live): Problem[] {
  const moved = new Set(pairs.map(({ stable }) => refKey(stable)));
  const unlabelled = live.workloads.filter(
    workload => !moved.has(refKey(refOf(workload))) && podLabelsOf(workload)[TRACK_LABEL] !== 'stable',
  );
  return pinned(pairs, live).flatMap(service =>
    unlabelled
      .filter(workload => selects(service, workload.metadata.namespace, podLabelsOf(workload)))
      .map(other => ({
        message: `${refText(refOf(service))} also sends to the pods of ${refText(refOf(other))}, which do not move in this release: they would lose its traffic. Choose \`traffic: pods\`, or give them a Service of their own.`,
      })),
  );
}

/** One Service has one set of target ports, for the pods of both versions. */
function portProblems({ stable }: Pair, service: Service, { live, groups }: ProgressiveWish): Problem[] {
  const name = refText(refOf(service));
  const merged = live.merged.get(refKey(refOf(service))) as Service | undefined;
  const targets = (one: Service | undefined): unknown => one?.spec?.ports?.map(({ targetPort }) => targetPort);
  if (merged && !isDeepStrictEqual(targets(merged), targets(service)))
    return [
      {
        message: `${name} changes its target ports in the same release as its pods: while it sends to both versions, one of them would be sent nothing. Keep the port's name in the Service and change its number in the pods, or use \`strategy: rolling\` for this change.`,
      },
    ];
  const wanted = groups.flat().find(object => refKey(refOf(object)) === refKey(stable));
  const ports = new Set(wanted ? portNamesOf(wanted) : []);
  const missing = (service.spec?.ports ?? []).filter(
    ({ targetPort }) => typeof targetPort === 'string' && !ports.has(targetPort),
  );
  return missing.map(({ targetPort }) => ({
    message: `${name} sends to the port named ${targetPort}, which the new version of ${refText(stable)} does not have: it would be sent nothing. Keep the port's name.`,
  }));
}

function portNamesOf(workload: KubeObject): string[] {
  const containers = podTemplatesOf(workload).flatMap(({ template: { spec } }) => [
    ...(spec.containers ?? []),
    ...(spec.initContainers ?? []),
  ]) as { ports?: { name?: string }[] }[];
  return containers.flatMap(({ ports = [] }) => ports.flatMap(({ name }) => name ?? []));
}

/** Promoted by its new strategy, and brought back by its old one. */
export function stops(stable: ObjectRef, size: number, { objects, merged }: Live): boolean {
  return [objects, merged].some(all => {
    const object = all.get(refKey(stable)) as KubeObject<DeploymentSpec> | undefined;
    return object !== undefined && stopsToRoll(object, size);
  });
}

/** A node without a pod of the version that has the traffic drops what a load balancer still sends to it. */
function localProblems(service: Service): Problem[] {
  const { externalTrafficPolicy, internalTrafficPolicy } = (service.spec ?? {}) as Record<string, unknown>;
  if (externalTrafficPolicy !== 'Local' && internalTrafficPolicy !== 'Local') return [];
  return [
    {
      message: `${refText(refOf(service))} keeps traffic on the node (${externalTrafficPolicy === 'Local' ? 'externalTrafficPolicy' : 'internalTrafficPolicy'}: Local): when its selector switches, nodes without a pod of the new version drop requests. Choose \`traffic: pods\`.`,
    },
  ];
}

/** Only one Service is switched: clients of the others meet stable alone, also while it is rolled. */
function besideProblems({ stable, size }: Pair, service: Service, live: Live): Problem[] {
  const { objects, services } = live;
  const present = objects.get(refKey(stable)) as KubeObject<DeploymentSpec>;
  if (!stops(stable, size, live)) return [];
  const beside = (services as readonly Service[]).filter(
    one => refKey(refOf(one)) !== refKey(refOf(service)) && selects(one, stable.namespace, podLabelsOf(present)),
  );
  return beside.map(one => ({
    message: `${refText(refOf(one))} sends to ${refText(stable)}, too, whose strategy (Recreate, or no surge) leaves it without pods while it is rolled. Choose \`traffic: pods\`, or give it a rolling update with a surge.`,
  }));
}

/** ingress-nginx serves nothing of a canary whose main Service has no endpoints. */
function emptyProblems({ stable, size }: Pair, service: Service, live: Live): Problem[] {
  if (!stops(stable, size, live)) return [];
  return [
    {
      message: `${refText(stable)} stops to roll (Recreate, or no surge), and ingress-nginx serves no canary while ${refText(refOf(service))} has no endpoints: its promotion would lose all requests. Choose \`traffic: service\` or \`traffic: pods\`, or give it a rolling update with a surge.`,
    },
  ];
}

/** Pods get the track label by a restart, which must not stop them all. */
function adoptionProblems({ stable, size }: Pair, { objects }: Live): Problem[] {
  const present = objects.get(refKey(stable)) as KubeObject<DeploymentSpec>;
  if (podLabelsOf(present)[TRACK_LABEL] === 'stable' || !stopsToRoll(present, size)) return [];
  return [
    {
      message: `${refText(stable)} must be restarted once to get the label ${TRACK_LABEL}, and its strategy (Recreate, or no surge) would stop all of it. Choose \`traffic: pods\`, or give it a rolling update with a surge first.`,
    },
  ];
}
