import { canonicalJson } from '../../../src/sandbox/controllers/template-hash.ts';
import { canonical, histories } from './identity.ts';
import type { Entry } from './recording.ts';

type State = Entry | 'gone';
interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
}

/** What must be the same in every run, by the contract's README; texts of what is not. */
export function compare(
  recorded: readonly Entry[],
  shown: readonly Entry[],
): { problems: string[]; exact: number; objects: number } {
  const wanted = histories(canonical(recorded.filter(({ action }) => !action)));
  const got = histories(canonical(shown));
  const problems: string[] = [];
  let exact = 0;
  for (const [key, states] of wanted) {
    const own = got.get(key);
    if (!own) problems.push(`${key} is missing`);
    else {
      if (text(own) === text(states)) exact += 1;
      problems.push(...compareObject(key, states, own));
    }
  }
  for (const key of got.keys()) if (!wanted.has(key)) problems.push(`${key} should not exist`);
  problems.push(...compareEvents(canonical(recorded.filter(({ action }) => !action)), canonical(shown)));
  problems.push(...causes(shown), ...bounds(recorded, shown));
  return { problems, exact, objects: wanted.size };
}

function text(states: readonly State[]): string {
  return canonicalJson(states.map(state => (state === 'gone' ? state : settled(state))));
}

function outcome(state: State): string {
  return state === 'gone' || !isScaled(state)
    ? text([state])
    : text([
        {
          ...state,
          metadata: withoutGeneration(state.metadata) as Record<string, unknown>,
          status: { ...state.status, observedGeneration: 0 },
        },
      ]);
}

/** Without time and kind of change; endpoints and conditions in no order. */
function settled({ at_ms: _at, type: _type, ...state }: Entry): unknown {
  const conditions = state.status?.['conditions'] as Condition[] | undefined;
  return {
    ...state,
    ...(state.endpoints ? { endpoints: [...state.endpoints].sort((a, b) => (a.target < b.target ? -1 : 1)) } : {}),
    ...(conditions
      ? { status: { ...state.status, conditions: [...conditions].sort((a, b) => (a.type < b.type ? -1 : 1)) } }
      : {}),
  };
}

/** How often a ReplicaSet is scaled, and by how many, differs from run to run. */
function isScaled({ kind }: Entry): boolean {
  return kind === 'ReplicaSet';
}

function withoutGeneration(metadata: Record<string, unknown> = {}): unknown {
  const { generation: _, ...rest } = metadata;
  return rest;
}

/** Each aspect of an object by itself goes through the same values; how aspects fall together is a matter of races. */
const ASPECTS: Record<string, (state: Entry) => unknown> = {
  generation: state => (isScaled(state) ? undefined : state.metadata?.['generation']),
  deletion: ({ metadata }) => [metadata?.['deletionTimestamp'], metadata?.['deletionGracePeriodSeconds']],
  finalizers: ({ metadata }) => metadata?.['finalizers'],
  annotations: ({ metadata }) => metadata?.['annotations'],
  identity: ({ metadata }) => [metadata?.['labels'], metadata?.['owner']],
  spec: state => (isScaled(state) ? state.spec?.['images'] : state.spec),
  phase: ({ status }) => status?.['phase'],
  containers: ({ status }) => status?.['containerStatuses'],
  revisions: ({ status }) => [status?.['currentRevision'], status?.['updateRevision']],
  ports: ({ ports }) => ports,
};

function compareObject(key: string, wanted: readonly State[], got: readonly State[]): string[] {
  const problems: string[] = [];
  const check = (aspect: string, read: (state: Entry) => unknown): void => {
    const [a, b] = [sequence(wanted, read), sequence(got, read)];
    // Two template changes in a hurry: whether the first one's revision was noted is chance.
    const more = aspect === 'annotations' && isPartOf(a, b);
    if (!more && !isPartOf(b, a))
      problems.push(`${key} ${aspect}:\n  wanted ${a.join('\n         ')}\n  got    ${b.join('\n         ')}`);
  };
  for (const [aspect, read] of Object.entries(ASPECTS)) check(aspect, read);
  for (const type of conditionTypes([...wanted, ...got])) check(`condition ${type}`, conditionReader(type));
  for (const target of targets([...wanted, ...got]))
    check(`endpoint ${target}`, ({ endpoints }) => endpoints?.find(endpoint => endpoint.target === target)?.conditions);
  const [a, b] = [wanted.at(-1), got.at(-1)];
  if (a && b && outcome(a) !== outcome(b)) problems.push(`${key} ends as\n  ${text([b])}\n  not as\n  ${text([a])}`);
  return problems;
}

/** A watch may miss a state that was soon over; none may come in another order, and the first and last are never missed. */
function isPartOf(part: readonly string[], whole: readonly string[]): boolean {
  if (part[0] !== whole[0] || part.at(-1) !== whole.at(-1)) return false;
  let at = 0;
  for (const value of whole) if (value === part[at]) at += 1;
  return at === part.length;
}

function sequence(states: readonly State[], read: (state: Entry) => unknown): string[] {
  const values = states.map(state => (state === 'gone' ? 'gone' : canonicalJson(read(state) ?? null)));
  return values.filter((value, index) => value !== values[index - 1]);
}

function conditionsOf(state: State): Condition[] {
  return state === 'gone' ? [] : ((state.status?.['conditions'] as Condition[] | undefined) ?? []);
}

function conditionTypes(states: readonly State[]): Set<string> {
  return new Set(states.flatMap(conditionsOf).map(({ type }) => type));
}

function conditionReader(type: string): (state: Entry) => unknown {
  return state => {
    const found = conditionsOf(state).find(condition => condition.type === type);
    // Of two ReplicaSets that follow closely upon each other either may be the one that the condition was set for.
    return found && { ...found, message: found.message?.replaceAll(/#\d+/g, '#n') };
  };
}

function targets(states: readonly State[]): Set<string> {
  return new Set(
    states.flatMap(state => (state === 'gone' ? [] : (state.endpoints ?? []))).map(({ target }) => target),
  );
}

/** The same Events of the same objects; which pod of several it was, and from which on they were combined, is chance. */
function compareEvents(wanted: readonly Entry[], got: readonly Entry[]): string[] {
  const of = (entries: readonly Entry[]): string[] =>
    [...new Set(entries.filter(({ kind }) => kind === 'Event').map(eventText))].sort();
  const [a, b] = [of(wanted), of(got)];
  return [
    ...a.filter(event => !b.includes(event)).map(event => `no Event ${event}`),
    ...b.filter(event => !a.includes(event)).map(event => `unexpected Event ${event}`),
  ];
}

function eventText({ type, involved = '', reason, message = '' }: Entry): string {
  const plain = `${type} ${involved} ${reason}: ${message.replace('(combined from similar events): ', '')}`;
  return plain
    .replaceAll(/ from \d+ to \d+/g, ' from n to n')
    .replaceAll(/#(\d+)#\d+/g, '#$1#n')
    .replaceAll(/l-[a-z0-9-]+\//g, '<namespace>/');
}

/** Cause before effect, in what was shown: owners before what they own, readiness before it is counted. */
export function causes(shown: readonly Entry[]): string[] {
  const problems: string[] = [];
  const seen = new Set<string>();
  const ready = new Set<string>();
  for (const entry of shown) {
    const key = `${entry.kind}/${entry.name}`;
    const owner = entry.metadata?.['owner'];
    if (owner && !seen.has(key) && !seen.has(String(owner))) problems.push(`${key} came before its owner`);
    if (entry.kind === 'Pod') {
      const isReady = conditionsOf(entry).some(({ type, status }) => type === 'Ready' && status === 'True');
      if (isReady && entry.type !== 'DELETED') ready.add(entry.name ?? '');
      else ready.delete(entry.name ?? '');
    }
    if (entry.kind === 'EndpointSlice' && entry.type !== 'DELETED')
      for (const { target, conditions } of entry.endpoints ?? [])
        if (conditions['ready'] && !ready.has(target)) problems.push(`${target} was an endpoint before it was ready`);
    seen.add(key);
  }
  return problems;
}

/** Never more pods than surge allows, never fewer available ones than in the recording, and no count above what it counts. */
export function bounds(recorded: readonly Entry[], shown: readonly Entry[]): string[] {
  const problems: string[] = [];
  for (const name of new Set(shown.filter(({ kind }) => kind === 'Deployment').map(entry => entry.name))) {
    const own = (entries: readonly Entry[]): Entry[] =>
      entries.filter(entry => entry.kind === 'Deployment' && entry.name === name && entry.type !== 'DELETED');
    const [wanted, got] = [own(recorded), own(shown)];
    const most = (entries: Entry[]): number => Math.max(...entries.map(entry => count(entry, 'replicas')));
    const least = (entries: Entry[]): number => {
      const from = entries.findIndex(entry => count(entry, 'availableReplicas') >= Number(entry.spec?.['replicas']));
      return from < 0 ? 0 : Math.min(...entries.slice(from).map(entry => count(entry, 'availableReplicas')));
    };
    if (most(got) > most(wanted))
      problems.push(`Deployment/${name} had ${most(got)} pods, at most ${most(wanted)} are allowed`);
    if (least(got) < least(wanted))
      problems.push(`Deployment/${name} had ${least(got)} available, at least ${least(wanted)} are promised`);
    for (const entry of got)
      for (const field of ['updatedReplicas', 'readyReplicas', 'availableReplicas'])
        if (count(entry, field) > count(entry, 'replicas'))
          problems.push(`Deployment/${name} has more ${field} than replicas`);
  }
  return problems;
}

function count({ status }: Entry, field: string): number {
  return Number(status?.[field] ?? 0);
}
