import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../src/kube.ts';
import { reject } from '../../src/release/commands.ts';
import { type Harness, harness, webService } from '../sandbox/harness.ts';
import { SWITCHED as BY_SERVICE, begin, QUIET } from './property/found-rig.ts';
import {
  app,
  approve,
  commandRequest,
  configMap,
  deployNow,
  hold,
  LIMIT_MS,
  NAMESPACE,
  openRun,
  type Wish,
  weight,
} from './rig.ts';

/* What real clusters do, and a reader of the code found. */

const SWITCHED: Wish = { ...BY_SERVICE, steps: [weight(100), hold(3_000)] };

async function released(objects: readonly KubeObject[]): Promise<Harness> {
  const h = harness({ objects, traffic: QUIET });
  await deployNow(h, objects, { strategy: 'rolling' });
  h.clock.advance(60_000);
  return h;
}

const sizeOf = (h: Harness): unknown =>
  (h.api.get('apps/Deployment', NAMESPACE, 'web') as KubeObject<{ replicas: number }> | undefined)?.spec?.replicas;
const dataOf = (h: Harness, name: string): unknown => h.api.get('ConfigMap', NAMESPACE, name)?.['data'];

/** Pods whose port has this name, behind a Service that sends to it by its name. */
function named(port: string, image: string): KubeObject[] {
  return app({ image, replicas: 3 }).map(object => {
    const copy = structuredClone(object) as KubeObject & { spec: Record<string, unknown> };
    if (copy.kind === 'Service') copy.spec['ports'] = [{ port: 80, targetPort: port }];
    if (copy.kind !== 'Deployment') return copy;
    const { spec } = copy.spec['template'] as { spec: { containers: Record<string, unknown>[] } };
    for (const container of spec.containers) container['ports'] = [{ name: port, containerPort: 80 }];
    return copy;
  });
}

describe('a port that is renamed together with the version', () => {
  it.each<[string, Wish]>([
    ['blue/green', SWITCHED],
    ['canary', { steps: [weight(50), hold(3_000)] }],
  ])('is refused before any write: %s', async (_name, wish) => {
    const h = await released(named('http', 'web:1'));
    const { run, ended } = begin(h, named('web', 'web:2'), wish);
    await expect(h.run(ended)).rejects.toThrow(/target ports/);
    expect(run.process.writes).toEqual([]);
    h.stop();
  });

  it('that only the pods rename is refused, too', async () => {
    const h = await released(named('http', 'web:1'));
    const [conf, service] = named('http', 'web:1') as [KubeObject, KubeObject];
    const { ended } = begin(h, [conf, service, named('web', 'web:2')[2] as KubeObject], SWITCHED);
    await expect(h.run(ended)).rejects.toThrow(/port named http/);
    h.stop();
  });
});

describe('a size that the manifests cease to name', () => {
  it.each<[string, Wish]>([
    ['canary over pods', { steps: [weight(50)] }],
    ['blue/green over service', SWITCHED],
    ['rolling', { strategy: 'rolling' }],
  ])('stays what it is, and again is a no-op: %s', async (_name, wish) => {
    const h = await released(app({ replicas: 6 }));
    const objects = app({ image: 'web:2', replicas: undefined });
    expect((await deployNow(h, objects, wish)).phase).toBe('succeeded');
    h.clock.advance(60_000);
    expect(sizeOf(h)).toBe(6);
    const mark = h.laws.mark();
    expect((await deployNow(h, objects, wish)).phase).toBe('unchanged');
    expect(h.laws.writesSince(mark)).toEqual([]);
    await deployNow(h, app({ image: 'web:3', replicas: undefined }), wish);
    h.clock.advance(60_000);
    expect({ size: sizeOf(h), broken: h.laws.violations }).toEqual({ size: 6, broken: [] });
    h.stop();
  });
});

describe('what the API server does not take back', () => {
  it('a ConfigMap that became immutable does not keep the rest from going back', async () => {
    const h = await released(app());
    const objects = app({ image: 'web:2', config: '2' }).map(object =>
      object.kind === 'ConfigMap' ? { ...object, immutable: true } : object,
    );
    const { run, ended } = begin(h, objects, { steps: [weight(50)] });
    const seen = Promise.withResolvers<void>();
    run.listeners.add(event => {
      if (event.type === 'step-started' && event.name.startsWith('Wait until stable')) seen.resolve();
    });
    await h.run(seen.promise, LIMIT_MS);
    const other = openRun(h);
    await h.run(reject(other.deps, commandRequest(other)), LIMIT_MS);
    expect(await h.run(ended, LIMIT_MS)).toMatchObject({ phase: 'rolled-back' });
    expect(dataOf(h, 'conf')).toEqual({ value: '1' });
    h.stop();
  });
});

describe('what is checked', () => {
  it('has what others have put beside the manifests, as what is promoted will', async () => {
    const h = await released(app());
    const live = structuredClone(h.api.get('ConfigMap', NAMESPACE, 'conf')) as KubeObject & {
      data: Record<string, string>;
    };
    live.data['injected'] = 'yes';
    h.api.update(live, { manager: 'injector' });
    await deployNow(h, app({ image: 'web:2', config: '2' }), { steps: [weight(50), approve] });
    const copies = h.api.list('ConfigMap', NAMESPACE).filter(({ metadata }) => metadata.name.startsWith('conf-'));
    expect(copies.map(copy => copy['data'])).toEqual([{ value: '2', injected: 'yes' }]);
    h.stop();
  });

  it('a new workload that reads changed configuration comes at promotion, and reads the new one', async () => {
    const h = await released(app());
    const worker = structuredClone(app({ name: 'worker' })[2] as KubeObject);
    const objects = [...app({ image: 'web:2', config: '2' }), worker];
    await deployNow(h, objects, { steps: [weight(50), approve] });
    expect(h.api.get('apps/Deployment', NAMESPACE, 'worker')).toBeUndefined();
    h.stop();
  });
});

describe('a pod that has ended and was never cleared away', () => {
  it('does not keep Services from being pinned', async () => {
    const h = await released(app());
    const pod = structuredClone(h.api.list('Pod', NAMESPACE)[0]) as KubeObject & { status: Record<string, unknown> };
    pod.status = { ...pod.status, phase: 'Failed', reason: 'Evicted', conditions: [], containerStatuses: [] };
    h.api.update(pod, { manager: 'kubelet', subresource: 'status' });
    h.clock.advance(60_000);
    expect((await deployNow(h, app({ image: 'web:2' }), SWITCHED)).phase).toBe('succeeded');
    h.stop();
  });
});

describe('a Service that keeps traffic on the node', () => {
  it('is not switched', async () => {
    const local = {
      ...webService(),
      spec: { ...(webService().spec as object), type: 'NodePort', externalTrafficPolicy: 'Local' },
    };
    const objects = (image: string): KubeObject[] => [configMap('1'), local, app({ image })[2] as KubeObject];
    const h = await released(objects('web:1'));
    const { ended } = begin(h, objects('web:2'), SWITCHED);
    await expect(h.run(ended)).rejects.toThrow(/externalTrafficPolicy: Local/);
    h.stop();
  });
});
