import { glob, readFile, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
import type { Problem } from '../errors.ts';
import { type DownloadDeps, download, isUrl, shownUrl } from './download.ts';
import { isFolder, isManifestName, kustomizeHint, listFolder, whereMissing } from './folder.ts';
import { decodeManifest } from './manifest-text.ts';

export interface SourceOptions extends DownloadDeps {
  /** Folder that relative paths count from, and that annotations name files in. */
  workspace: string;
}

/** A file of manifests, or the answer of a URL. */
export interface ManifestText {
  /** As messages name it. */
  name: string;
  /** In the repository, so that annotations can point into it. */
  local: boolean;
  text: string;
}

interface Found {
  files: string[];
  problems: Problem[];
}

/** Reads every source once, in the order given; files of a folder or glob in the order of their names. */
export async function readSources(
  sources: readonly string[],
  options: SourceOptions,
): Promise<{ texts: ManifestText[]; problems: Problem[] }> {
  const results = await Promise.all(
    sources.map(async source =>
      isUrl(source) ? { files: [source], problems: [] } : findOrSayWhy(source, options.workspace),
    ),
  );
  const files = [...new Set(results.flatMap(({ files }) => files))];
  const read = await Promise.all(files.map(file => readSource(file, options)));
  const problems = [...results, ...read].flatMap(result => ('problems' in result ? result.problems : []));
  return {
    texts: read.flatMap(result => ('text' in result ? [result] : [])),
    // Two sources may lead to the same file.
    problems: problems.filter(({ message }, at) => problems.findIndex(other => other.message === message) === at),
  };
}

async function readSource(file: string, options: SourceOptions): Promise<ManifestText | { problems: Problem[] }> {
  const local = !isUrl(file);
  const name = local ? shownPath(file, options.workspace) : shownUrl(file);
  try {
    return { name, local, text: decodeManifest(local ? await readFile(file) : await download(file, options)) };
  } catch (error) {
    options.signal.throwIfAborted();
    const message = `${name} ${reasonOf(error)}.`;
    return { problems: [local ? { message, file: name } : { message }] };
  }
}

async function findOrSayWhy(source: string, workspace: string): Promise<Found> {
  try {
    return await findFiles(source, workspace);
  } catch (error) {
    return { files: [], problems: [{ message: `${source} ${reasonOf(error)}.` }] };
  }
}

async function findFiles(source: string, workspace: string): Promise<Found> {
  const path = resolve(workspace, source);
  const found = await stat(path).catch(whereMissing);
  if (found?.isDirectory()) return findInFolder(source, path, workspace);
  if (found) return (await refused(path, workspace)) ?? { files: [path], problems: [] };
  if (/[*?[\]{}]/.test(source)) return findByGlob(source, workspace);
  return { files: [], problems: [{ message: `${source} does not exist (looked for in ${workspace}).` }] };
}

async function findInFolder(source: string, path: string, workspace: string): Promise<Found> {
  const { files, sources } = await listFolder(path);
  const problems: Problem[] = sources.map(({ folder, message }) => ({
    message: `The folder ${shownPath(folder, workspace)} ${message}.`,
  }));
  if (files.length === 0 && problems.length === 0)
    problems.push({ message: `The folder ${source} has no file that ends in .yaml, .yml or .json.` });
  return { files, problems };
}

async function findByGlob(pattern: string, workspace: string): Promise<Found> {
  const found: Found = { files: [], problems: [] };
  const matches: string[] = [];
  for await (const match of glob(pattern, { cwd: workspace })) matches.push(match);
  for (const match of matches.sort()) {
    const path = resolve(workspace, match);
    if (!isManifestName(path) || (await isFolder(path))) continue;
    const { files, problems } = (await refused(path, workspace)) ?? { files: [path], problems: [] };
    found.files.push(...files);
    found.problems.push(...problems);
  }
  if (found.files.length > 0 || found.problems.length > 0) return found;
  const instead =
    matches.length > 0 ? ` (what it matches, like ${matches[0]}, is a folder or no .yaml, .yml or .json)` : '';
  return {
    files: [],
    problems: [{ message: `The pattern ${pattern} matches no manifest in ${workspace}${instead}.` }],
  };
}

async function refused(path: string, workspace: string): Promise<Found | undefined> {
  const hint = await kustomizeHint(path);
  const file = shownPath(path, workspace);
  return hint ? { files: [], problems: [{ message: `${file} ${hint}.`, file }] } : undefined;
}

/** Relative to the workspace where it is in there. */
function shownPath(path: string, workspace: string): string {
  const inside = relative(workspace, path);
  return inside.startsWith('..') || isAbsolute(inside) ? path : join(inside);
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read by this user';
  if (code === 'ENOENT') return 'is a link that leads nowhere';
  return code ? `cannot be read (${code})` : message;
}
