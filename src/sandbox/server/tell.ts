import type { KubeObject } from '../../kube.ts';
import { type Core, present, type ResourceRequest, type Write } from './core.ts';

/** Tells those who asked for it of an accepted write, after it was stored. */
export function tell(
  core: Core,
  request: ResourceRequest,
  { before, after }: { before?: KubeObject | undefined; after?: KubeObject | undefined },
): void {
  if (core.onWrite.size === 0) return;
  const { verb, resource, user, manager, subresource, origin } = request;
  const write: Write = {
    verb,
    resource,
    user,
    manager,
    origin: origin ?? { sent: present(core) },
    ...(subresource ? { subresource } : {}),
    ...(before ? { before } : {}),
    ...(after ? { after } : {}),
  };
  for (const hook of core.onWrite) hook(write);
}
