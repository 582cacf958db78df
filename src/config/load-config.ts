import { readFile, stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { SluiceError } from '../errors.ts';
import { decodeManifest } from '../manifests/manifest-text.ts';
import { HINT, readReleaseConfig } from './read-config.ts';
import { NOTHING_SAID, type ReleaseConfig } from './release-config.ts';

/** Far more than any config has; what is larger is another file. */
const MAX_BYTES = 1024 * 1024;
/** A key with its colon, in lines or in braces; the colon of a drive or of a URL has no space after it. */
const KEY = /(^|[{,\s])["']?[\w$-]+["']?:(\s|$)/;

/** Whether the input `config` holds YAML; else it names a file. */
export function holdsYaml(input: string): boolean {
  const text = input.trim();
  return text.includes('\n') || text.startsWith('{') || KEY.test(text);
}

/** What the input `config` says, be it the name of a file or the YAML itself; an empty one says nothing. */
export async function loadReleaseConfig(input: string, { workspace }: { workspace: string }): Promise<ReleaseConfig> {
  const given = input.trim();
  if (given === '') return NOTHING_SAID;
  if (!holdsYaml(given)) return readFromFile(given, workspace);
  if (Buffer.byteLength(input) > MAX_BYTES) throw refusal('it is larger than 1 MiB');
  return readReleaseConfig(input);
}

async function readFromFile(given: string, workspace: string): Promise<ReleaseConfig> {
  const path = resolve(workspace, given);
  const inside = relative(workspace, path);
  const file = inside.startsWith('..') || isAbsolute(inside) ? path : inside;
  let text: string;
  try {
    text = await textOf(path, workspace);
  } catch (cause) {
    throw refusal(`${given} ${reasonOf(cause)}`, cause);
  }
  return readReleaseConfig(text, { file });
}

/** Throws an Error that says what it is instead. */
async function textOf(path: string, workspace: string): Promise<string> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
    throw new Error(`does not exist (looked for in ${workspace}; is there a checkout before this step?)`);
  });
  if (!found.isFile()) throw new Error(found.isDirectory() ? 'is a folder; name a file in it' : 'is no file');
  if (found.size > MAX_BYTES) throw new Error('is larger than 1 MiB');
  return decodeManifest(await readFile(path));
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read by this user';
  return code ? `cannot be read (${code})` : message;
}

function refusal(text: string, cause?: unknown): SluiceError {
  const message = `Input config: ${text}.`;
  return new SluiceError('invalid-input', message, { problems: [{ message }], hint: HINT, cause });
}
