import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../../src/kube.ts';

const FOLDER = new URL('../../../../shared/crds/', import.meta.url);
const FILES = {
  'gateway-api': [
    'gateway-api-gateways.yaml',
    'gateway-api-httproutes.yaml',
    'gateway-api-grpcroutes.yaml',
    'gateway-api-referencegrants.yaml',
  ],
  istio: ['istio-virtualservices.yaml', 'istio-destinationrules.yaml'],
  nginx: [],
};
const loaded = new Map<string, KubeObject>();

/** The public CRDs, without what only takes time here (texts, and the versions before v1), that the routes of a router need. */
export function crdsOf(router: keyof typeof FILES): KubeObject[] {
  return FILES[router].map(load);
}

/** Two of the files continue quoted text without indenting it, as Go's reader lets them. */
function load(file: string): KubeObject {
  const known = loaded.get(file);
  if (known) return known;
  const text = readFileSync(new URL(file, FOLDER), 'utf8').replace(
    /^(\s+)(description: '(?:[^'\n]|'')*)((?:\n(?!\s*'?$)(?:[^'\n]|'')*)+)'$/gm,
    (_all, indent: string, start: string, rest: string) => `${indent}${start}${rest.replace(/\n\s*/g, ' ')}'`,
  );
  const [crd] = parseAllDocuments(text).map(document => document.toJS() as KubeObject);
  if (!crd) throw new Error(`${file} holds no CRD`);
  const slim = withoutTexts(served(crd, 'v1'));
  loaded.set(file, slim);
  return slim;
}

interface Versions {
  versions: { name: string; storage: boolean }[];
}

/** With this version alone, or all of them where it is none. */
function served(crd: KubeObject, version: string): KubeObject {
  const spec = crd.spec as Versions;
  const found = spec.versions.filter(({ name }) => name === version);
  if (found.length === 0) return crd;
  return { ...crd, spec: { ...spec, versions: found.map(one => ({ ...one, storage: true })) } };
}

function withoutTexts<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withoutTexts) as T;
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key, item]) => key !== 'description' || typeof item !== 'string');
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutTexts(item)])) as T;
}
