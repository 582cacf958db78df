import type { KubeObject } from '../../kube.ts';
import type { Write } from '../server/core.ts';
import { sameJson } from '../store/freeze.ts';
import type { History } from './history.ts';
import type { Release } from './release.ts';
import { kindOf, type World } from './world.ts';

/** One write of the product, with all that a law may look at. */
export interface Change {
  write: Write;
  before: World;
  after: World;
  /** Releases that move traffic and were neither finished nor undone when it was written. */
  releases: readonly Release[];
  history: History;
}

/** What the change breaks, in words that name objects and numbers; empty where it breaks nothing. */
export type Law = (change: Change) => readonly string[];

/** The field manager of edits that are given back at the end of a release. */
export const TRANSIENT = 'sluice-release';

/** By its field manager, or by its User-Agent: deletions have no manager. */
export function isOurs({ manager, origin }: Write): boolean {
  return (origin.client ?? manager).startsWith('sluice');
}

export function subjectOf({ before, after }: Write): KubeObject {
  return (after ?? before) as KubeObject;
}

export function objectText({ kind, metadata: { namespace, name } }: KubeObject): string {
  return `${kind} ${namespace ? `${namespace}/` : ''}${name}`;
}

export function writeText(write: Write): string {
  const { verb, subresource, manager, origin } = write;
  const part = subresource ? `${subresource} of ` : '';
  const who = origin.client && origin.client !== manager ? `${manager} (${origin.client})` : manager;
  return `${verb} ${part}${objectText(subjectOf(write))} by ${who}`;
}

/** The write is, or begins, the end of the object. */
export function isDeletion({ before, after }: Write): boolean {
  if (!before) return false;
  return !after || (after.metadata.deletionTimestamp !== undefined && before.metadata.deletionTimestamp === undefined);
}

export function isKind(object: KubeObject | undefined, ...kinds: readonly string[]): boolean {
  return object !== undefined && kinds.includes(kindOf(object));
}

export function isAt(
  object: KubeObject,
  ref: { apiVersion: string; kind: string; namespace?: string; name: string },
): boolean {
  const { name, namespace } = object.metadata;
  return kindOf(object) === kindOf(ref) && name === ref.name && namespace === ref.namespace;
}

/** Paths of what differs between two states of an object, but for its status and what the server itself keeps in the metadata. */
export function changedPaths(before: KubeObject, after: KubeObject): string[][] {
  return differences(contentOf(before), contentOf(after), []);
}

function contentOf({ status: _status, metadata, ...content }: KubeObject): unknown {
  const { labels = {}, annotations = {} } = metadata;
  return { ...content, metadata: { labels, annotations } };
}

/** Paths of what differs between two values, below a path. Lists are compared as a whole. */
export function differences(before: unknown, after: unknown, path: string[]): string[][] {
  if (sameJson(before, after)) return [];
  const [left, right] = [mapOf(before), mapOf(after)];
  if (!left || !right) return [path];
  const names = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...names].flatMap(name => differences(left[name], right[name], [...path, name]));
}

/** What is absent counts as an empty map, so that each key that comes or goes is a path of its own. */
function mapOf(value: unknown): Record<string, unknown> | undefined {
  if (value === undefined) return {};
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

export function pathText(path: readonly string[]): string {
  return path.join('.');
}
