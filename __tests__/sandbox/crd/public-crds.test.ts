import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { builtinResources } from '../../../src/sandbox/apply/schema.ts';
import { parseExpression } from '../../../src/sandbox/crd/cel-environment.ts';
import { resourcesOfCrd } from '../../../src/sandbox/crd/crd-resources.ts';
import type { Crd } from '../../../src/sandbox/crd/crd-view.ts';
import { applyDefaults } from '../../../src/sandbox/validation/defaults/defaults.ts';
import { createStrategy } from '../../../src/sandbox/validation/strategy.ts';

const FOLDER = new URL('../../../../shared/crds/', import.meta.url);
const RESOURCE = builtinResources.find(({ kind }) => kind === 'CustomResourceDefinition');

/** Two of the files continue quoted text without indenting it, as Go's reader lets them. */
function load(file: string): Crd {
  const text = readFileSync(new URL(file, FOLDER), 'utf8').replace(
    /^(\s+)(description: '(?:[^'\n]|'')*)((?:\n(?!\s*'?$)(?:[^'\n]|'')*)+)'$/gm,
    (_all, indent: string, start: string, rest: string) => `${indent}${start}${rest.replace(/\n\s*/g, ' ')}'`,
  );
  const [document] = parseAllDocuments(text).map(item => item.toJS() as Crd);
  if (!document) throw new Error(`${file} holds no CRD`);
  return document;
}

function rulesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(rulesIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    key === 'x-kubernetes-validations' && Array.isArray(item)
      ? (item as { rule: string }[]).map(({ rule }) => rule)
      : rulesIn(item),
  );
}

const files = readdirSync(FOLDER).filter(file => file.endsWith('.yaml'));

describe.each(files)('%s', file => {
  it('is accepted', () => {
    if (!RESOURCE) throw new Error('CRDs are not served');
    const crd = load(file);
    const { errors } = createStrategy(RESOURCE, applyDefaults(RESOURCE, crd), { services: () => [] });
    expect(errors).toEqual([]);
    expect(resourcesOfCrd(crd).length).toBe(crd.spec?.versions.filter(({ served }) => served).length);
  });

  it('has rules that compile, all of them', () => {
    for (const rule of rulesIn(load(file))) expect(() => parseExpression(rule)).not.toThrow();
  });
});
