import type { KubeObject } from '../../../kube.ts';
import type { Resource } from '../../types.ts';
import type { Core } from '../core.ts';
import { partialOf } from '../partial.ts';
import { apiVersionOf } from '../registry.ts';
import { failure } from '../statuses.ts';
import { tableOf } from '../table/table.ts';
import type { Page } from './list.ts';
import type { Negotiated } from './negotiation.ts';

/** The Go type that the server names when it refuses a view. */
function goType(resource: Resource, list: boolean): string {
  if (resource.crd) return list ? '*unstructured.UnstructuredList' : '*unstructured.Unstructured';
  const group = resource.group === '' ? 'core' : resource.group.split('.')[0];
  return `*${group}.${list ? resource.listKind : resource.kind}`;
}

/** One object in the view that was asked for. */
export function viewOfObject(
  core: Core,
  resource: Resource,
  { view, version, rows }: Negotiated,
  object: KubeObject,
): unknown {
  switch (view) {
    case 'object':
      return ordered(object);
    case 'PartialObjectMetadata':
      return partialOf(resource, version, object);
    case 'PartialObjectMetadataList': {
      const why = `you requested PartialObjectMetadataList, but the requested object is not a list (${goType(resource, false)})`;
      throw failure(406, 'NotAcceptable', why);
    }
    case 'Table':
      return tableOf(
        core,
        resource,
        { version, rows },
        {
          items: [object],
          resourceVersion: object.metadata.resourceVersion ?? '',
        },
      );
    default:
      return view satisfies never;
  }
}

/** A list in the view that was asked for. */
export function viewOfList(core: Core, resource: Resource, { view, version, rows }: Negotiated, page: Page): unknown {
  const { resourceVersion, remainingItemCount } = page;
  // Lists of custom resources always say `continue`.
  const token = page.continue ?? (resource.crd ? '' : undefined);
  const metadata = {
    resourceVersion,
    ...(token === undefined ? {} : { continue: token }),
    ...(remainingItemCount === undefined ? {} : { remainingItemCount }),
  };
  switch (view) {
    case 'object':
      return {
        kind: resource.listKind,
        apiVersion: apiVersionOf(resource),
        metadata,
        items: page.items.map(item => (resource.crd ? ordered(item) : withoutType(item))),
      };
    case 'PartialObjectMetadataList': {
      const items = page.items.map(item => partialOf(resource, version, item));
      return {
        kind: view,
        apiVersion: `meta.k8s.io/${version}`,
        metadata: { resourceVersion, ...(page.continue ? { continue: page.continue } : {}) },
        items,
      };
    }
    case 'PartialObjectMetadata':
      throw failure(
        406,
        'NotAcceptable',
        `you requested PartialObjectMetadata, but the requested object is a list (${goType(resource, true)})`,
      );
    case 'Table':
      return tableOf(core, resource, { version, rows }, page);
    default:
      return view satisfies never;
  }
}

/** Items of typed lists do not repeat their kind. */
function withoutType({ kind: _kind, apiVersion: _version, ...rest }: KubeObject): object {
  return rest;
}

/** kind and apiVersion first, as the server prints them. */
function ordered({ kind, apiVersion, metadata, ...rest }: KubeObject): KubeObject {
  return { kind, apiVersion, metadata, ...rest };
}
