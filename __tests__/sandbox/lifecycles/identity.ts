import type { Entry } from './recording.ts';

/**
 * Names with random parts mean nothing: objects get the name of their place in the story instead. ReplicaSets and slices are
 * numbered by arrival under their owner. Which of several equal pods is deleted is chance, so pods are numbered by their end:
 * those that go first, in the order in which they go, then those that stay. Texts that name them are rewritten.
 */
export function canonical(entries: readonly Entry[]): Entry[] {
  const names = new Map<string, string>();
  const counts = new Map<string, number>();
  const place = (kind: string, base: string): string => {
    const key = `${kind} ${base}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
    return `${base}#${counts.get(key)}`;
  };
  for (const { kind, name, metadata, type } of inOrderOfEnd(entries)) {
    if (!kind || !name || kind === 'Event' || type === 'DELETED' || names.has(`${kind}/${name}`)) continue;
    const owner = String(metadata?.['owner'] ?? '');
    const [ownerKind = '', ownerName = ''] = owner.split('/');
    const base = names.get(owner) ?? ownerName;
    const fixed = !owner && kind !== 'EndpointSlice';
    const stateful = ownerKind === 'StatefulSet';
    names.set(`${kind}/${name}`, fixed || stateful ? name : place(kind, kind === 'EndpointSlice' ? 'slice' : base));
  }
  const replaced = [...names]
    .map(([key, to]) => [key.slice(key.indexOf('/') + 1), to] as const)
    .filter(([from, to]) => from !== to)
    .sort(([a], [b]) => b.length - a.length);
  const hashes = revisionNames(entries);
  const rewrite = (text: string): string => {
    let result = text;
    for (const [from, to] of replaced) result = result.replaceAll(from, to);
    for (const [from, to] of hashes) result = result.replaceAll(from, to);
    return result
      .replaceAll(/"(pod-template-hash)":"[^"]+"/g, '"$1":"<hash>"')
      .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|<uid>/g, '<uid>')
      .replaceAll(/sim:\/\/[0-9a-f]{8}-/g, 'sim://');
  };
  return entries.map(entry => JSON.parse(rewrite(JSON.stringify(entry))) as Entry);
}

function inOrderOfEnd(entries: readonly Entry[]): Entry[] {
  const ends = new Map<string, number>();
  entries.forEach(({ kind, name, metadata }, index) => {
    const key = `${kind}/${name}`;
    if (metadata?.['deletionTimestamp'] && !ends.has(key)) ends.set(key, index);
  });
  const end = ({ kind, name }: Entry): number => ends.get(`${kind}/${name}`) ?? entries.length;
  const pods = entries.filter(({ kind }) => kind === 'Pod').sort((a, b) => end(a) - end(b));
  return [...entries.filter(({ kind }) => kind !== 'Pod'), ...pods];
}

/** Revision hashes in order of appearance. */
function revisionNames(entries: readonly Entry[]): [string, string][] {
  const seen: string[] = [];
  for (const { metadata, status } of entries) {
    const labels = metadata?.['labels'] as Record<string, string> | undefined;
    for (const hash of [labels?.['controller-revision-hash'], status?.['currentRevision'], status?.['updateRevision']])
      if (typeof hash === 'string' && !seen.includes(hash)) seen.push(hash);
  }
  return seen.map((hash, index) => [hash, `revision#${index + 1}`]);
}

/** The distinct states of each object, in order; a deletion is the word `gone`. */
export function histories(entries: readonly Entry[]): Map<string, (Entry | 'gone')[]> {
  const found = new Map<string, (Entry | 'gone')[]>();
  for (const entry of entries) {
    if (!entry.kind || entry.kind === 'Event') continue;
    const key = `${entry.kind}/${entry.name}`;
    found.set(key, [...(found.get(key) ?? []), entry.type === 'DELETED' ? 'gone' : entry]);
  }
  return found;
}
