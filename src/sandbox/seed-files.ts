import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { sleep } from '../clock.ts';
import { SluiceError } from '../errors.ts';
import { type KubeObject, refOf, refText } from '../kube.ts';
import type { Sandbox } from './sandbox.ts';

const SEED = { manager: 'seed' } as const;

/** Creates every object of the YAML and JSON files of a folder, in the order of the files' names; CRDs and Namespaces first, so that what needs them can follow. */
export async function seedFromFolder({ api, core }: Sandbox, folder: string): Promise<number> {
  const names = (await readdir(folder)).filter(name => /\.(ya?ml|json)$/.test(name)).sort();
  const objects = (await Promise.all(names.map(name => objectsOf(join(folder, name))))).flat();
  const create = (object: KubeObject): void => {
    const namespaced = core.registry.ofObject(object)?.namespaced === true;
    const namespace = namespaced ? { namespace: object.metadata.namespace ?? 'default' } : {};
    try {
      api.create({ ...object, metadata: { ...object.metadata, ...namespace } }, SEED);
    } catch (cause) {
      const why = (cause as Error).message;
      const hint = 'Correct the object in its file, or leave the file out of the seed folder.';
      throw new SluiceError('invalid-manifest', `${refText(refOf(object))} of ${folder} cannot be seeded: ${why}`, {
        hint,
        cause,
      });
    }
  };
  const crds = objects.filter(({ kind }) => kind === 'CustomResourceDefinition');
  for (const crd of crds) create(crd);
  // What a CRD defines is served from the next turn of the clock on.
  if (crds.length > 0) await sleep(core.clock, 1);
  const namespaces = objects.filter(({ kind }) => kind === 'Namespace');
  const others = objects.filter(object => !crds.includes(object) && !namespaces.includes(object));
  for (const object of [...namespaces, ...others]) create(object);
  return objects.length;
}

async function objectsOf(file: string): Promise<KubeObject[]> {
  const documents = parseAllDocuments(await readFile(file, 'utf8'));
  return documents.flatMap(document => {
    const [problem] = document.errors;
    if (problem)
      throw new SluiceError('invalid-manifest', `${file}: ${problem.message}`, {
        hint: 'Correct the file, or leave it out of the seed folder.',
      });
    const object = document.toJS() as (KubeObject & { items?: KubeObject[] }) | null;
    if (!object) return [];
    return object.kind === 'List' ? (object.items ?? []) : [object];
  });
}
