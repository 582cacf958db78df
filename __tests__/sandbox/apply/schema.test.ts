import { describe, expect, it } from '@jest/globals';
import type { ManagedFieldsEntry } from '../../../src/kube.ts';
import { entriesAfterScale, scaleEntries } from '../../../src/sandbox/apply/scale-fields.ts';
import { builtinResources, builtinSchema, resolve, schemaNodes } from '../../../src/sandbox/apply/schema.ts';
import type { SchemaNode } from '../../../src/sandbox/types.ts';

function fieldOf(definition: string, field: string): SchemaNode {
  const node = schemaNodes[definition]?.fields?.[field];
  if (!node) throw new Error(`${definition} has no ${field}`);
  return resolve(node);
}

describe('the generated schemas', () => {
  it('tell the keys of server-side apply from the key of strategic merge', () => {
    const ports = fieldOf('io.k8s.api.core.v1.ServiceSpec', 'ports');
    expect(ports.listMapKeys).toEqual(['port', 'protocol']);
    expect(ports.patchMergeKey).toBe('port');
  });

  it('know quantities, times and numbers that may be texts', () => {
    const requests = fieldOf('io.k8s.api.core.v1.ResourceRequirements', 'requests');
    expect(resolve(requests.items ?? {}).type).toBe('quantity');
    expect(fieldOf('io.k8s.api.coordination.v1.LeaseSpec', 'renewTime').format).toBe('micro-time');
    expect(fieldOf('io.k8s.api.core.v1.ServicePort', 'targetPort').type).toBe('int-or-string');
  });

  it('let what a field adds win over the node that it refers to', () => {
    expect(fieldOf('io.k8s.api.apps.v1.DeploymentSpec', 'strategy')).toMatchObject({
      type: 'object',
      default: {},
      patchStrategy: ['retainKeys'],
    });
  });

  it('refer to nodes that exist, all the way down', () => {
    const visit = (node: SchemaNode): void => {
      if (node.ref) resolve(node);
      else for (const child of [...Object.values(node.fields ?? {}), ...(node.items ? [node.items] : [])]) visit(child);
    };
    for (const node of Object.values(schemaNodes)) visit(node);
    expect(builtinSchema('apps', 'v1', 'Nothing')).toBeUndefined();
  });

  it('list the resources with their scopes, verbs and subresources', () => {
    const found = builtinResources.find(({ plural }) => plural === 'deployments');
    expect(found).toMatchObject({
      namespaced: true,
      shortNames: ['deploy'],
      categories: ['all'],
      subresources: ['scale', 'status'],
    });
    expect(builtinResources.find(({ plural }) => plural === 'nodes')?.namespaced).toBe(false);
  });
});

describe('managed fields by way of scale', () => {
  const replicas = { path: ['spec', 'replicas'], apiVersion: 'apps/v1' };
  const entry = (
    manager: string,
    operation: 'Apply' | 'Update',
    fieldsV1: ManagedFieldsEntry['fieldsV1'],
  ): ManagedFieldsEntry => ({
    manager,
    operation,
    apiVersion: 'apps/v1',
    time: '2024-01-01T00:00:00Z',
    fieldsType: 'FieldsV1',
    fieldsV1,
  });
  const parent = [
    entry('ci', 'Apply', { 'f:spec': { 'f:replicas': {}, 'f:paused': {} } }),
    entry('other', 'Update', { 'f:metadata': { 'f:labels': {} } }),
  ];

  it('show only who owns the replicas', () => {
    expect(scaleEntries(parent, replicas)).toMatchObject([{ manager: 'ci', apiVersion: 'autoscaling/v1' }]);
  });

  it('take the replicas from their owner and leave its other fields', () => {
    const scale = entry('scaler', 'Update', { 'f:spec': { 'f:replicas': {} } });
    const after = entriesAfterScale(
      parent,
      [{ ...scale, apiVersion: 'autoscaling/v1', subresource: 'scale' }],
      replicas,
    );
    expect(
      after.map(({ manager, apiVersion, fieldsV1, time }) => [manager, apiVersion, fieldsV1, time !== undefined]),
    ).toEqual([
      ['ci', 'apps/v1', { 'f:spec': { 'f:paused': {} } }, true],
      ['scaler', 'apps/v1', { 'f:spec': { 'f:replicas': {} } }, false],
      ['other', 'apps/v1', { 'f:metadata': { 'f:labels': {} } }, true],
    ]);
  });

  it('stay as they are where the owner keeps the replicas', () => {
    expect(entriesAfterScale(parent, scaleEntries(parent, replicas), replicas)).toEqual(parent);
  });
});
