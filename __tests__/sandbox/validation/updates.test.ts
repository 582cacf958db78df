import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../../src/kube.ts';
import { builtinResources } from '../../../src/sandbox/apply/schema.ts';
import type { Resource } from '../../../src/sandbox/types.ts';
import { applyDefaults } from '../../../src/sandbox/validation/defaults/defaults.ts';
import { createStrategy, updateStrategy } from '../../../src/sandbox/validation/strategy.ts';

const context = { services: () => [] };

function resource(kind: string): Resource {
  const found = builtinResources.find(candidate => candidate.kind === kind);
  if (!found) throw new Error(`${kind} is not served`);
  return found;
}

function stored(kind: string, rest: Partial<KubeObject>): KubeObject {
  const { group, version } = resource(kind);
  const apiVersion = group ? `${group}/${version}` : version;
  const object: KubeObject = {
    apiVersion,
    kind,
    ...rest,
    metadata: { name: 'x', namespace: 'shop', uid: 'u1', ...rest.metadata },
  };
  const { object: made, errors } = createStrategy(resource(kind), applyDefaults(resource(kind), object), context);
  expect(errors).toEqual([]);
  return made;
}

function update(old: KubeObject, change: (object: KubeObject & { spec: never }) => void, subresource?: string) {
  const next = structuredClone(old);
  change(next as KubeObject & { spec: never });
  return updateStrategy(resource(old.kind), applyDefaults(resource(old.kind), next), old, context, subresource);
}

const template = {
  metadata: { labels: { app: 'x' } },
  spec: { containers: [{ name: 'app', image: 'example/app:1' }] },
};
const workload = { spec: { selector: { matchLabels: { app: 'x' } }, template } };

interface Containers {
  containers: { image: string; args?: string[] }[];
  replicas: number;
}

const specOf = (object: KubeObject): Containers => object.spec as Containers;

describe('generation', () => {
  it('of a Deployment counts annotations too, of other kinds the spec alone', () => {
    for (const [kind, after] of [
      ['Deployment', 2],
      ['StatefulSet', 1],
    ] as const) {
      const changed = update(stored(kind, workload), object => {
        object.metadata.annotations = { note: '1' };
      });
      expect(changed.object.metadata.generation).toBe(after);
    }
  });

  it('does not follow the client', () => {
    const { object } = update(stored('Deployment', workload), next => {
      next.metadata.generation = 7;
    });
    expect(object.metadata.generation).toBe(1);
  });
});

describe('the status', () => {
  it('is written through its subresource, which writes nothing else', () => {
    const old = stored('Deployment', workload);
    const { object } = update(
      old,
      next => {
        specOf(next).replicas = 9;
        next.status = { observedGeneration: 1, replicas: 1 };
      },
      'status',
    );
    expect(object.spec).toEqual(old.spec);
    expect(object.status).toEqual({ observedGeneration: 1, replicas: 1 });
    const later = update(object, next => {
      next.status = {};
    });
    expect(later.object.status).toEqual({ observedGeneration: 1, replicas: 1 });
  });
});

describe('a Pod', () => {
  const old = stored('Pod', { spec: template.spec });

  it('may change its image', () => {
    const { object, errors } = update(old, next => {
      for (const container of specOf(next).containers) container.image = 'example/app:2';
    });
    expect(errors).toEqual([]);
    expect(object.metadata.generation).toBe(2);
  });

  it('may not change its arguments, and the answer shows the difference', () => {
    const { errors } = update(old, next => {
      for (const container of specOf(next).containers) container.args = ['x'];
    });
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ reason: 'FieldValueForbidden', field: 'spec' });
    expect(errors[0]?.message).toContain('-   "Args": null,\n+   "Args": [\n+    "x"\n+   ],\n');
  });
});

describe('a Service', () => {
  const old = stored('Service', { spec: { selector: { app: 'x' }, ports: [{ port: 80 }] } });
  const addressOf = (object: KubeObject) => (object.spec as { clusterIP?: string }).clusterIP;

  it('keeps its address where an update leaves it out', () => {
    const { object, errors } = update(old, next => {
      next.spec = { selector: { app: 'y' }, ports: [{ port: 80 }] } as never;
    });
    expect(errors).toEqual([]);
    expect(addressOf(object)).toBe(addressOf(old));
  });

  it('may not get another', () => {
    const { errors } = update(old, next => {
      Object.assign(next.spec as object, { clusterIP: '10.96.9.9', clusterIPs: ['10.96.9.9'] });
    });
    expect(errors).toContainEqual({
      reason: 'FieldValueInvalid',
      field: 'spec.clusterIPs[0]',
      message: 'Invalid value: ["10.96.9.9"]: may not change once set',
    });
  });

  it('gets a node port with the type that needs one, and loses it with it', () => {
    const { object: open } = update(old, next => Object.assign(next.spec as object, { type: 'NodePort' }));
    const portOf = (object: KubeObject) => (object.spec as { ports: { nodePort?: number }[] }).ports[0]?.nodePort;
    expect(portOf(open)).toBeGreaterThanOrEqual(30_000);
    const { object: closed, errors } = update(open, next => Object.assign(next.spec as object, { type: 'ClusterIP' }));
    expect(errors).toEqual([]);
    expect(portOf(closed)).toBeUndefined();
  });
});

describe('a Job', () => {
  it('keeps its template', () => {
    const job = stored('Job', { spec: { template: { spec: { ...template.spec, restartPolicy: 'Never' } } } });
    const { errors } = update(job, next => {
      (next.spec as { template: { spec: object } }).template.spec = { ...template.spec, restartPolicy: 'OnFailure' };
    });
    expect(errors).toHaveLength(1);
    expect(errors[0]?.field).toBe('spec.template');
    expect(errors[0]?.message).toMatch(
      /^Invalid value: \{"labels":.*"Spec":\{"Volumes":null,.*\}: field is immutable$/,
    );
  });
});

describe('a StatefulSet', () => {
  it('may be scaled, but not moved to another service', () => {
    const old = stored('StatefulSet', workload);
    expect(update(old, next => Object.assign(next.spec as object, { replicas: 3 })).errors).toEqual([]);
    const { errors } = update(old, next => Object.assign(next.spec as object, { serviceName: 'other' }));
    expect(errors.map(({ field, reason }) => [field, reason])).toEqual([['spec', 'FieldValueForbidden']]);
  });
});
