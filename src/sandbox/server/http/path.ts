/** What a request's path names, before it is known whether such a thing is served. */
export type Target =
  | { kind: 'other'; path: string }
  | { kind: 'group'; group: string }
  | { kind: 'version'; group: string; version: string }
  | ResourceTarget;

export interface ResourceTarget {
  kind: 'resource';
  group: string;
  version: string;
  plural: string;
  namespace?: string;
  name?: string;
  subresource?: string;
  /** What follows a proxy subresource. */
  rest?: string;
}

/** Reads `/api/v1/...`, `/apis/GROUP/VERSION/...`. */
export function targetOf(path: string): Target {
  const parts = path.split('/').filter(part => part !== '');
  const [root, ...below] = parts;
  if (root === 'api' && below.length > 0) return withinVersion('', below);
  if (root === 'apis' && below.length > 0) {
    const [group = '', ...versioned] = below;
    return versioned.length === 0 ? { kind: 'group', group } : withinVersion(group, versioned);
  }
  return { kind: 'other', path };
}

function withinVersion(group: string, [version = '', ...parts]: string[]): Target {
  if (parts.length === 0) return { kind: 'version', group, version };
  const [first = '', second, third] = parts;
  // /namespaces/N/status and /finalize are subresources of the Namespace, every other third part a resource within it.
  const within =
    first === 'namespaces' && second !== undefined && third !== undefined && !['status', 'finalize'].includes(third);
  const [plural = '', name, subresource, ...rest] = within ? parts.slice(2) : parts;
  return {
    kind: 'resource',
    group,
    version,
    plural,
    ...(within ? { namespace: second } : first === 'namespaces' && second !== undefined ? { namespace: second } : {}),
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
    ...(subresource === undefined ? {} : { rest: rest.join('/') }),
  };
}
