import { gunzipSync } from 'node:zlib';
import { type KubeObject, type ObjectRef, refKey } from '../../kube.ts';
import type { Pair, Plan, Step, TrafficPlan } from '../../release/plan.ts';
import type { ReleaseRecord } from '../../release/record.ts';
import type { World } from './world.ts';

export const RECORD_TYPE = 'sluice.dev/release.v1';
export const RECORD_LABEL = 'sluice.dev/record';
export const RELEASE_LABEL = 'sluice.dev/release';
export const HOME_LABEL = 'sluice.dev/home';
export const TRACK = 'sluice.dev/track';
export const BASELINE = 'sluice.dev/baseline';

/** What a record tells of a release that moves traffic. */
export interface Release {
  record: Pick<ReleaseRecord, 'release' | 'namespace' | 'revision' | 'status' | 'cursor' | 'back'>;
  plan: Plan;
  traffic: TrafficPlan;
  /** Uids of what was there when it began. */
  existing: ReadonlySet<string>;
  /** The objects that the manifests have; read when they are asked for. */
  manifests(): readonly KubeObject[];
}

type Secret = KubeObject & { type?: string; data?: Record<string, string> };

export function isRecord(object: KubeObject | undefined): object is Secret {
  return object?.kind === 'Secret' && (object as Secret).type === RECORD_TYPE;
}

/** The state in the head of a record; undefined for its other parts. */
export function stateOf(secret: Secret): (Release['record'] & { plan: Plan }) | undefined {
  const state = secret.data?.['state'];
  return state === undefined ? undefined : (unpacked([state]) as Release['record'] & { plan: Plan });
}

/** The manifests of a record, of which a large one has parts in further Secrets. */
export function manifestsOf(world: World, head: Secret): readonly KubeObject[] {
  const { name, namespace } = head.metadata;
  const parts = Number(head.metadata.labels?.['sluice.dev/parts'] ?? 1);
  const secrets = Array.from({ length: parts }, (_, part) =>
    part === 0 ? head : world.get<Secret>('Secret', namespace, `${name}.part-${part}`),
  );
  const { objects } = unpacked(secrets.map(secret => secret?.data?.['objects'] ?? '')) as {
    objects: readonly KubeObject[];
  };
  return objects;
}

function unpacked(texts: readonly string[]): unknown {
  const bytes = Buffer.concat(texts.map(text => Buffer.from(text, 'base64')));
  return JSON.parse(gunzipSync(bytes).toString('utf8'));
}

/** Stable itself may be changed: promotion has begun, or its way back. */
export function isPromoting({ plan, record }: Release): boolean {
  const start = plan.steps.findIndex(step => step.do === 'apply' && step.promotion);
  return start >= 0 && record.cursor >= start;
}

export function isGoingBack({ record }: Release): boolean {
  return record.back !== undefined;
}

/** On the way back, stable is being put as it was, or has been. */
export function isRestoring({ record: { back } }: Release): boolean {
  return back?.steps.slice(0, back.cursor + 1).some(step => step.do === 'restore') ?? false;
}

/** A StatefulSet is its own twin. */
export function isPartitioned({ stable, twin }: Pair): boolean {
  return refKey(stable) === refKey(twin);
}

/** What the release makes for its twins: copies of configuration, and Services that reach one version. */
export function madeFor({ plan, traffic, record }: Release): Set<string> {
  const steps: readonly Step[] = [...plan.steps, ...(record.back?.steps ?? [])];
  const made = steps.flatMap(step => (step.do === 'prepare' || step.do === 'remove' ? step.objects : []));
  return new Set([...made, ...ownServices(traffic)].map(refKey));
}

/** Services of the release, which no client of the user's knows. */
export function ownServices({ pairs }: TrafficPlan): ObjectRef[] {
  return pairs.flatMap(({ service }) => [service?.twin, service?.ownStable].filter(ref => ref !== undefined));
}

export function trackOf(service: KubeObject | undefined): string | undefined {
  return (service?.spec as { selector?: Record<string, string> } | undefined)?.selector?.[TRACK];
}

export function releaseText({ record }: Release): string {
  return `release ${record.namespace}/${record.release} (revision ${record.revision})`;
}
