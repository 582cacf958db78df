import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

/** Copies the shop's manifests; the pods of web get these annotations. */
export async function writeShop(
  from: string,
  to: string,
  annotations: Readonly<Record<string, string>> = {},
): Promise<void> {
  await rm(to, { recursive: true, force: true });
  await mkdir(to, { recursive: true });
  for (const file of await readdir(from)) {
    const text = await readFile(join(from, file), 'utf8');
    await writeFile(join(to, file), file === 'web.yaml' ? annotated(text, annotations) : text);
  }
}

function annotated(text: string, annotations: Readonly<Record<string, string>>): string {
  const documents = parseAllDocuments(text);
  for (const document of documents)
    if (document.get('kind') === 'Deployment')
      for (const [key, value] of Object.entries(annotations))
        document.setIn(['spec', 'template', 'metadata', 'annotations', key], value);
  return documents.map(String).join('---\n');
}
