import { type KubeObject, type ObjectRef, refOf, refText } from '../kube.ts';
import { TRACK_LABEL } from '../release/labels.ts';
import type { Match, Pair } from '../release/plan.ts';
import { LONGEST_NAME, suffixed } from './names.ts';
import { lostRoutes, type RouteShare, type RouteWriter, routedRouter } from './routed.ts';
import type { RouterContext } from './router.ts';
import type { RouteQuestion, RouterKind } from './router-kind.ts';

const PREFIX = 'nginx.ingress.kubernetes.io/';
const CANARY = `${PREFIX}canary`;
const WEIGHT = `${PREFIX}canary-weight`;
const CLASS = 'kubernetes.io/ingress.class';
const DEFAULT_CLASS = 'ingressclass.kubernetes.io/is-default-class';
/** Of a class; a second controller in a cluster has a name of its own, which ends in this. */
const CONTROLLER = /ingress-nginx$/;
/** What a canary Ingress does not take over from the main one, by the controller's documentation. */
const OWN_ANNOTATIONS =
  /^nginx\.ingress\.kubernetes\.io\/(load-balance|upstream-hash-by|affinity.*|session-cookie-.*)$/;

interface Backend {
  service?: { name?: string };
}
interface Path {
  path?: string;
  pathType?: string;
  backend?: Backend;
}
interface IngressSpec {
  ingressClassName?: string;
  tls?: unknown[];
  defaultBackend?: Backend;
  rules?: { host?: string; http?: { paths?: Path[] } }[];
}
type Ingress = KubeObject<IngressSpec>;

/** ingress-nginx: a second Ingress with the canary annotations, for the rules that use the Service. */
export const nginx: RouterKind = {
  kinds: [[{ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' }]],
  aids: [[{ apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass' }]],
  isNear: true,
  matches: ['header', 'cookie'],
  targets: route =>
    [...pathsOf(route).map(({ backend }) => backend), (route as Ingress).spec?.defaultBackend].flatMap(backend =>
      backend ? [backend.service?.name ?? 'something else'] : [],
    ),
  answers: (route, aids) => isNginx(route, aids) && route.metadata.annotations?.[CANARY] !== 'true',
  otherwise: route => `is of class ${classOf(route) ?? 'none'}`,
  leads: (route, service) => route.metadata.namespace === service.namespace && leadsTo(route, service),
  problems: question => [...annotationProblems(question), ...otherCanaries(question), ...wordProblems(question)],
  made: ({ route, pairs, track }) => [canaryOf(route, pairs, track)],
  open: context => routedRouter(context, ingressWriter(context)),
};

function ingressWriter(context: RouterContext): RouteWriter {
  const { traffic, view, cluster, match, deps } = context;
  const mains = traffic.routes ?? [];
  const refs = mains.map(ref => canaryRef(ref, traffic.track));
  const wanted = (ref: ObjectRef, share: RouteShare): KubeObject | undefined => {
    const made = context.made(ref);
    return made && withAnnotations(made, { ...weightOf(share), ...(share.matched && match ? matchOf(match) : {}) });
  };
  const isThere = (ref: ObjectRef, share: RouteShare): boolean => {
    const live = view.get<KubeObject>(ref);
    // What never had a share needs no Ingress to say so.
    if (!live) return share.weight === 0 && !share.matched;
    return (
      canaryText(live) === canaryText(wanted(ref, share)) && (share.weight === 0 || hasPaths(live, wanted(ref, share)))
    );
  };
  /** ingress-nginx heeds a canary only beside a main Ingress to the main Service. */
  const lost = ({ weight, matched }: RouteShare): string[] =>
    weight === 0 && !matched
      ? []
      : mains.flatMap(ref => {
          const main = view.get<KubeObject>(ref);
          if (!main) return [`${refText(ref)} is gone`];
          const isLed = traffic.pairs.some(({ service }) => service && leadsTo(main, service.stable));
          return isLed ? [] : [`${refText(ref)} does not name a Service of the release any more`];
        });

  return {
    shares: ({ service }: Pair) =>
      refs.flatMap(ref => {
        const made = context.made(ref);
        if (!service || !made || !leadsTo(made, service.twin)) return [];
        return [Number(view.get<KubeObject>(ref)?.metadata.annotations?.[WEIGHT] ?? 0)];
      }),
    differences: share => [
      ...lost(share),
      ...refs
        .filter(ref => !isThere(ref, share))
        .map(ref => {
          const live = view.get<KubeObject>(ref);
          return live
            ? `${refText(ref)} has ${canaryText(live)} instead of ${canaryText(wanted(ref, share))}`
            : `${refText(ref)}, which gives the new version its share, is not there`;
        }),
    ],
    async write(share, may) {
      for (const ref of refs.filter(one => !isThere(one, share))) {
        context.signal.throwIfAborted();
        const object = wanted(ref, share);
        if (!object || !may()) return;
        const { object: written } = await cluster.apply(object, { force: true });
        view.enter(await withoutOthers(context, ref, written, object));
      }
      const texts = lost(share);
      if (texts.length > 0) throw lostRoutes(texts);
    },
    // It says of no Ingress that it has taken it: the settle time must be enough.
    pending: () => undefined,
    async undo() {
      for (const ref of refs) {
        context.signal.throwIfAborted();
        const live = await cluster.get(ref);
        const own = context.made(ref)?.metadata.labels;
        if (!live || live.metadata.labels?.[TRACK_LABEL] !== own?.[TRACK_LABEL]) continue;
        await cluster.remove(ref, { uid: live.metadata.uid as string });
        view.forget(ref);
        deps.emit({ type: 'written', ref, change: 'pruned' });
      }
    },
  };
}

/** An apply leaves alone what others have put there; of a canary that decides who meets the new version, and goes. */
async function withoutOthers(
  { cluster }: RouterContext,
  ref: ObjectRef,
  written: KubeObject,
  wanted: KubeObject,
): Promise<KubeObject> {
  const own = wanted.metadata.annotations ?? {};
  const others = Object.keys(written.metadata.annotations ?? {}).filter(key => key.startsWith(CANARY) && !(key in own));
  if (others.length === 0) return written;
  return cluster.patch(ref, { metadata: { annotations: Object.fromEntries(others.map(key => [key, null])) } }, 'merge');
}

function hasPaths(live: KubeObject, wanted: KubeObject | undefined): boolean {
  const of = (ingress: KubeObject | undefined): string =>
    JSON.stringify(
      ingress ? [placesOf(ingress as Ingress), pathsOf(ingress).map(({ backend }) => backend?.service?.name)] : [],
    );
  return of(live) === of(wanted);
}

function leadsTo(ingress: KubeObject, { name }: ObjectRef): boolean {
  return pathsOf(ingress).some(({ backend }) => backend?.service?.name === name);
}

function weightOf({ weight }: RouteShare): Record<string, string> {
  return { [WEIGHT]: String(weight) };
}

function matchOf({ by, name, value }: Match): Record<string, string> {
  if (by === 'cookie') return { [`${PREFIX}canary-by-cookie`]: name };
  return { [`${PREFIX}canary-by-header`]: name, [`${PREFIX}canary-by-header-value`]: value };
}

/** What the annotations say of the canary, as a text that is the same for the same. */
function canaryText(ingress: KubeObject | undefined): string {
  return Object.entries(ingress?.metadata.annotations ?? {})
    .filter(([key]) => key.startsWith(CANARY))
    .map(([key, value]) => `${key.slice(PREFIX.length)} ${value}`)
    .toSorted()
    .join(', ');
}

function withAnnotations(object: KubeObject, annotations: Record<string, string>): KubeObject {
  const { metadata } = object;
  return { ...object, metadata: { ...metadata, annotations: { ...metadata.annotations, ...annotations } } };
}

function canaryRef(ref: ObjectRef, track: string): ObjectRef {
  return { ...ref, name: suffixed(ref.name, track, LONGEST_NAME) };
}

/** Only the rules and paths that use a Service of the release, for its new version. */
function canaryOf(route: KubeObject, pairs: RouteQuestion['pairs'], track: string): KubeObject {
  const { ingressClassName, tls, rules = [] } = (route as Ingress).spec ?? {};
  const { metadata } = route;
  const annotations = Object.entries(metadata.annotations ?? {}).filter(
    ([key]) => key === CLASS || OWN_ANNOTATIONS.test(key),
  );
  const used = rules.flatMap(rule => {
    const paths = (rule.http?.paths ?? []).flatMap(path => {
      const two = pairs.find(({ stable }) => path.backend?.service?.name === stable.name);
      return two ? [{ ...path, backend: { service: { ...path.backend?.service, name: two.twin.name } } }] : [];
    });
    return paths.length > 0 ? [{ ...rule, http: { paths } }] : [];
  });
  return {
    apiVersion: route.apiVersion,
    kind: route.kind,
    metadata: {
      name: suffixed(metadata.name, track, LONGEST_NAME),
      ...(metadata.namespace ? { namespace: metadata.namespace } : {}),
      labels: { [TRACK_LABEL]: track },
      annotations: { ...Object.fromEntries(annotations), [CANARY]: 'true', [WEIGHT]: '0' },
    },
    spec: { ...(ingressClassName ? { ingressClassName } : {}), ...(tls ? { tls } : {}), rules: used },
  };
}

function pathsOf(ingress: KubeObject): Path[] {
  return ((ingress as Ingress).spec?.rules ?? []).flatMap(({ http }) => http?.paths ?? []);
}

function classOf(ingress: KubeObject): string | undefined {
  return (ingress as Ingress).spec?.ingressClassName ?? ingress.metadata.annotations?.[CLASS];
}

/** By the controller that its class names; where classes may not be read, by the name that the class usually has. */
function isNginx(ingress: KubeObject, classes: readonly KubeObject[]): boolean {
  const named = classOf(ingress);
  const found = classes.find(({ metadata }) =>
    named === undefined ? metadata.annotations?.[DEFAULT_CLASS] === 'true' : metadata.name === named,
  );
  if (found) return (found.spec as { controller?: string } | undefined)?.controller?.match(CONTROLLER) != null;
  return named === 'nginx';
}

function annotationProblems({ route, pairs, rules }: RouteQuestion): string[] {
  const name = refText(refOf(route));
  const passes = route.metadata.annotations?.[`${PREFIX}ssl-passthrough`] === 'true';
  const rest = (route as Ingress).spec?.defaultBackend?.service?.name;
  const isRest = pairs.some(({ stable }) => stable.name === rest);
  return [
    ...(isRest
      ? [
          `${name} sends what no rule matches to Service ${rest} by its defaultBackend, which ingress-nginx splits by no canary: give it a rule with the path / instead.`,
        ]
      : []),
    ...(passes ? [`${name} passes TLS through (ssl-passthrough), and ingress-nginx splits no such traffic.`] : []),
    ...(rules ? [`${name} has no named rules: \`routes:\` is for HTTPRoutes, GRPCRoutes and VirtualServices.`] : []),
  ];
}

/** ingress-nginx heeds one canary for each host and path. */
function otherCanaries({ route, pairs, others, aids, track }: RouteQuestion): string[] {
  const own = canaryOf(route, pairs, track) as Ingress;
  const places = new Set(placesOf(own));
  return others
    .filter(
      other =>
        other.metadata.annotations?.[CANARY] === 'true' &&
        isNginx(other, aids) &&
        other.metadata.namespace === route.metadata.namespace &&
        other.metadata.name !== own.metadata.name &&
        placesOf(other as Ingress).some(place => places.has(place)),
    )
    .map(
      other =>
        `${refText(refOf(other))} is a canary for the same host and path as ${refText(refOf(route))}, and ingress-nginx heeds one: delete it first.`,
    );
}

function placesOf(ingress: Ingress): string[] {
  return (ingress.spec?.rules ?? []).flatMap(({ host = '', http }) =>
    (http?.paths ?? []).map(({ path = '/' }) => `${host}${path}`),
  );
}

function wordProblems({ route, match }: RouteQuestion): string[] {
  if (match?.by !== 'cookie' || match.value === 'always') return [];
  return [
    `${refText(refOf(route))}: ingress-nginx sends by a cookie only where its value is always, not ${JSON.stringify(match.value)}. Choose that value, or a header.`,
  ];
}
