import { withPrometheus } from '../checks/prometheus/find.ts';
import { requireAskable } from '../checks/prometheus/preflight.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { CheckConfig } from '../config/check-config.ts';
import { SluiceError } from '../errors.ts';
import { type KubeObject, refKey, refOf, refText } from '../kube.ts';
import { baselineChecks } from '../strategies/baseline.ts';
import { type Progressive, planProgressive } from '../strategies/progressive.ts';
import { leftOver } from '../strategies/rolling.ts';
import { editsRoutes } from '../traffic/routers.ts';
import type { DeployRequest } from './deploy.ts';
import type { ReleaseDeps } from './deps.ts';
import { isOwnedBy, labelled, type Marks, TRACK_LABEL } from './labels.ts';
import { refuseForeign } from './live.ts';
import { comingNamespaces } from './namespaces.ts';
import type { TrafficPlan } from './plan.ts';
import { type Preflight, preflight } from './preflight.ts';
import { digestOf } from './record.ts';
import { openRecord, type Records } from './records.ts';
import { leftBehind } from './revision.ts';
import { clearingAccounts } from './service-account.ts';
import { autoscaledOf, findAutoscalers, getAll, survey, unsizedOf, withLiveSizes } from './survey.ts';

/** What is known before the first write. */
export interface Prepared {
  records: Records;
  /** The release is finished in this very form: applying it again should change nothing. */
  repeat: boolean;
  revision: number;
  digest: string;
  /** As they will be applied, labels included. */
  objects: readonly KubeObject[];
  checked: Preflight;
  /** What pod templates carry beside what the manifests say. */
  marks: Marks;
  /** For strategies that move traffic: the plan, and what the release makes for itself. */
  progressive?: Progressive;
  /** Each of those that will be asked with the place where it asks. */
  checks: readonly CheckConfig[];
  /** Keys of workloads that keep the size which an autoscaler gave them. */
  autoscaled: readonly string[];
  /** What is there and will be changed, as it is. */
  before: readonly KubeObject[];
}

/** Asks all that can be asked without writing. `afresh`: also where the release is finished in this very form. */
export async function prepare(
  deps: ReleaseDeps,
  request: DeployRequest,
  records: Records,
  afresh = false,
): Promise<Prepared> {
  const { cluster } = deps;
  for (const stored of [records.newest, records.lastGood]) if (stored) deps.conceal(stored.record.objects);
  const wanted = request.groups.flat();
  const digest = digestOf(wanted);
  const { newest, lastGood } = records;
  const repeat = !afresh && newest !== undefined && newest === lastGood && newest.record.digest === digest;
  const revision = (newest?.record.revision ?? 0) + (repeat ? 0 : 1);
  const clear = clearingAccounts(wanted, newest?.record.objects ?? []);
  const isProgressive = request.strategy !== 'rolling';
  const autoscalers = isProgressive ? await findAutoscalers(cluster, wanted) : [];
  const kept = [...autoscaledOf(wanted, autoscalers), ...unsizedOf(wanted, lastGood?.record)];
  const autoscaled = kept.map(object => refKey(refOf(object)));
  const sized = await withLiveSizes(cluster, wanted.map(clear), new Set(autoscaled));
  const known = lastGood?.record.marks ?? {};
  const first = isProgressive && !repeat ? tracked(wanted, known) : known;
  const objects = sized.map(object => labelled(object, request, revision, first));
  const checked = await preflight({ ...request, cluster, objects, comingNamespaces: comingNamespaces(request) });
  if (!request.force) await refuseForeign(cluster, request, objects, checked, records);
  const creates = [...checked.values()].filter(({ created }) => created).length;
  deps.emit({ type: 'checked', objects: checked.size, creates, postponed: objects.length - checked.size });
  const { checks } = request;
  const prepared = {
    records,
    repeat,
    revision,
    digest,
    objects,
    checked,
    marks: first,
    checks,
    autoscaled,
    before: [],
  };
  return isProgressive && !repeat ? withPlan(deps, request, prepared, sized, known, autoscalers) : prepared;
}

async function withPlan(
  deps: ReleaseDeps,
  request: DeployRequest,
  prepared: Prepared,
  sized: readonly KubeObject[],
  known: Marks,
  autoscalers: readonly KubeObject[],
): Promise<Prepared> {
  const { cluster } = deps;
  const { checked, revision, records } = prepared;
  const live = await survey(cluster, prepared.objects, checked, autoscalers, {
    traffic: request.traffic,
    open: openRecord(records)?.record,
  });
  const progressive = planProgressive({
    ...request,
    strategy: request.strategy as 'canary' | 'blue-green',
    live,
    previous: leftBehind(records),
    baselines: baselineChecks(request.checks),
    asked: request.checks.filter(({ kind }) => kind !== 'pods').map(({ name }) => name),
  });
  const { traffic } = progressive.plan;
  const checks = traffic && !isFlight(prepared) ? await askable(cluster, request.checks, traffic) : request.checks;
  await refuseTaken(deps, request, progressive.made);
  const isNew = (object: KubeObject): boolean => !live.objects.has(refKey(refOf(object)));
  const marks = { ...known, ...tracked(request.groups.flat().filter(isNew), {}), ...progressive.marks };
  const { pins = [], floors = [], routes = [], router = 'pods' } = traffic ?? {};
  const written = editsRoutes(router) ? routes : [];
  const held = new Set([...pins, ...floors, ...written].map(refKey));
  const others = [...live.services, ...autoscalers, ...[...live.routes.values()].flatMap(found => found.routes)].filter(
    object => held.has(refKey(refOf(object))) && object.metadata.uid,
  );
  const pruned = request.prune ? leftOver(leftBehind(records), request.groups.flat()) : [];
  const going = traffic ? await getAll(cluster, pruned) : [];
  const before = [
    ...new Map([...others, ...going, ...live.objects.values()].map(one => [refKey(refOf(one)), one])).values(),
  ];
  return {
    ...prepared,
    marks,
    objects: sized.map(object => labelled(object, request, revision, marks)),
    progressive,
    checks,
    before: traffic ? before.map(withoutStatus) : [],
  };
}

/** The checks of a release that will ask them, each with its place; that they can be asked is known before anything is written. */
function askable(
  cluster: Cluster,
  checks: readonly CheckConfig[],
  traffic: TrafficPlan,
): Promise<readonly CheckConfig[]> {
  requireAskable(checks, traffic);
  const [namespace, ...others] = new Set(traffic.pairs.map(({ stable }) => stable.namespace));
  return withPrometheus(checks, cluster, others.length === 0 ? namespace : undefined);
}

/** From an unfinished release to the version before it: that one comes with the way back, and nothing is left to be checked. */
function isFlight({ records, digest }: Prepared): boolean {
  return openRecord(records) !== undefined && records.lastGood?.record.digest === digest;
}

/** Deployments whose pods are to carry the track label from now on. */
function tracked(objects: readonly KubeObject[], known: Marks): Marks {
  const deployments = objects.filter(({ apiVersion, kind }) => apiVersion === 'apps/v1' && kind === 'Deployment');
  return {
    ...known,
    ...Object.fromEntries(
      deployments.map(object => {
        const key = refKey(refOf(object));
        return [key, { ...known[key], track: true as const }];
      }),
    ),
  };
}

/** What the release would make must not be somebody's already: it would be taken over now, and deleted in the end. */
async function refuseTaken(deps: ReleaseDeps, request: DeployRequest, made: readonly KubeObject[]): Promise<void> {
  const wanted = new Set(request.groups.flat().map(object => refKey(refOf(object))));
  const own = made.filter(({ metadata }) => metadata.labels?.[TRACK_LABEL] !== undefined);
  const present = await getAll(deps.cluster, own.map(refOf));
  const problems = [
    ...present
      .filter(object => !isOwnedBy(object, request) || object.metadata.labels?.[TRACK_LABEL] === undefined)
      .map(
        object =>
          `${refText(refOf(object))} exists already and is not this release’s, which needs the name for its new version.`,
      ),
    ...own
      .filter(object => wanted.has(refKey(refOf(object))))
      .map(
        object => `${refText(refOf(object))} is in the manifests, and the release needs the name for its new version.`,
      ),
  ].map(message => ({ message }));
  const [first] = problems;
  if (!first) return;
  throw new SluiceError('conflict', problems.length === 1 ? first.message : `${problems.length} names are taken.`, {
    problems,
    hint: 'Rename or delete what has the name. Nothing was written.',
  });
}

function withoutStatus({ status: _status, ...object }: KubeObject): KubeObject {
  return object as KubeObject;
}
