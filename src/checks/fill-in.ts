import type { View } from '../cluster/view.ts';
import { formatDuration } from '../config/values.ts';
import { fill, type Variable } from '../config/variables.ts';
import type { KubeObject } from '../kube.ts';
import type { Pair } from '../release/plan.ts';
import { isPartitioned } from '../traffic/pods.ts';
import { POD, podsOf } from '../traffic/readiness.ts';
import { fits, type LabelSelector } from '../traffic/selector.ts';
import type { CheckContext } from './check.ts';
import { newPods } from './new-pods.ts';

/** How a value is written where it is put. */
export type Escape = (value: string) => string;

/** Within the quotes of a label's value in PromQL, be they double or single: of these two `\x` alone means the same in both. */
export const inQuery: Escape = value =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\x22').replaceAll("'", '\\x27').replaceAll('\n', '\\n');
/** The name of an object within a regular expression, without a backslash: none needs another writing within quotes of any sort. */
export const inPattern: Escape = name => name.replaceAll('.', '[.]');
/** Within a path or a query; half a surrogate pair has no code there. */
export const inUrl: Escape = value => encodeURIComponent(value.toWellFormed());
/** Within the quotes of a text in JSON. */
export const inJson: Escape = value => JSON.stringify(value).slice(1, -1);
export const asIs: Escape = value => value;

/** A text with its variables, as they stand for one workload at this moment. */
export function filled(
  template: string,
  written: Escape,
  context: Pick<CheckContext, 'facts' | 'clock' | 'view'>,
  pair: Pair | undefined,
  windowMs = 60_000,
): string {
  return fill(template, name => written(textOf(name, context, pair, windowMs)));
}

function textOf(
  name: Variable,
  { facts, clock, view }: Pick<CheckContext, 'facts' | 'clock' | 'view'>,
  pair: Pair | undefined,
  windowMs: number,
): string {
  const now = clock.now();
  const start = now - windowMs;
  const { service } = pair ?? {};
  const values: Readonly<Record<Variable, () => string | number>> = {
    canary: () => pair?.twin.name ?? '',
    stable: () => pair?.stable.name ?? '',
    'canary-pods': () => (pair ? podsPattern(pair, 'canary', view) : ''),
    'stable-pods': () => (pair ? podsPattern(pair, 'stable', view) : ''),
    service: () => service?.stable.name ?? '',
    'canary-service': () => service?.twin.name ?? '',
    'stable-service': () => (service?.ownStable ?? service?.stable)?.name ?? '',
    namespace: () => pair?.stable.namespace ?? facts.namespace,
    release: () => facts.release,
    revision: () => facts.revision,
    commit: () => facts.commit ?? '',
    weight: () => facts.weight,
    window: () => formatDuration(windowMs),
    'window-seconds': () => windowMs / 1000,
    now: () => Math.floor(now / 1000),
    start: () => Math.floor(start / 1000),
    'now-ms': () => now,
    'start-ms': () => start,
    'now-iso': () => new Date(now).toISOString(),
    'start-iso': () => new Date(start).toISOString(),
  };
  return String(values[name]());
}

/** A pod's name is cut at 63 characters: a longer name of a Deployment leaves no room for what its pods' names end with. */
const LONGEST_WHOLE = 46;

/** What Kubernetes generates names of (apimachinery's `rand`): no vowels, no `y`, `0`, `1` and `3`, so that nothing spells a word. */
const GENERATED = '[b-df-hj-np-tv-xz24-9]';
/**
 * The template's hash is a number of 32 bits in that alphabet, a character for each of its digits. One of fewer than four digits
 * comes once in four million times, but `web-db` and `web-tls` may well be others' pods.
 */
const OWN_PART = `-${GENERATED}{4,10}-${GENERATED}{5}`;

/**
 * A regular expression, as RE2 reads it, for the names of one version's pods: a Deployment's are `<name>-<hash>-<five characters>`,
 * so that `web` takes neither those of `web-canary` nor `web-agent-x7k2p` of a DaemonSet. Where the name does not tell a version they
 * are listed, as they are now: a StatefulSet's have a number, whatever their version, and long names are cut. Empty where there are
 * none to list.
 */
export function podsPattern(pair: Pair, side: 'canary' | 'stable' | 'baseline', view: View): string {
  const { name } = { canary: pair.twin, stable: pair.stable, baseline: pair.baseline ?? pair.stable }[side];
  if (!isPartitioned(pair) && name.length <= LONGEST_WHOLE) return `${inPattern(name)}${OWN_PART}`;
  return podNames(pair, side, view).map(inPattern).join('|');
}

function podNames(pair: Pair, side: 'canary' | 'stable' | 'baseline', view: View): string[] {
  if (side === 'baseline' && pair.baseline) {
    const { selector = {} } = view.get<KubeObject<{ selector?: LabelSelector }>>(pair.baseline)?.spec ?? {};
    const pods = view.list(POD, pair.stable.namespace).filter(({ metadata }) => fits(selector, metadata.labels ?? {}));
    return pods.map(({ metadata }) => metadata.name);
  }
  const news = newPods(pair, view).map(({ metadata }) => metadata.name);
  if (side === 'canary') return news;
  const all = podsOf(view, pair, 'stable').map(({ metadata }) => metadata.name);
  return all.filter(name => !news.includes(name));
}
