import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { Json, KubeObject } from '../../../src/kube.ts';
import { resourcesOfCrd } from '../../../src/sandbox/crd/crd-resources.ts';
import type { Crd } from '../../../src/sandbox/crd/crd-view.ts';
import { prune } from '../../../src/sandbox/crd/pruning.ts';
import type { Resource, Status } from '../../../src/sandbox/types.ts';
import { applyDefaults } from '../../../src/sandbox/validation/defaults/defaults.ts';
import { statusForErrors } from '../../../src/sandbox/validation/status.ts';
import { createStrategy, updateStrategy } from '../../../src/sandbox/validation/strategy.ts';

interface Step {
  request: { method: string; path: string; body: KubeObject };
  response: { status: number; body: KubeObject & Status };
}

const file = new URL('../../../../shared/contract/cases/b25-cr-structural.json', import.meta.url);
const { steps } = JSON.parse(readFileSync(file, 'utf8')) as { steps: Step[] };
const crd = steps[1]?.request.body as Crd;
const [widget] = resourcesOfCrd(crd) as [Resource];
const context = { services: () => [] };
const made = steps.filter(({ request }) => request?.method === 'POST' && request.path.endsWith('/widgets'));

function create(body: KubeObject) {
  const object = prune(body as unknown as Json, widget.schema.source as object).value as unknown as KubeObject;
  const metadata = { ...object.metadata, namespace: 'shop' };
  return createStrategy(widget, applyDefaults(widget, { ...object, metadata }), context);
}

describe('a custom resource of a structural schema', () => {
  it.each(made.filter(({ response }) => response.status === 422))(
    'is refused as the server refused it: $request.body.spec',
    step => {
      const { errors } = create(step.request.body);
      const answer = statusForErrors(widget, step.request.body.metadata.name, errors);
      expect(answer.details?.causes).toEqual(step.response.body.details?.causes);
      expect(answer.message).toBe(step.response.body.message);
    },
  );

  it.each(made.filter(({ response }) => response.status === 201))(
    'is defaulted as the server did: $request.body.spec',
    step => {
      const { object, errors } = create(step.request.body);
      expect(errors).toEqual([]);
      expect(object.spec).toEqual(step.response.body.spec);
      expect(object.metadata.generation).toBe(1);
    },
  );

  it('names the fields that it does not know', () => {
    const value = { spec: { unknown: 1, nested: { extra: 1 }, atomicByDefault: [{ name: 'x', other: 1 }] } };
    expect(prune(value, widget.schema.source as object).unknown).toEqual([
      'spec.atomicByDefault[0].other',
      'spec.nested.extra',
      'spec.unknown',
    ]);
  });

  it('checks transition rules on updates only, and leaves alone what did not change', () => {
    const old = create({
      apiVersion: 'contract.example.com/v1',
      kind: 'Widget',
      metadata: { name: 'a' },
      spec: { size: 2, code: 'abc' },
    }).object;
    const changed = { ...old, spec: { ...(old.spec as object), code: 'abd' } };
    expect(updateStrategy(widget, changed, old, context).errors).toContainEqual({
      reason: 'FieldValueInvalid',
      field: 'spec',
      message: 'Invalid value: code is immutable',
    });
    const tooLarge = { ...old, metadata: { ...old.metadata, resourceVersion: '1' }, spec: { size: 99, code: 'abc' } };
    expect(updateStrategy(widget, { ...tooLarge, status: { phase: 'x' } }, tooLarge, context).errors).toEqual([]);
  });

  it('counts changes of the spec, not of the status', () => {
    const old = create({
      apiVersion: 'contract.example.com/v1',
      kind: 'Widget',
      metadata: { name: 'a' },
      spec: { size: 2 },
    }).object;
    const withStatus = updateStrategy(widget, { ...old, status: { phase: 'Ready' } }, old, context, 'status').object;
    expect(withStatus.metadata.generation).toBe(1);
    const grown = updateStrategy(widget, { ...withStatus, spec: { size: 3 } }, withStatus, context).object;
    expect(grown.metadata.generation).toBe(2);
    expect(grown.status).toEqual({ phase: 'Ready' });
  });
});
