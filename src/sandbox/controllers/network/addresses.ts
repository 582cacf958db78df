import type { KubeObject } from '../../../kube.ts';
import type { GroupKind } from '../../types.ts';
import { type Controller, keyOf, splitKey } from '../context.ts';
import type { Service } from '../endpoints/endpoint-ports.ts';
import { fnv32a } from '../template-hash.ts';

/** On a Service or Ingress: `never` leaves it without address for ever, a number of milliseconds delays it. */
const ADDRESS_AFTER = 'sandbox.sluice.dev/address-after';
/** What a cloud takes to make a load balancer, in short. */
const DEFAULT_DELAY = 500;

type Balanced = KubeObject<unknown, { loadBalancer?: { ingress?: { ip: string }[] } }>;

/** Gives LoadBalancer Services and Ingresses their address. */
export const addressController: Controller = context => {
  for (const kind of ['Service', 'networking.k8s.io/Ingress']) assign(context, kind);
};

function assign(context: Parameters<Controller>[0], kind: GroupKind): void {
  const { api } = context;
  const queue = context.queue('addresses', key => {
    const { namespace, name } = splitKey(key);
    const object = api.get<Balanced>(kind, namespace, name);
    if (!object || !wantsAddress(object) || object.status?.loadBalancer?.ingress?.length) return;
    const ip = addressOf(object);
    const entry = object.kind === 'Service' ? { ip, ipMode: 'VIP' } : { ip };
    const status = { ...object.status, loadBalancer: { ingress: [entry] } };
    api.update({ ...object, status }, { manager: 'cloud-controller-manager', subresource: 'status' });
    if (object.kind === 'Service')
      context.record('service-controller', object, 'Normal', 'EnsuredLoadBalancer', 'Ensured load balancer');
  });
  context.watch(kind, ({ type, object }) => {
    const delay = delayOf(object);
    if (type === 'DELETED' || delay === undefined || !wantsAddress(object as Balanced)) return;
    queue.addAfter(keyOf(object), delay);
  });
}

function wantsAddress(object: Balanced): boolean {
  if (object.metadata.deletionTimestamp) return false;
  return object.kind === 'Ingress' || (object as unknown as Service).spec?.type === 'LoadBalancer';
}

function delayOf({ metadata }: KubeObject): number | undefined {
  const text = metadata.annotations?.[ADDRESS_AFTER];
  if (text === 'never') return undefined;
  const delay = Number(text ?? DEFAULT_DELAY);
  return Number.isFinite(delay) ? delay : DEFAULT_DELAY;
}

/** From the documentation range 198.51.100.0/24, the same for the same object. */
function addressOf({ metadata }: KubeObject): string {
  return `198.51.100.${(fnv32a(`${metadata.namespace}/${metadata.name}`) % 250) + 2}`;
}
