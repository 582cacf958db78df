import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../../src/kube.ts';
import { builtinResources } from '../../../src/sandbox/apply/schema.ts';
import type { Resource } from '../../../src/sandbox/types.ts';
import { applyDefaults } from '../../../src/sandbox/validation/defaults/defaults.ts';
import { createStrategy, updateStrategy } from '../../../src/sandbox/validation/strategy.ts';
import { warningsFor } from '../../../src/sandbox/validation/warnings.ts';

const context = { services: () => [] };

function resource(kind: string): Resource {
  const found = builtinResources.find(candidate => candidate.kind === kind);
  if (!found) throw new Error(`${kind} is not served`);
  return found;
}

function create(kind: string, spec: object, metadata: object = {}) {
  const { group, version, namespaced } = resource(kind);
  const apiVersion = group ? `${group}/${version}` : version;
  const meta = { name: 'x', uid: 'u1', ...(namespaced ? { namespace: 'shop' } : {}), ...metadata };
  const object = { apiVersion, kind, metadata: meta, spec } as KubeObject;
  return createStrategy(resource(kind), applyDefaults(resource(kind), object), context);
}

/** What the server answers, error by error: the field and its message. */
const problems = (kind: string, spec: object, metadata?: object): string[] =>
  create(kind, spec, metadata).errors.map(({ field, message }) => `${field}: ${message}`);

const pod = (rest: object, container: object = {}) => ({
  containers: [{ name: 'a', image: 'x:1', ...container }],
  ...rest,
});
const job = (rest: object, restartPolicy = 'Never') => ({ template: { spec: pod({ restartPolicy }) }, ...rest });
const rules = (...list: object[]) => job({ podFailurePolicy: { rules: list } });

describe('pods', () => {
  it.each([
    [
      'a sleep beyond the grace period',
      pod({}, { lifecycle: { preStop: { sleep: { seconds: 60 } } } }),
      [
        'spec.containers[0].lifecycle.preStop.sleep: Invalid value: 60: must be non-negative and less than terminationGracePeriodSeconds (30)',
      ],
    ],
    [
      'a mount of a volume that is wrong itself',
      pod({ volumes: [{ name: 'v', nfs: { server: 's' } }] }, { volumeMounts: [{ name: 'v', mountPath: '/v' }] }),
      [
        'spec.volumes[0].nfs.path: Required value',
        'spec.volumes[0].nfs.path: Invalid value: "": must be an absolute path',
        'spec.containers[0].volumeMounts[0].name: Not found: "v"',
      ],
    ],
    [
      'a port of the host that is another',
      pod({ hostNetwork: true }, { ports: [{ containerPort: 80, hostPort: 90 }] }),
      [
        'spec.containers[0].ports[0].hostPort: Invalid value: 90: must match `containerPort` when `hostNetwork` is true',
      ],
    ],
    [
      'an environment from nothing, told of the list',
      pod({}, { envFrom: [{}] }),
      ['spec.containers[0].envFrom: Invalid value: "": must specify one of: `configMapRef` or `secretRef`'],
    ],
    [
      'a pair of spread constraints, told at the first',
      pod({
        topologySpreadConstraints: [0, 1].map(() => ({
          maxSkew: 1,
          topologyKey: 'zone',
          whenUnsatisfiable: 'DoNotSchedule',
          labelSelector: {},
        })),
      }),
      ['spec.topologySpreadConstraints[0].{topologyKey, whenUnsatisfiable}: Duplicate value: "{zone, DoNotSchedule}"'],
    ],
    [
      'huge pages alone, and in parts',
      pod({}, { resources: { limits: { 'hugepages-2Mi': '3Mi' }, requests: { 'hugepages-2Mi': '3Mi' } } }),
      [
        'spec.containers[0].resources.limits[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi',
        'spec.containers[0].resources.requests[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi',
        'spec.containers[0].resources: Forbidden: HugePages require cpu or memory',
      ],
    ],
  ])('refuse %s', (_what, spec, expected) => {
    expect(problems('Pod', spec)).toEqual(expected);
  });

  it('of a template keep the image as it is, while a pod must have it trimmed', () => {
    expect(problems('Pod', pod({}, { image: ' x ' }))).toEqual([
      'spec.containers[0].image: Invalid value: " x ": must not have leading or trailing whitespace',
    ]);
    const template = { metadata: { labels: { a: 'b' } }, spec: pod({}, { image: ' x ' }) };
    expect(problems('Deployment', { selector: { matchLabels: { a: 'b' } }, template })).toEqual([]);
  });

  it('are warned of names and of ports that come twice', () => {
    const { object } = create('Pod', pod({}, { ports: [{ containerPort: 80 }, { containerPort: 80 }] }), {
      name: 'a.b',
    });
    expect(warningsFor(resource('Pod'), object)).toEqual([
      "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]",
      'spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]',
    ]);
  });
});

describe('other kinds', () => {
  it.each([
    [
      'Job',
      job({ backoffLimitPerIndex: 1 }),
      ['spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode'],
    ],
    [
      'Job',
      rules({ action: 'Count' }),
      ['spec.podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required'],
    ],
    [
      'Job',
      rules({ action: 'FailIndex', onExitCodes: { operator: 'In', values: [2, 1, 1] } }),
      [
        'spec.podFailurePolicy.rules[0].action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set',
        'spec.podFailurePolicy.rules[0].onExitCodes.values[2]: Duplicate value: 1',
        'spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [2,1,1]: must be ordered',
      ],
    ],
    [
      'NetworkPolicy',
      { ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.0.0.0/8'] } }] }] },
      ['spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: "10.0.0.0/8": must be a strict subset of `cidr`'],
    ],
    [
      'LimitRange',
      { limits: [{ type: 'Pod', default: { cpu: '1' } }] },
      ["spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'"],
    ],
    ['ResourceQuota', { hard: { pods: '1.5' } }, ['spec.hard[pods]: Invalid value: "1500m": must be an integer']],
    [
      'PersistentVolumeClaim',
      { accessModes: ['Once'], resources: { requests: { storage: '0' } } },
      [
        'spec.accessModes: Unsupported value: "Once": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
        'spec.resources[storage]: Invalid value: "0": must be greater than zero',
      ],
    ],
  ])('%s', (kind, spec, expected) => {
    expect(problems(kind, spec)).toEqual(expected);
  });

  it('take finalizers of a domain only', () => {
    expect(problems('Job', job({}), { finalizers: ['orphan', 'x.io/y', 'z'] })).toEqual([
      'metadata.finalizers[2]: Invalid value: "z": name is neither a standard finalizer name nor is it fully qualified',
    ]);
  });

  it('have no counts in their status that contradict each other', () => {
    const template = { metadata: { labels: { a: 'b' } }, spec: pod({}) };
    const { object: old } = create('StatefulSet', { selector: { matchLabels: { a: 'b' } }, template });
    const next = { ...old, status: { replicas: 1, readyReplicas: 1, availableReplicas: 2 } };
    const { errors } = updateStrategy(resource('StatefulSet'), next, old, context, 'status');
    expect(errors.map(({ field, message }) => `${field}: ${message}`)).toEqual([
      'status.availableReplicas: Invalid value: 2: cannot be greater than status.replicas',
      'status.availableReplicas: Invalid value: 2: cannot be greater than status.readyReplicas',
    ]);
  });
});
