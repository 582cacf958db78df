import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../src/kube.ts';
import { reject } from '../../src/release/commands.ts';
import type { Change } from '../../src/release/events.ts';
import { begin, SWITCHED, serving } from './property/found-rig.ts';
import { app, approve, commandRequest, hold, LIMIT_MS, openRun, type Run, weight } from './rig.ts';

/* What a release says last of an object is what the summary shows. */

const toldOfService = (run: Run): Change | undefined =>
  run.events
    .flatMap(event => (event.type === 'written' ? [event] : []))
    .findLast(({ ref }) => ref.kind === 'Service' && ref.name === 'web')?.change;

const noted = (objects: readonly KubeObject[]): KubeObject[] =>
  objects.map(object =>
    object.kind === 'Service'
      ? { ...object, metadata: { ...object.metadata, annotations: { 'example.com/team': 'shop' } } }
      : object,
  );

describe('a Service that is pinned for a release', () => {
  it('has changed where the manifests have changed it, though it is also given back', async () => {
    const h = serving(app());
    const { run, ended } = begin(h, noted(app({ image: 'web:2' })), { ...SWITCHED, steps: [weight(100), hold(1_000)] });
    expect(await h.run(ended, LIMIT_MS)).toMatchObject({ phase: 'succeeded' });
    h.stop();
    expect(toldOfService(run)).toBe('changed');
  });

  it('is told to be restored on the way back', async () => {
    const h = serving(app());
    const { ended } = begin(h, app({ image: 'web:2' }), { ...SWITCHED, steps: [weight(100), approve] });
    await h.run(ended, LIMIT_MS);
    const back = openRun(h);
    expect(await h.run(reject(back.deps, commandRequest(back)), LIMIT_MS)).toMatchObject({ phase: 'rolled-back' });
    h.stop();
    expect(toldOfService(back)).toBe('restored');
  });
});
