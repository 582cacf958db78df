import type { KubeObject } from '../../kube.ts';
import { type PodSpecView, podTemplatesOf } from '../pod-templates.ts';

/** A field of an object that names an image. */
export interface ImageField {
  /** Name of the container, or of the volume. */
  container: string;
  image: string;
  set: (image: string) => void;
}

/** Every image that the pods of an object use, in containers of all sorts and in volumes of the kind `image`. */
export function imageFieldsOf(object: KubeObject): ImageField[] {
  return podTemplatesOf(object).flatMap(({ template }) => [
    ...containerFields(template.spec),
    ...volumeFields(template.spec),
  ]);
}

function containerFields(spec: PodSpecView): ImageField[] {
  return [spec.initContainers, spec.containers, spec.ephemeralContainers].flatMap(listOf).flatMap(container => {
    if (typeof container.image !== 'string') return [];
    const set = (image: string): void => {
      container.image = image;
    };
    return [{ container: String(container.name), image: container.image, set }];
  });
}

function volumeFields(spec: PodSpecView): ImageField[] {
  return listOf(spec.volumes).flatMap(({ name, image: source }) => {
    if (typeof source?.reference !== 'string') return [];
    const set = (image: string): void => {
      source.reference = image;
    };
    return [{ container: String(name), image: source.reference, set }];
  });
}

/** Manifests are not validated yet: anything may stand where a list of mappings belongs. */
function listOf<T>(items: T[] | undefined): T[] {
  return Array.isArray(items) ? items.filter(item => typeof item === 'object' && item !== null) : [];
}
