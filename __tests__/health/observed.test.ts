import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { health } from '../../src/health/health.ts';

const count = fc.integer({ min: 0, max: 4 });
const status = fc.record(
  {
    observedGeneration: fc.integer({ min: 1, max: 4 }),
    replicas: count,
    updatedReplicas: count,
    readyReplicas: count,
    availableReplicas: count,
    fullyLabeledReplicas: count,
    desiredNumberScheduled: count,
    currentNumberScheduled: count,
    updatedNumberScheduled: count,
    numberAvailable: count,
    currentRevision: fc.constantFrom('a', 'b'),
    updateRevision: fc.constantFrom('a', 'b'),
    conditions: fc.array(
      fc.record({
        type: fc.constantFrom('Ready', 'Available', 'Progressing'),
        status: fc.constantFrom('True', 'False', 'Unknown'),
      }),
      { maxLength: 3 },
    ),
  },
  { requiredKeys: [] },
);
const kind = fc.constantFrom(
  ['apps/v1', 'Deployment'],
  ['apps/v1', 'StatefulSet'],
  ['apps/v1', 'DaemonSet'],
  ['apps/v1', 'ReplicaSet'],
  ['policy/v1', 'PodDisruptionBudget'],
);
const spec = fc.record(
  {
    replicas: count,
    paused: fc.boolean(),
    updateStrategy: fc.record({ type: fc.constantFrom('RollingUpdate', 'OnDelete') }),
  },
  { requiredKeys: [] },
);

describe('healthy', () => {
  it('only if the controller has observed this generation', () => {
    fc.assert(
      fc.property(
        kind,
        spec,
        status,
        fc.integer({ min: 1, max: 4 }),
        ([apiVersion = '', name = ''], wanted, told, generation) => {
          const verdict = health({
            apiVersion,
            kind: name,
            metadata: { name: 'it', generation },
            spec: wanted,
            status: told,
          });
          if (verdict.status === 'healthy') expect(told.observedGeneration ?? 0).toBeGreaterThanOrEqual(generation);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('for a Deployment that is not paused only if exactly the wanted replicas exist, all updated and available', () => {
    fc.assert(
      fc.property(spec, status, (wanted, told) => {
        const { status: verdict } = health({
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: 'it', generation: 1 },
          spec: wanted,
          status: { ...told, observedGeneration: 1 },
        });
        const desired = wanted.replicas ?? 1;
        const complete =
          (told.updatedReplicas ?? 0) === desired &&
          (told.replicas ?? 0) <= desired &&
          (told.availableReplicas ?? 0) >= desired;
        expect(verdict === 'healthy').toBe(wanted.paused === true || complete);
      }),
      { numRuns: 1_000 },
    );
  });
});
