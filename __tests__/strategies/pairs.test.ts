import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type KubeObject, refKey, refOf } from '../../src/kube.ts';
import { choosePairs } from '../../src/strategies/pairs.ts';
import type { ProgressiveWish } from '../../src/strategies/wish.ts';
import { anyWish, isMoved } from './wishes.ts';

const NAMESPACE = 'shop';

interface Given {
  /** Of the live Deployment `web`; the wanted one has another image. */
  spec?: Record<string, unknown>;
  kind?: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  podLabels?: Record<string, string>;
  services?: readonly KubeObject[];
  others?: readonly KubeObject[];
  autoscalers?: readonly KubeObject[];
  wish?: Partial<ProgressiveWish>;
}

function workload(name: string, image: string, { kind = 'Deployment', spec = {}, podLabels = {} }: Given = {}) {
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace: NAMESPACE },
    spec: {
      replicas: 4,
      selector: { matchLabels: { app: name } },
      ...spec,
      template: { metadata: { labels: { app: name, ...podLabels } }, spec: { containers: [{ name: 'c', image }] } },
    },
  } satisfies KubeObject;
}

function service(name: string, selector: Record<string, string> | undefined, more: object = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: NAMESPACE }, spec: { selector, ...more } };
}

const web = service('web', { app: 'web' });
const peers = service('peers', { app: 'web' }, { clusterIP: 'None' });

function wishOf(given: Given): ProgressiveWish {
  const [present, wanted] = [workload('web', 'web:1', given), workload('web', 'web:2', given)];
  const keyed = (object: KubeObject) => new Map([[refKey(refOf(object)), object]]);
  return {
    release: 'shop',
    namespace: NAMESPACE,
    strategy: 'canary',
    groups: [[wanted]],
    live: {
      objects: keyed(present),
      merged: keyed(wanted),
      services: given.services ?? [web],
      autoscalers: given.autoscalers ?? [],
      workloads: [present, ...(given.others ?? [])],
      routes: new Map(),
    },
    previous: [],
    prune: true,
    baselines: [],
    asked: [],
    traffic: 'auto',
    service: undefined,
    rules: undefined,
    steps: [],
    settleMs: 0,
    drainMs: 0,
    ...given.wish,
  };
}

const chosen = (given: Given = {}) => choosePairs(wishOf(given));
const problems = (given: Given): string[] => chosen(given).problems.map(({ message }) => message);
const bluegreen: Partial<ProgressiveWish> = { strategy: 'blue-green' };

describe('which workloads move in steps', () => {
  it('those with a new version beside the one that serves; and what does not is said', () => {
    fc.assert(
      fc.property(anyWish, ({ wish, parts }) => {
        const { pairs, notes, router } = choosePairs(wish);
        const moving = [...parts].filter(([, one]) => isMoved(one));
        const bySteps = moving.filter(
          ([, { kind }]) => kind === 'Deployment' || (wish.strategy === 'canary' && router === 'pods'),
        );
        expect(pairs.map(({ stable }) => stable.name)).toEqual(bySteps.map(([name]) => name));
        const rolled = [...parts].filter(
          ([name, { presence, config }]) =>
            presence !== 'new' &&
            (presence === 'changed' || config === 'changed') &&
            !bySteps.some(([n]) => n === name),
        );
        for (const [name, { kind }] of rolled)
          expect(notes.join('\n')).toContain(`${kind} shop/${name} is rolled at promotion`);
      }),
    );
  });

  it.each<[string, Given, string]>([
    ['a DaemonSet', { kind: 'DaemonSet' }, 'one pod a node'],
    ['one without pods', { spec: { replicas: 0 } }, 'no pods now'],
    ['one that is paused', { spec: { paused: true } }, 'paused'],
    ['a StatefulSet in blue/green', { kind: 'StatefulSet', wish: bluegreen }, 'second set'],
    [
      'a StatefulSet whose pods people delete',
      { kind: 'StatefulSet', spec: { updateStrategy: { type: 'OnDelete' } } },
      'OnDelete',
    ],
  ])('not %s', (_what, given, why) => {
    const { pairs, notes } = chosen(given);
    expect(pairs).toEqual([]);
    expect(notes.join('\n')).toContain(why);
  });

  it('a StatefulSet is its own twin', () => {
    const { pairs } = chosen({ kind: 'StatefulSet' });
    expect(pairs).toMatchObject([
      { size: 4, stable: { kind: 'StatefulSet' }, twin: { kind: 'StatefulSet', name: 'web' } },
    ]);
    expect(pairs[0]?.service).toBeUndefined();
  });

  it('the size is that which is live, 1 where nobody has said', () => {
    expect(chosen({ spec: { replicas: 7 } }).pairs).toMatchObject([{ size: 7 }]);
    expect(chosen({ spec: { replicas: undefined } }).pairs).toMatchObject([{ size: 1 }]);
  });
});

describe('how many pods more there may be', () => {
  const rolling = (maxSurge: unknown) => ({ strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge } } });

  it.each([
    ['1 where none is said', {}, 1],
    ['as said', rolling(2), 2],
    ['of a percentage, rounded up', rolling('30%'), 2],
    ['1 where there may be none, or nothing could be moved', rolling(0), 1],
    ['1 of no percentage', rolling('0%'), 1],
    ['1 of one that has no surge', { strategy: { type: 'Recreate' } }, 1],
  ])('%s', (_what, spec, surge) => {
    expect(chosen({ spec }).pairs).toMatchObject([{ surge }]);
  });

  it('as many as stable has in blue/green', () => {
    expect(chosen({ wish: bluegreen }).pairs).toMatchObject([{ surge: 4 }]);
  });
});

describe('the router', () => {
  it.each<[string, Given, string]>([
    ['pods for a canary', {}, 'pods'],
    ['service for blue/green', { wish: bluegreen }, 'service'],
    ['pods for blue/green that no Service selects', { services: [], wish: bluegreen }, 'pods'],
    ['pods where it was asked for', { wish: { ...bluegreen, traffic: 'pods' } }, 'pods'],
    ['service where it was asked for', { wish: { traffic: 'service' } }, 'service'],
  ])('%s', (_what, given, router) => {
    const { notes, ...found } = chosen(given);
    expect(found).toMatchObject({ router, problems: [] });
    expect(notes.join('\n')).toContain(`router ${router}: `);
  });

  it('names the Service that has an address, and those that reach one version', () => {
    const [byPods] = chosen({ services: [peers, web] }).pairs;
    expect(byPods?.service).toMatchObject({ stable: { name: 'web' }, twin: { name: 'web-canary' } });
    expect(byPods?.service?.ownStable).toBeUndefined();
    const [bySwitch] = chosen({
      services: [peers, web],
      podLabels: { 'sluice.dev/track': 'stable' },
      wish: bluegreen,
    }).pairs;
    expect(bySwitch?.service).toMatchObject({
      stable: { name: 'web' },
      twin: { name: 'web-preview' },
      ownStable: { name: 'web-stable' },
    });
  });

  it('takes the Service that is named, of several', () => {
    const services = [web, service('other', { app: 'web' })];
    expect(problems({ services, wish: bluegreen })).toEqual([
      expect.stringContaining('not clear: these select them: web, other'),
    ]);
    const { pairs } = chosen({ services, wish: { ...bluegreen, service: 'other' } });
    expect(pairs).toMatchObject([{ service: { stable: { name: 'other' } } }]);
  });

  it.each<[string, Given, string]>([
    ['a named Service that selects nothing of it', { wish: { service: 'shop' } }, 'No Service named shop'],
    ['the router service without one', { services: [], wish: { traffic: 'service' } }, 'there is none'],
    [
      'pods of others behind the same Service',
      { others: [workload('batch', 'b:1', { podLabels: { app: 'web' } })], wish: bluegreen },
      'they would lose its traffic',
    ],
    [
      'an adoption that would stop it',
      { spec: { strategy: { type: 'Recreate' } }, wish: bluegreen },
      'would stop all of it',
    ],
  ])('refuses %s', (_what, given, text) => {
    expect(problems(given)).toEqual([expect.stringContaining(text)]);
  });

  it('does not look at the track of a Service’s selector, nor at Services of other namespaces or without one', () => {
    const tracked = service('web', { app: 'web', 'sluice.dev/track': 'stable' });
    expect(chosen({ services: [tracked], wish: bluegreen })).toMatchObject({ router: 'service', problems: [] });
    const elsewhere = { ...web, metadata: { name: 'web', namespace: 'other' } };
    expect(chosen({ services: [elsewhere, service('open', undefined)], wish: bluegreen }).router).toBe('pods');
  });
});

describe('an autoscaler', () => {
  const scaler = (target: object, namespace = NAMESPACE): KubeObject => ({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web', namespace },
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', ...target } },
  });

  it('is found by its target', () => {
    expect(chosen({ autoscalers: [scaler({})] }).pairs).toMatchObject([{ autoscaler: { name: 'web' } }]);
    for (const other of [scaler({ name: 'api' }), scaler({ kind: 'StatefulSet' }), scaler({}, 'other')])
      expect(chosen({ autoscalers: [other] }).pairs[0]?.autoscaler).toBeUndefined();
  });
});
