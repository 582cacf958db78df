import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../../src/kube.ts';
import { builtinResources } from '../../../src/sandbox/apply/schema.ts';
import type { Status } from '../../../src/sandbox/types.ts';
import { applyDefaults } from '../../../src/sandbox/validation/defaults/defaults.ts';
import { statusForErrors } from '../../../src/sandbox/validation/status.ts';
import { createStrategy } from '../../../src/sandbox/validation/strategy.ts';
import { warningsFor } from '../../../src/sandbox/validation/warnings.ts';

// What a real API server answered to the creation of each of these objects.
const CASES = new URL('../../../../shared/contract/cases/', import.meta.url);

interface Step {
  request?: { method: string; path: string; contentType?: string; query?: object; body?: unknown };
  response: { status: number; body: KubeObject & Status; warning?: string[] };
}

const UID = '00000000-0000-4000-8000-000000000000';

function filled(value: unknown): unknown {
  if (typeof value === 'string')
    return value.replace(/<repeat:(.):(\d+)>/, (_all, text: string, times: string) => text.repeat(Number(times)));
  if (Array.isArray(value)) return value.map(filled);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, filled(item)]));
}

/** Placeholders of the record match anything; the rest must be equal. */
function fits(expected: unknown, actual: unknown, path = ''): string[] {
  if (typeof expected === 'string' && /<(uid|rv|hash|time|ip|port|any|microtime)/.test(expected)) {
    return actual === undefined ? [`${path}: missing`] : [];
  }
  if (typeof expected !== 'object' || expected === null || typeof actual !== 'object' || actual === null) {
    return expected === actual ? [] : [`${path}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`];
  }
  const keys = new Set([...Object.keys(expected), ...Object.keys(actual)]);
  return [...keys].flatMap(key =>
    fits((expected as Record<string, unknown>)[key], (actual as Record<string, unknown>)[key], `${path}.${key}`),
  );
}

function bare(object: KubeObject): unknown {
  const {
    uid: _uid,
    resourceVersion: _version,
    creationTimestamp: _time,
    managedFields: _fields,
    ...metadata
  } = object.metadata;
  return { ...object, metadata };
}

function creations(name: string): { title: string; step: Required<Step> }[] {
  const { steps } = JSON.parse(readFileSync(new URL(name, CASES), 'utf8')) as { steps: Step[] };
  return steps
    .filter((step): step is Required<Step> => step.request?.method === 'POST' && typeof step.request.body === 'object')
    .filter(
      ({ request }) => /\/(namespaces|namespaces\/[^/]+\/[a-z]+)$/.test(request.path) && !/reviews$/.test(request.path),
    )
    .map((step, index) => ({
      title: `${index} ${step.request.path.split('/').pop()} (${step.response.status})`,
      step,
    }));
}

const resourceOf = (path: string, body: KubeObject) =>
  builtinResources.find(
    ({ group, version, plural, kind }) =>
      body.apiVersion === (group ? `${group}/${version}` : version) &&
      path.endsWith(`/${plural}`) &&
      body.kind === kind,
  );

/** Pods get more from admission, and the type errors belong to decoding. */
const files = readdirSync(CASES).filter(file => /^[de]\d/.test(file) && !/^d10/.test(file));

describe.each(files)('creations recorded in %s', file => {
  for (const { title, step } of creations(file)) {
    const body = filled(step.request.body) as KubeObject;
    const resource = resourceOf(step.request.path, body);
    const { status } = step.response;
    if (!resource || resource.kind === 'Pod' || (status !== 201 && status !== 422)) continue;

    it(title, () => {
      const namespace = /\/namespaces\/([^/]+)\//.exec(step.request.path)?.[1];
      const metadata = { ...body.metadata, uid: UID, ...(namespace ? { namespace } : {}) };
      const taken: KubeObject = {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'fixed', uid: 'other' },
        spec: { clusterIP: '10.96.77.77', clusterIPs: ['10.96.77.77'] },
      };
      const services = body.metadata.name === 'taken' ? [taken] : [];
      const prepared = createStrategy(resource, applyDefaults(resource, { ...body, metadata }), {
        services: () => services,
      });
      if (status === 422) {
        const answer = statusForErrors(resource, body.metadata.name, prepared.errors);
        expect(answer.details?.causes).toEqual(step.response.body.details?.causes);
        expect(answer.message).toBe(step.response.body.message);
      } else {
        expect(prepared.errors).toEqual([]);
        expect(fits(bare(step.response.body), bare(prepared.object))).toEqual([]);
        expect(warningsFor(resource, prepared.object)).toEqual(
          (step.response.warning ?? []).map(text => JSON.parse(text.slice('299 - '.length))),
        );
      }
    });
  }
});
