import type { KubeObject } from '../../../kube.ts';
import type { DeleteOptions } from '../../types.ts';
import { presented, stored } from '../convert.ts';
import { bindPod } from '../pods/binding.ts';
import { evictPod } from '../pods/eviction.ts';
import { containerOf, podLogAnswer } from '../pods/log.ts';
import { subresourceDetail } from '../registry.ts';
import { type Scale, scaleOf, withScale } from '../scale.ts';
import { badRequest, created, failure, invalid, methodNotAllowed } from '../statuses.ts';
import { applyDefaults, applyTo, SCALE, trackFields } from '../strategy.ts';
import { requestToken } from '../token-request.ts';
import { updateObject } from '../write.ts';
import { contentTypeOf, decodeObject } from './body.ts';
import type { Answer } from './message.ts';
import { json } from './message.ts';
import { negotiate } from './negotiation.ts';
import { appliedOf, patched, patchObject, patchTypeOf } from './patch.ts';
import { answerWith, checkName, liveObject, type ResourceCall, requestOf } from './resource.ts';
import { viewOfObject } from './view.ts';
import { writeOptions } from './write-options.ts';

const VERB: Readonly<Record<string, string>> = {
  GET: 'get',
  HEAD: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** The verbs on a subresource of one object. */
export function callSubresource(call: ResourceCall, name: string): Answer {
  const { incoming, resource } = call;
  const detail = subresourceDetail(resource, name);
  if (!detail?.verbs.includes(VERB[incoming.method] ?? '')) throw methodNotAllowed();
  // What is proxied is between the client and whoever answers.
  if (name !== 'proxy') negotiate(incoming.headers['accept']);
  switch (name) {
    case 'scale':
      return scale(call);
    case 'binding':
      return binding(call);
    case 'eviction':
      return eviction(call);
    case 'log':
      return podLogAnswer(call.core, call.target.namespace, call.target.name ?? '', incoming.query);
    case 'exec':
    case 'attach':
    case 'portforward':
      return connect(call);
    case 'proxy':
      return proxy(call);
    case 'token':
      return token(call);
    default:
      return part(call);
  }
}

/** status, finalize, ephemeralcontainers, resize: the whole object, of which the subresource changes a part. */
function part(call: ResourceCall): Answer {
  const { core, incoming, resource, target } = call;
  if (incoming.method === 'GET') return answerWith(call, 200, liveObject(call));
  if (incoming.method === 'PATCH') {
    return answerWith(call, 200, patchObject(call).object);
  }
  const request = requestOf(call, 'update', writeOptions(incoming, 'update', ''));
  const object = decodeObject(incoming, request, resource);
  checkName(call, object);
  const wanted = applyDefaults(core, resource, stored(core.registry, resource, object));
  return answerWith(
    call,
    200,
    updateObject(core, request, target.name ?? '', () => wanted),
  );
}

function scale(call: ResourceCall): Answer {
  const { core, incoming, resource } = call;
  const shown = (object: KubeObject): Answer => {
    const view = scaleOf(resource, presented(core.registry, resource, object));
    const { managedFields: _, ...metadata } = view.metadata;
    return json(200, viewOfObject(core, resource, negotiate(incoming.headers['accept']), { ...view, metadata }));
  };
  if (incoming.method === 'GET') return shown(liveObject(call));
  if (incoming.method === 'PATCH') return shown(patchScale(call));
  const request = requestOf(call, 'update', writeOptions(incoming, 'update', ''));
  const wanted = decodeObject(incoming, request, SCALE) as Scale;
  checkName(call, wanted);
  const live = scaleOf(resource, liveObject(call));
  return shown(writeScale(call, request, trackFields(core, { ...request, resource: SCALE }, live, wanted) as Scale));
}

function patchScale(call: ResourceCall): KubeObject {
  const { core, incoming, resource } = call;
  const type = patchTypeOf(call);
  const options = writeOptions(incoming, 'patch', contentTypeOf(incoming.headers));
  const request = requestOf(call, 'patch', options);
  const live = scaleOf(resource, liveObject(call));
  if (type === 'apply') {
    const applied = appliedOf(call, request, incoming);
    return writeScale(
      call,
      request,
      applyTo(core, { ...request, resource: SCALE }, live, { applied, force: options.force }) as Scale,
    );
  }
  const wanted = patched(call, request, SCALE, type, live);
  return writeScale(call, request, trackFields(core, { ...request, resource: SCALE }, live, wanted) as Scale);
}

function writeScale(
  { core, resource, target }: ResourceCall,
  request: ReturnType<typeof requestOf>,
  wanted: Scale,
): KubeObject {
  const replicas = wanted.spec?.replicas ?? 0;
  if (replicas < 0) {
    const message = `Invalid value: ${replicas}: must be greater than or equal to 0`;
    throw invalid({ group: 'autoscaling', kind: 'Scale' }, target.name ?? '', [
      { reason: 'FieldValueInvalid', field: 'spec.replicas', message },
    ]);
  }
  const change = (live: KubeObject): KubeObject => withScale(resource, live, wanted);
  return updateObject(core, request, target.name ?? '', change, { tracked: true, patch: true });
}

function postedBody(call: ResourceCall): KubeObject {
  const text = call.incoming.body.toString();
  try {
    const body = JSON.parse(text || '{}') as KubeObject;
    return { ...body, metadata: body.metadata ?? { name: '' } };
  } catch (cause) {
    throw badRequest(`couldn't get version/kind; json parse error: ${(cause as Error).message}`);
  }
}

function binding(call: ResourceCall): Answer {
  const request = requestOf(call, 'create', writeOptions(call.incoming, 'create', ''));
  bindPod(call.core, request, call.target.name ?? '', postedBody(call));
  return json(201, created());
}

function eviction(call: ResourceCall): Answer {
  const request = requestOf(call, 'create', writeOptions(call.incoming, 'create', ''));
  const body = postedBody(call);
  const name = call.target.name ?? '';
  if (body.metadata.name && body.metadata.name !== name)
    throw badRequest(`name in URL does not match name in Eviction object: ${name} != ${body.metadata.name}`);
  const options = (body['deleteOptions'] ?? {}) as DeleteOptions & { dryRun?: unknown };
  evictPod(call.core, { ...request, dryRun: request.dryRun || Array.isArray(options.dryRun) }, name, {
    ...(options.gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds: options.gracePeriodSeconds }),
    ...(options.preconditions === undefined ? {} : { preconditions: options.preconditions }),
  });
  return json(201, created());
}

/** Streams into containers are not simulated; what is wrong before one would begin is answered as the server does. */
function connect(call: ResourceCall): Answer {
  const pod = liveObject(call);
  containerOf(pod, call.incoming.query.get('container'));
  if (!(pod.spec as { nodeName?: string }).nodeName)
    throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`);
  throw failure(400, 'BadRequest', 'Upgrade request required');
}

function proxy(call: ResourceCall): Answer {
  const { core, resource, target } = call;
  const named = {
    ...call,
    target: { ...target, name: (target.name ?? '').split(':').at(target.name?.startsWith('http') ? 1 : 0) ?? '' },
  };
  const object = liveObject(named);
  const reply = core.proxy?.({ resource, object, path: target.rest ?? '', incoming: call.incoming });
  if (reply) return reply;
  if (resource.kind === 'Service') {
    throw failure(503, 'ServiceUnavailable', `no endpoints available for service ${JSON.stringify(target.name)}`);
  }
  if (resource.kind === 'Pod' && !(object.status as { podIP?: string } | undefined)?.podIP)
    throw badRequest('address not allowed');
  throw failure(503, 'ServiceUnavailable', 'error trying to reach service: nothing listens there');
}

function token(call: ResourceCall): Answer {
  const { core, target } = call;
  return json(201, requestToken(core, target.namespace ?? '', target.name ?? '', postedBody(call)));
}
