import type { Applied, Cluster } from '../cluster/cluster.ts';
import { ApiError } from '../cluster/errors.ts';
import { type Problem, type Reason, SluiceError } from '../errors.ts';
import { type Conditioned, conditionOf } from '../health/conditions.ts';
import { groupOf, type KubeObject, refKey, refOf, refText } from '../kube.ts';
import { applyOwn } from './apply-own.ts';
import { forEachAtOnce } from './parallel.ts';

export interface PreflightRequest {
  cluster: Cluster;
  /** As they will be applied, labels included. */
  objects: readonly KubeObject[];
  force: boolean;
  /** Namespaces that the release itself makes. */
  comingNamespaces: ReadonlySet<string>;
  /** Where an object stands in the user's files. */
  locate: (object: KubeObject) => Omit<Problem, 'message'>;
}

/** What the server would make of an object. */
export interface Checked extends Applied {
  /** It cannot be changed to what is wanted, or run again, only be made anew. */
  replace?: true;
}

/** By refKey; without those whose namespace or kind the release itself makes. */
export type Preflight = ReadonlyMap<string, Checked>;

/**
 * Asks the server to apply everything without storing it: permissions, fields, conflicts, immutability, quotas and
 * admission are all judged before the first write. Fails with every refusal at once.
 */
export async function preflight(request: PreflightRequest): Promise<Preflight> {
  const { cluster, objects, force } = request;
  const comingKinds = new Set(objects.flatMap(kindDefinedBy));
  const isServed = async (object: KubeObject): Promise<boolean> =>
    !comingKinds.has(`${groupOf(object.apiVersion)}/${object.kind}`) || (await cluster.serves(object));
  const served = await Promise.all(objects.map(isServed));
  const asked = objects.filter((_, index) => served[index]);
  const results = await forEachAtOnce(asked, object => applyOwn(cluster, object, { force, dryRun: true }));
  const passed = new Map<string, Checked>();
  const refused: { object: KubeObject; error: unknown }[] = [];
  for (const [index, result] of results.entries()) {
    const object = asked[index] as KubeObject;
    if (result.status === 'fulfilled')
      passed.set(refKey(refOf(object)), {
        ...result.value,
        ...(hasFailed(result.value.object) ? { replace: true } : {}),
      });
    else if (isImmutableJob(object, result.reason))
      passed.set(refKey(refOf(object)), { object, created: false, replace: true });
    else if (!isNamespaceMissing(result.reason) || !request.comingNamespaces.has(object.metadata.namespace ?? ''))
      refused.push({ object, error: result.reason });
  }
  if (refused.length > 0) throw refusal(refused, request.locate);
  return passed;
}

/** `group/Kind` of a CRD's resources. */
function kindDefinedBy(object: KubeObject): string[] {
  if (object.kind !== 'CustomResourceDefinition') return [];
  const spec = object.spec as { group?: string; names?: { kind?: string } } | undefined;
  return [`${spec?.group}/${spec?.names?.kind}`];
}

export function isNamespaceMissing(error: unknown): boolean {
  return error instanceof SluiceError && error.code === 'namespace-missing';
}

/** A Job's template can never change: a new version of it is a new Job. */
function isImmutableJob({ kind, apiVersion }: KubeObject, error: unknown): boolean {
  if (kind !== 'Job' || groupOf(apiVersion) !== 'batch' || !(error instanceof ApiError) || error.status !== 422)
    return false;
  return error.causes.length > 0 && error.causes.every(({ message }) => message.includes('field is immutable'));
}

/** A Job that has failed stays so: asking for it again means to run it again. */
function hasFailed({ kind, apiVersion, status }: KubeObject): boolean {
  if (kind !== 'Job' || groupOf(apiVersion) !== 'batch') return false;
  return conditionOf(status as Conditioned | undefined, 'Failed')?.status === 'True';
}

/** Refusals that explain others come first: a missing namespace or permission says more than what follows from it. */
const WEIGHT: readonly Reason[] = [
  'cancelled',
  'unauthorized',
  'unreachable',
  'namespace-missing',
  'forbidden',
  'conflict',
  'rejected-by-api',
];

function refusal(refused: { object: KubeObject; error: unknown }[], locate: PreflightRequest['locate']): SluiceError {
  const codeOf = (error: unknown): Reason => (error instanceof SluiceError ? error.code : 'internal');
  const rank = (error: unknown): number => (WEIGHT.indexOf(codeOf(error)) + WEIGHT.length) % WEIGHT.length;
  const sorted = [...refused].sort((a, b) => rank(a.error) - rank(b.error));
  const first = sorted[0]?.error;
  // A server that cannot be reached refuses everything for one reason: say it once.
  if (!(first instanceof ApiError) && first instanceof SluiceError) return first;
  const [missing, others] = partition(sorted, ({ error }) => isNamespaceMissing(error));
  const problems = [
    ...namespaceProblems(missing.map(({ object }) => object)),
    ...others.map(({ object, error }) => ({
      message: error instanceof Error ? error.message : `${refText(refOf(object))}: ${error}`,
      ...locate(object),
    })),
  ];
  const count = problems.length;
  const hints = new Set(
    sorted.flatMap(({ error }) => (error instanceof SluiceError && error.hint ? [error.hint] : [])),
  );
  return new SluiceError(
    codeOf(first),
    count === 1
      ? (problems[0] as Problem).message
      : `The API server refuses ${sorted.length} of the objects; nothing was written.`,
    { problems, hint: [...hints].join('\n'), cause: first },
  );
}

/** One a namespace, however many objects are meant for it. */
function namespaceProblems(objects: readonly KubeObject[]): Problem[] {
  const names = [...new Set(objects.map(({ metadata }) => metadata.namespace))];
  return names.map(name => {
    const count = objects.filter(({ metadata }) => metadata.namespace === name).length;
    return {
      message: `Namespace ${name} does not exist, and ${count} of the objects ${count === 1 ? 'is' : 'are'} meant for it. Nothing was written.`,
    };
  });
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter(item => !test(item))];
}
