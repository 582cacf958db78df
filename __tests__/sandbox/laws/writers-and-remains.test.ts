import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../../src/kube.ts';
import { BORROWING, begin, configMap, type Script, service, startRouted, US, USER, type Writer } from './script.ts';

const messages = (script: Script): string[] => script.laws.violations.map(({ law, message }) => `${law}: ${message}`);
const OTHER: Writer = { client: 'sluice-b', manager: 'sluice' };
const SPEC = (holder: string): object => ({ spec: { holderIdentity: holder } });

describe('law 7, one writer', () => {
  it('is silent while the holder writes, and when another takes over and then writes', () => {
    const script = begin('service');
    script.create(configMap('one'));
    script.edit('Lease', 'sluice.shop', SPEC('run-b'), OTHER);
    script.create(configMap('two'), OTHER);
    expect(messages(script)).toEqual([]);
  });

  it('barks at who writes on after its Lease was taken, but not at what was sent before', () => {
    const script = begin('service');
    script.edit('Lease', 'sluice.shop', SPEC('run-b'), OTHER);
    script.pass(1000);
    script.create(configMap('late'), { ...US, isLate: true });
    expect(messages(script)).toEqual([]);
    script.create(configMap('zombie'));
    expect(messages(script)).toEqual([
      expect.stringMatching(
        /^7: ConfigMap default\/zombie is written by sluice-a as run-a, but Lease default\/sluice.shop is run-b's since 2026-11-23T12:00:03/,
      ),
    ]);
    script.edit('Lease', 'sluice.shop', SPEC('run-a'));
    script.create(configMap('again'));
    expect(script.laws.violations).toHaveLength(1);
  });

  it('barks at writes without a lock, and after it was given back', () => {
    const script = begin('service');
    script.create(configMap('never'), OTHER);
    script.remove('Lease', 'sluice.shop');
    script.create(configMap('after'));
    expect(messages(script)).toEqual([
      '7: ConfigMap default/never is written by sluice-b, which never took any Lease of a release',
      expect.stringMatching(/^7: ConfigMap default\/after is written by sluice-a as run-a, but .* is nobody’s since/),
    ]);
  });

  it('does not mind what others write', () => {
    const script = begin('service');
    script.remove('Lease', 'sluice.shop');
    script.create(configMap('theirs'), USER);
    expect(messages(script)).toEqual([]);
  });
});

describe('law 10, nothing is left behind', () => {
  const autoscaler: KubeObject = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      minReplicas: 2,
      maxReplicas: 9,
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'other' },
    },
  };

  it('finds nothing after a release that has tidied up', () => {
    const script = begin('service', { objects: [{ ...service('mine'), spec: { ...pinnedByUser } }, autoscaler] });
    script.remove('Lease', 'sluice.shop');
    expect(script.laws.endOfRelease('default')).toEqual([]);
  });

  const pinnedByUser = { selector: { app: 'web', 'sluice.dev/track': 'stable' }, ports: [{ port: 80 }] };

  it('names each thing that a release left', () => {
    const script = begin('service', { objects: [autoscaler] });
    startRouted(script, 0);
    script.edit('HorizontalPodAutoscaler', 'web', { spec: { minReplicas: 3 } }, BORROWING);
    expect(
      script.laws
        .endOfRelease('default')
        .map(({ message }) => message)
        .sort(),
    ).toEqual([
      'ConfigMap default/web-config-1 is left with the label sluice.dev/track=canary',
      'Deployment default/web-canary is left with the label sluice.dev/track=canary',
      "HorizontalPodAutoscaler default/web is left with minReplicas 3; the user's is 2",
      'HorizontalPodAutoscaler default/web still has fields of the manager sluice-release',
      'Lease default/sluice.shop is left',
      'Service default/internal is left pinned to sluice.dev/track=stable',
      'Service default/internal still has fields of the manager sluice-release',
      'Service default/web is left pinned to sluice.dev/track=stable',
      'Service default/web still has fields of the manager sluice-release',
      'Service default/web-canary is left pinned to sluice.dev/track=canary',
      'Service default/web-canary is left with the label sluice.dev/track=canary',
      'Service default/web-stable is left pinned to sluice.dev/track=stable',
      'Service default/web-stable is left with the label sluice.dev/track=canary',
      'twin Deployment default/web-canary is left',
    ]);
    expect(script.broken()).toEqual([10]);
  });
});

describe('law 11, again is a no-op', () => {
  it('can be seen from the writes since a mark', () => {
    const script = begin('service');
    const mark = script.laws.mark();
    script.create(configMap('theirs'), USER);
    expect(script.laws.writesSince(mark)).toEqual([]);
    script.create(configMap('ours'));
    expect(script.laws.writesSince(mark)).toEqual(['create ConfigMap default/ours by sluice (sluice-a)']);
  });
});
