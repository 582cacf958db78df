import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type KubeObject, refOf } from '../../src/kube.ts';
import { borrow, giveBack, giveBackOwnership } from '../../src/release/borrow.ts';
import type { FieldPath } from '../../src/release/field-owners.ts';
import type { InProcess } from '../../src/sandbox/in-process.ts';
import { handle } from '../../src/sandbox/server/http/handler.ts';
import { type Harness, harness, webDeployment, webService } from '../sandbox/harness.ts';

const AUTOSCALER: KubeObject = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
    minReplicas: 2,
    maxReplicas: 9,
  },
};

/** What a release borrows, with the values that it may write there. */
const FIELDS: Record<string, { object: KubeObject; plural: string; path: FieldPath; values: fc.Arbitrary<unknown> }> = {
  replicas: {
    object: webDeployment({ replicas: 3 }),
    plural: 'apis/apps/v1/namespaces/default/deployments',
    path: ['spec', 'replicas'],
    values: fc.integer({ min: 0, max: 9 }),
  },
  selector: {
    object: webService(),
    plural: 'api/v1/namespaces/default/services',
    path: ['spec', 'selector'],
    values: fc.record(
      { app: fc.constantFrom('web', 'api'), 'sluice.dev/track': fc.constantFrom('stable', 'canary') },
      { requiredKeys: ['app'], noNullPrototype: true },
    ),
  },
  floor: {
    object: AUTOSCALER,
    plural: 'apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers',
    path: ['spec', 'minReplicas'],
    values: fc.integer({ min: 1, max: 9 }),
  },
};
const anyField = fc
  .constantFrom(...Object.values(FIELDS))
  .chain(({ values, ...field }) =>
    fc.record({ field: fc.constant(field), values: fc.array(values, { minLength: 1, maxLength: 4 }) }),
  );
type Field = Omit<(typeof FIELDS)[string], 'values'>;
type Owner = 'apply' | 'update';
const anyOwner = fc.constantFrom<Owner[]>('apply', 'update');

/** The user's own server-side apply, without force; answers with the status. */
function userApplies(h: Harness, { object, plural }: Field): number {
  return handle(h.sandbox.core, {
    method: 'PATCH',
    path: `/${plural}/${object.metadata.name}`,
    query: new URLSearchParams({ fieldManager: 'user' }),
    headers: { 'content-type': 'application/apply-patch+yaml', 'user-agent': 'kubectl' },
    body: Buffer.from(JSON.stringify(object)),
    closed: new AbortController().signal,
  }).status;
}

/** A cluster that has the object, written by its user in one of the two ways. */
function begin(field: Field, owner: Owner): { h: Harness; process: InProcess; before: KubeObject } {
  const h = harness({ traffic: false, readyMs: 0 });
  const { object } = field;
  const { kind, metadata } = object;
  for (const own of ['apps/Deployment', 'Service'].filter(one => one.endsWith(kind)))
    h.api.delete(own, 'default', metadata.name, { gracePeriodSeconds: 0 });
  if (owner === 'update') h.api.create(object, { manager: 'user' });
  else expect(userApplies(h, field)).toBe(201);
  return { h, process: h.open(), before: live(h, object) };
}

const KINDS: Record<string, string> = {
  Deployment: 'apps/Deployment',
  Service: 'Service',
  HorizontalPodAutoscaler: 'autoscaling/HorizontalPodAutoscaler',
};
const live = (h: Harness, { kind, metadata }: KubeObject): KubeObject =>
  h.api.get(KINDS[kind] as string, 'default', metadata.name) as KubeObject;

/** What is asked for, and who owns what of it; without status, which controllers write. */
function telling({ status: _status, metadata, ...content }: KubeObject): unknown {
  const { resourceVersion: _version, generation: _generation, managedFields = [], ...rest } = metadata;
  const owners = managedFields
    .filter(({ subresource }) => subresource === undefined)
    .map(({ time: _time, ...owner }) => owner)
    .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return { ...content, metadata: rest, owners };
}

describe('a field that is borrowed and given back', () => {
  it('is as it was, and so are its owners; the user’s unchanged apply meets no conflict', async () => {
    await fc.assert(
      fc.asyncProperty(anyField, anyOwner, async ({ field, values }, owner) => {
        const { h, process, before } = begin(field, owner);
        for (const value of values) await h.run(borrow(process.cluster, refOf(field.object), field.path, () => value));
        await h.run(giveBack(process.cluster, refOf(field.object), field.path, before));
        expect(telling(live(h, field.object))).toEqual(telling(before));
        expect(userApplies(h, field)).toBe(200);
        h.stop();
      }),
      { numRuns: 60 },
    );
  });

  it('is written only where it is not so already, both ways', async () => {
    await fc.assert(
      fc.asyncProperty(anyField, anyOwner, async ({ field, values: [value] }, owner) => {
        const { h, process, before } = begin(field, owner);
        const ref = refOf(field.object);
        await h.run(giveBack(process.cluster, ref, field.path, before));
        expect(process.writes).toEqual([]);
        await h.run(borrow(process.cluster, ref, field.path, () => value));
        const { length } = process.writes;
        await h.run(borrow(process.cluster, ref, field.path, () => value));
        expect(process.writes).toHaveLength(length);
        await h.run(giveBack(process.cluster, ref, field.path, before));
        const { length: given } = process.writes;
        await h.run(giveBack(process.cluster, ref, field.path, before));
        expect(process.writes).toHaveLength(given);
        h.stop();
      }),
      { numRuns: 30 },
    );
  });

  it('keeps what others change of the object meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(anyField, anyOwner, async ({ field, values: [value] }, owner) => {
        const { h, process, before } = begin(field, owner);
        const ref = refOf(field.object);
        await h.run(borrow(process.cluster, ref, field.path, () => value));
        const present = structuredClone(live(h, field.object));
        const labels = { ...present.metadata.labels, team: 'shop' };
        h.api.update({ ...present, metadata: { ...present.metadata, labels } }, { manager: 'somebody' });
        await h.run(giveBack(process.cluster, ref, field.path, before));
        const { metadata, spec } = live(h, field.object);
        expect({ spec, labels: metadata.labels }).toEqual({ spec: before.spec, labels });
        expect(metadata.managedFields?.map(({ manager }) => manager)).toContain('somebody');
        expect(userApplies(h, field)).toBe(200);
        h.stop();
      }),
      { numRuns: 30 },
    );
  });
});

describe('writes of others between reading and writing', () => {
  const field = FIELDS['replicas'] as Field;
  const ref = refOf(field.object);

  /** Somebody writes the object just before each of the first `times` writes of ours. */
  function crowded(times: number): { h: Harness; before: KubeObject; process: InProcess } {
    const { h, before } = begin(field, 'update');
    let left = times;
    const process = h.open({
      onCall: (_n, { method }) => {
        if (method === 'GET' || left === 0) return 'execute';
        left -= 1;
        const present = structuredClone(live(h, field.object));
        const annotations = { ...present.metadata.annotations, turn: String(left) };
        h.api.update({ ...present, metadata: { ...present.metadata, annotations } }, { manager: 'somebody' });
        return 'execute';
      },
    });
    return { h, before, process };
  }

  it('are met by reading anew, and none is lost', async () => {
    const { h, process } = crowded(7);
    await h.run(borrow(process.cluster, ref, field.path, () => 5));
    const { spec, metadata } = live(h, field.object);
    expect({ spec, turn: metadata.annotations?.['turn'] }).toMatchObject({ spec: { replicas: 5 }, turn: '0' });
    h.stop();
  });

  it('are an error that names the object when they do not end', async () => {
    const { h, process } = crowded(99);
    await expect(h.run(borrow(process.cluster, ref, field.path, () => 5))).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('Deployment default/web'),
    });
    h.stop();
  });
});

describe('an object that is no longer the same', () => {
  const field = FIELDS['replicas'] as Field;
  const ref = refOf(field.object);

  it('gets nothing back where it was made anew, or is gone', async () => {
    const { h, process, before } = begin(field, 'update');
    h.api.delete('apps/Deployment', 'default', 'web', { gracePeriodSeconds: 0 });
    expect(await h.run(giveBack(process.cluster, ref, field.path, before))).toBeUndefined();
    h.api.create(webDeployment({ replicas: 7 }), { manager: 'user' });
    expect(await h.run(giveBack(process.cluster, ref, field.path, before))).toBeUndefined();
    expect(live(h, field.object).spec).toMatchObject({ replicas: 7 });
    expect(process.writes).toEqual([]);
    h.stop();
  });

  it('cannot be borrowed from when it is gone, which is said', async () => {
    const { h, process } = begin(field, 'update');
    h.api.delete('apps/Deployment', 'default', 'web', { gracePeriodSeconds: 0 });
    await expect(h.run(borrow(process.cluster, ref, field.path, () => 1))).rejects.toMatchObject({ code: 'drift' });
    h.stop();
  });
});

describe('ownership alone', () => {
  it('goes back to who had it, and the value stays as it is now', async () => {
    const field = FIELDS['replicas'] as Field;
    const { h, process, before } = begin(field, 'apply');
    const ref = refOf(field.object);
    await h.run(borrow(process.cluster, ref, field.path, () => 6));
    await h.run(giveBackOwnership(process.cluster, ref, before, field.path));
    const now = live(h, field.object);
    expect(now.spec).toMatchObject({ replicas: 6 });
    expect((telling(now) as { owners: unknown }).owners).toEqual((telling(before) as { owners: unknown }).owners);
    expect(userApplies(h, field)).toBe(200);
    h.stop();
  });
});
