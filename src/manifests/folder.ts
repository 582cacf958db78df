import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

const MANIFEST = /\.(yaml|yml|json)$/;
const KUSTOMIZATION = /^(kustomization\.ya?ml|Kustomization)$/;

export interface Listing {
  /** In the order of their names, folder by folder. */
  files: string[];
  /** Folders that hold no manifests but what a tool makes them of. */
  sources: { folder: string; message: string }[];
}

/** All manifests in a folder and the folders in it. Hidden files and linked folders are left out. */
export async function listFolder(folder: string): Promise<Listing> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.map(({ name }) => name);
  const message = await generatedFrom(folder, names);
  if (message) return { files: [], sources: [{ folder, message }] };

  const listing: Listing = { files: [], sources: [] };
  for (const entry of entries.sort((one, other) => (one.name < other.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.name.startsWith('.')) continue;
    if (entry.isDirectory()) {
      const inner = await listFolder(path);
      listing.files.push(...inner.files);
      listing.sources.push(...inner.sources);
    } else if (MANIFEST.test(entry.name) && !(await isFolder(path))) listing.files.push(path);
  }
  return listing;
}

export function isManifestName(path: string): boolean {
  return MANIFEST.test(path);
}

/** What to do instead, where the file is not a manifest but tells kustomize what to build. */
export async function kustomizeHint(path: string): Promise<string | undefined> {
  if (!KUSTOMIZATION.test(basename(path))) return undefined;
  // Flux has an object of the same name, which is applied like any other.
  if (/^apiVersion: *["']?kustomize\.toolkit\.fluxcd\.io\//m.test(await readFile(path, 'utf8'))) return undefined;
  return 'is for kustomize: run "kubectl kustomize FOLDER > FILE" in a step before, and give that file';
}

/** A link that leads nowhere is no folder; reading it says so. */
export async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(whereMissing))?.isDirectory() ?? false;
}

/** Undefined for what is not there; every other error is one. */
export function whereMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
  throw error;
}

async function generatedFrom(folder: string, names: readonly string[]): Promise<string | undefined> {
  if (names.includes('Chart.yaml'))
    return 'is a Helm chart: run "helm template NAME FOLDER > FILE" in a step before, and give that file';
  for (const name of names) {
    const hint = await kustomizeHint(join(folder, name));
    if (hint) return hint;
  }
  return undefined;
}
