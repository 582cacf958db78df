import type { KubeObject } from '../../kube.ts';
import type { Api, GroupKind, Resource, WriteOptions } from '../types.ts';
import { StatusError } from '../types.ts';
import { ADMIN, type Core, type ResourceRequest } from './core.ts';
import { deleteObject } from './delete.ts';
import { bindPod } from './pods/binding.ts';
import { collectionOf } from './registry.ts';
import { badRequest } from './statuses.ts';
import { applyDefaults } from './strategy.ts';
import { createObject, updateObject } from './write.ts';

/** The synchronous face of the API server for controllers, kubelet and tests: the same pipeline that HTTP requests go through. */
export function createApi(core: Core): Api {
  const { registry, store } = core;

  function resourceOf(kind: GroupKind): Resource {
    const resource = registry.ofKind(kind);
    if (!resource) throw badRequest(`no kind ${JSON.stringify(kind)} is served`);
    return resource;
  }

  function requestFor(object: KubeObject, verb: ResourceRequest['verb'], manager: string): ResourceRequest {
    const resource = registry.ofObject(object) ?? resourceOf(kindOf(object));
    const { namespace, name } = object.metadata;
    return {
      verb,
      resource,
      namespace,
      name,
      manager,
      user: ADMIN,
      dryRun: false,
      fieldValidation: 'Ignore',
      warnings: [],
    };
  }

  /** The scheduler hands over the whole pod, with its node. */
  function bind(request: ResourceRequest, pod: KubeObject): KubeObject {
    const target = { kind: 'Node', name: (pod.spec as { nodeName?: string }).nodeName ?? '' };
    const { name, namespace } = pod.metadata;
    const binding = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name, ...(namespace ? { namespace } : {}) },
      target,
    };
    bindPod(core, request, name, binding);
    return store.get(collectionOf(request.resource), namespace, name) ?? pod;
  }

  return {
    clock: core.clock,
    get<T extends KubeObject>(kind: GroupKind, namespace: string | undefined, name: string): T | undefined {
      const resource = resourceOf(kind);
      return store.get(collectionOf(resource), resource.namespaced ? namespace : undefined, name) as T | undefined;
    },
    list: <T extends KubeObject>(kind: GroupKind, namespace?: string) =>
      store.list(collectionOf(resourceOf(kind)), namespace) as readonly T[],
    create<T extends KubeObject>(object: T, options: WriteOptions): T {
      const request = { ...requestFor(object, 'create', options.manager), dryRun: options.dryRun ?? false };
      return createObject(core, request, applyDefaults(core, request.resource, object)) as T;
    },
    update<T extends KubeObject>(object: T, options: WriteOptions): T {
      const request = {
        ...requestFor(object, 'update', options.manager),
        dryRun: options.dryRun ?? false,
        ...(options.subresource ? { subresource: options.subresource } : {}),
      };
      if (options.subresource === 'binding') return bind(request, object) as T;
      return updateObject(core, request, object.metadata.name, () =>
        applyDefaults(core, request.resource, object),
      ) as T;
    },
    delete(kind, namespace, name, options) {
      const resource = resourceOf(kind);
      const request: ResourceRequest = {
        verb: 'delete',
        resource,
        namespace,
        name,
        manager: 'kube-controller-manager',
        user: ADMIN,
        dryRun: options.dryRun ?? false,
        fieldValidation: 'Ignore',
        warnings: [],
      };
      try {
        return deleteObject(core, request, name, options).object;
      } catch (error) {
        if (error instanceof StatusError && error.status.code === 404) return undefined;
        throw error;
      }
    },
    subscribe(listener) {
      return store.subscribe((collection, event) => {
        const resource = registry.ofCollection(collection);
        if (resource) listener(resource, event);
      });
    },
  };
}

function kindOf(object: KubeObject): GroupKind {
  const slash = object.apiVersion.indexOf('/');
  return slash < 0 ? object.kind : `${object.apiVersion.slice(0, slash)}/${object.kind}`;
}
