import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type KubeObject, refKey, refOf } from '../../src/kube.ts';
import { leftOver, planRolling } from '../../src/strategies/rolling.ts';

const kinds = ['ConfigMap', 'Service', 'Deployment', 'Namespace', 'PersistentVolumeClaim', 'CustomResourceDefinition'];
const objects = fc.uniqueArray(
  fc.record({ kind: fc.constantFrom(...kinds), name: fc.constantFrom('a', 'b', 'c', 'd') }),
  { selector: ({ kind, name }) => `${kind}/${name}` },
);
const made = ({ kind, name }: { kind: string; name: string }): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name },
});

describe('a rolling plan', () => {
  it('applies everything once, in the order of the groups, before it waits for health and before it prunes', () => {
    fc.assert(
      fc.property(
        fc.array(
          objects.map(list => list.map(made)),
          { maxLength: 4 },
        ),
        objects,
        fc.boolean(),
        (groups, before, prune) => {
          const { steps } = planRolling({ groups, previous: before.map(made).map(refOf), prune });
          const applied = steps.flatMap(step => (step.do === 'apply' ? step.objects : []));
          expect(applied).toEqual(groups.flat().map(refOf));
          const order = steps.map(step => step.do);
          expect(order.lastIndexOf('apply')).toBeLessThan(order.indexOf('await-health'));
          if (order.includes('prune')) expect(order.indexOf('prune')).toBe(order.indexOf('await-health') + 1);
        },
      ),
    );
  });

  it('prunes exactly what is no longer wanted, never what holds data or other objects, and nothing when told so', () => {
    fc.assert(
      fc.property(objects, objects, fc.boolean(), (before, now, prune) => {
        const wanted = now.map(made);
        const { steps } = planRolling({ groups: [wanted], previous: before.map(made).map(refOf), prune });
        const pruned = steps.flatMap(step => (step.do === 'prune' ? step.objects : []));
        const keys = new Set(wanted.map(object => refKey(refOf(object))));
        for (const ref of pruned) {
          expect(keys.has(refKey(ref))).toBe(false);
          expect(['Namespace', 'PersistentVolumeClaim', 'CustomResourceDefinition']).not.toContain(ref.kind);
        }
        expect(pruned).toEqual(prune ? leftOver(before.map(made).map(refOf), wanted) : []);
      }),
    );
  });

  it('waits for definitions and namespaces before what needs them', () => {
    const { steps } = planRolling({
      groups: [[made({ kind: 'CustomResourceDefinition', name: 'widgets' })], [made({ kind: 'Widget', name: 'w' })]],
      previous: [],
      prune: true,
    });
    expect(steps.map(step => step.do)).toEqual(['apply', 'establish', 'apply', 'await-health']);
  });
});
