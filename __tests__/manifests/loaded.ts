import type { KubeObject } from '../../src/kube.ts';
import type { LoadedObject } from '../../src/manifests/loaded-object.ts';

/** An object as if it had been read from line 1 of `<name>.yaml`. */
export function loaded(
  apiVersion: string,
  kind: string,
  name: string,
  fields: object = {},
  namespace?: string,
): LoadedObject {
  const metadata = { name, ...(namespace ? { namespace } : {}) };
  const object: KubeObject = { apiVersion, kind, metadata, ...fields };
  return { object, source: { file: `${name}.yaml`, local: true, line: 1, column: 1, lineOf: path => path.length + 1 } };
}
