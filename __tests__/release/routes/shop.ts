import type { JsonObject, KubeObject } from '../../../src/kube.ts';
import type { Harness } from '../../sandbox/harness.ts';
import { serving } from '../property/found-rig.ts';
import { type AppOptions, app, approve, NAMESPACE, weight } from '../rig.ts';
import { ALL_ROUTED, HTTP_ROUTE, type Routed, VIRTUAL_SERVICE } from './routed.ts';

export type Live = KubeObject<{ rules?: JsonObject[]; http?: JsonObject[] }>;

export const LISTED = ALL_ROUTED.filter(([, { router }]) => router !== 'nginx');
export const TYPES = [HTTP_ROUTE, VIRTUAL_SERVICE].map(one => [one.kind.kind, one] as const);
export const paused = { steps: [weight(50), approve] };
export const version = (image: string, more: AppOptions = {}): KubeObject[] => app({ image, replicas: 4, ...more });
export const stopping = { strategy: { type: 'Recreate' } };

export function world({ ground, route }: Routed, spec: object = {}, more: readonly KubeObject[] = []): Harness {
  return serving([...ground, ...more, ...version('web:1'), { ...route, spec: { ...(route.spec as object), ...spec } }]);
}

export function typeOf({ kind }: Routed): string {
  return `${kind.apiVersion.split('/')[0]}/${kind.kind}`;
}

export function live(h: Harness, routed: Routed, name = 'web'): Live {
  return h.api.get(typeOf(routed), NAMESPACE, name) as Live;
}

export function erase(h: Harness, routed: Routed): void {
  // What has no route any more is lost by nobody here.
  h.traffic?.stop();
  h.api.delete(typeOf(routed), NAMESPACE, 'web', {});
}

export function pass(h: Harness, milliseconds: number): Promise<void> {
  return h.run(new Promise(resolve => h.clock.after(milliseconds, resolve)));
}
