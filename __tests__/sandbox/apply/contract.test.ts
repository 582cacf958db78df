/**
 * Replays recorded requests on the functions alone: the recorded object before a request goes in, and what comes out must be
 * what was recorded, but for the defaults that other parts of the server add.
 */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Json, JsonObject, KubeObject, ManagedFieldsEntry } from '../../../src/kube.ts';
import type { WrittenKind } from '../../../src/sandbox/apply/api-version.ts';
import { decodeApply, decodeBody, type FieldValidation } from '../../../src/sandbox/apply/decode-body.ts';
import { type PatchType, patchObject } from '../../../src/sandbox/apply/patch-object.ts';
import { builtinResources } from '../../../src/sandbox/apply/schema.ts';
import { serverSideApply } from '../../../src/sandbox/apply/server-side-apply.ts';
import { trackUpdate } from '../../../src/sandbox/apply/tracking.ts';
import { StatusError } from '../../../src/sandbox/types.ts';
import { customKinds } from './custom-kinds.ts';

interface Step {
  crd?: string;
  request?: {
    method: string;
    path: string;
    query?: Record<string, string>;
    contentType?: string;
    body?: Json;
  };
  response?: { status: number; body: JsonObject & { metadata?: KubeObject['metadata'] }; warning?: string[] };
}
interface Case {
  name: string;
  managedFields?: boolean;
  steps: Step[];
}

const folder = path.join(import.meta.dirname, '../../../../shared/contract/cases');
const recorded = fs.existsSync(folder) ? fs.readdirSync(folder).sort() : [];
const NOW = Date.UTC(2024, 0, 1);
const APPLY = 'application/apply-patch+yaml';
const PATCHES: Record<string, PatchType> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
};
/** Refusals by other parts of the server: validation, storage, routing. */
const elsewhere =
  /is invalid: (?!patch)|not found|already exists|based on URL|fieldManager|force:|does not match|modified|Available|unknown format|not allow|PatchOptions|Media Type|refused by|must be specified|cannot be updated|forbidden|quota|too large/;

function withoutTimes(entries: readonly ManagedFieldsEntry[] | undefined): unknown {
  return (entries ?? [])
    .map(({ manager, operation, subresource = '', apiVersion, time, fieldsV1 }) => {
      const when = time === undefined ? 'without time' : 'with time';
      return { order: `${manager} ${operation} ${subresource}`, apiVersion, fieldsV1, when };
    })
    .sort((a, b) => (a.order < b.order ? -1 : 1));
}

function bodyText(body: Json | undefined): string {
  return typeof body === 'string' ? body : JSON.stringify(body ?? null);
}

interface Outcome {
  object?: KubeObject;
  warnings: string[];
  error?: StatusError;
}

function run(kind: WrittenKind, step: Step, live: KubeObject | undefined, subresource: string | undefined): Outcome {
  const { method, query = {}, contentType = 'application/json', body } = step.request ?? { method: '', path: '' };
  const validation = (query['fieldValidation'] ?? 'Warn') as FieldValidation;
  try {
    if (contentType === APPLY) {
      const { object: applied, warnings } = decodeApply(bodyText(body), validation);
      const manager = query['fieldManager'] ?? '';
      const force = query['force'] === 'true';
      return { object: serverSideApply({ kind, live, applied, manager, force, subresource, now: NOW }), warnings };
    }
    const type = PATCHES[contentType];
    if (method === 'PATCH' && type && live) return patchObject(kind, live, type, bodyText(body), validation);
    return decodeBody(bodyText(body), contentType.endsWith('yaml') ? 'yaml' : 'json', kind, validation);
  } catch (error) {
    if (error instanceof StatusError) return { error, warnings: [] };
    throw error;
  }
}

/** Where what came out is not what was recorded. */
function differences(file: string): string[] {
  // Placeholders stand where the server read real times and ports.
  const text = fs
    .readFileSync(path.join(folder, file), 'utf8')
    .replaceAll('"<time>"', '"2024-01-01T00:00:00Z"')
    .replaceAll('"<microtime>"', '"2024-01-01T00:00:00.000000Z"')
    .replaceAll('"<port>"', '30000');
  const { steps, managedFields } = JSON.parse(text) as Case;
  const kinds: WrittenKind[] = [...builtinResources];
  const lives = new Map<string, KubeObject>();
  /** Written through a subresource whose answer does not show the object. */
  const stale = new Set<string>();
  const found: string[] = [];
  for (const [index, step] of steps.entries()) {
    if (step.crd) kinds.push(...customKinds(fs.readFileSync(path.join(folder, '../../crds', step.crd), 'utf8')));
    const { request, response } = step;
    if (!request || !response) continue;
    const [, place, plural = '', name, subresource] =
      /^(\/apis?\/.*?)\/(?:namespaces\/[^/]+\/)?([a-z]+)(?:\/([^/]+))?(?:\/([a-z]+))?$/.exec(
        request.path.replace(/\/namespaces\/[^/]+(?=\/)/, ''),
      ) ?? [];
    const body = response.body as KubeObject & JsonObject;
    if (request.method === 'POST' && plural === 'customresourcedefinitions' && response.status === 201) {
      kinds.push(...customKinds(JSON.stringify(request.body)));
    }
    const kind = kinds.find(
      resource =>
        plural === (resource as { plural?: string }).plural &&
        place === (resource.group ? `/apis/${resource.group}/${resource.version}` : `/api/${resource.version}`),
    );
    const key = `${plural}/${name ?? body.metadata?.name}`;
    const live = lives.get(key);
    const stored = response.status < 300 && body.kind === kind?.kind && body.metadata;
    if (stored) lives.set(key, body as unknown as KubeObject);
    const unknown = live !== undefined && (stale.has(key) || (!managedFields && request.contentType === APPLY));
    if (subresource === 'scale' && request.method !== 'GET') stale.add(key);
    else if (stored) stale.delete(key);
    if (!kind || unknown || subresource === 'scale' || !['POST', 'PUT', 'PATCH'].includes(request.method)) continue;
    const outcome = run(kind, step, live, subresource);
    const at = `${file} step ${index}`;
    const message = String(body['message'] ?? '');
    if (response.status >= 300) {
      if (elsewhere.test(message)) continue;
      const status = outcome.error?.status;
      const shown = (text: string): string =>
        text
          .replace(/Invalid value: "(<any>|[\s\S]*?)": (?=strict|json)/g, 'X')
          .replace('2006-01-02T15:04:05Z07', '<time>07');
      if (status?.code !== response.status || shown(status?.message ?? '') !== shown(message)) {
        found.push(`${at}: expected ${response.status} ${message}, got ${status?.code} ${status?.message}`);
      }
      continue;
    }
    if (outcome.error) {
      found.push(`${at}: expected ${response.status}, got ${outcome.error.message}`);
      continue;
    }
    const warnings = (response.warning ?? [])
      .map(text => JSON.parse(text.replace(/^299 - /, '')) as string)
      .filter(text => /^(unknown field|duplicate field|line )/.test(text));
    if (JSON.stringify(warnings) !== JSON.stringify(outcome.warnings)) {
      found.push(`${at}: warnings ${JSON.stringify(outcome.warnings)} instead of ${JSON.stringify(warnings)}`);
    }
    // A strategy adds the finalizers of a Namespace after its fields have been tracked.
    if (!stored || !outcome.object || !managedFields || kind.kind === 'Namespace') continue;
    const apply = request.contentType === APPLY;
    const manager = request.query?.['fieldManager'] ?? 'contract';
    const { managedFields: _, ...metadata } = body.metadata;
    const updated = { ...body, metadata } as unknown as KubeObject;
    const tracked = apply ? outcome.object : trackUpdate({ kind, live, updated, manager, subresource, now: NOW });
    const expected = withoutTimes(body.metadata.managedFields);
    const actual = withoutTimes(tracked.metadata.managedFields);
    if (JSON.stringify(expected) !== JSON.stringify(actual)) {
      found.push(`${at}: managedFields ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`);
    }
  }
  return found;
}

const cases = recorded.filter(name => /^([bcde]|a06|a07)/.test(name));

(cases.length > 0 ? describe : describe.skip)('recorded requests', () => {
  it.each(cases)('%s', file => {
    expect(differences(file)).toEqual([]);
  });
});
