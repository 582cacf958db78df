import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';
import { lazyUndici } from './esbuild-plugins.ts';

/** Bundles the entries into dist; with `--check` only says whether dist is what the sources make. */

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const ENTRIES = ['src/main.ts', 'src/post.ts', 'src/demo.ts'];
const LARGEST_MAIN = 2_000_000;

const result = await build({
  absWorkingDir: ROOT,
  entryPoints: ENTRIES,
  outdir: 'dist',
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  mainFields: ['module', 'main'],
  loader: { '.css': 'text' },
  plugins: [lazyUndici],
  // CommonJS packages inside the bundle still require Node's own modules.
  banner: {
    js: "import { createRequire as bundleRequire } from 'node:module'; const require = bundleRequire(import.meta.url);",
  },
  legalComments: 'none',
  charset: 'utf8',
  metafile: true,
  write: false,
  logLevel: 'warning',
});

const packages = packageFolders(result.metafile);
const files = new Map(result.outputFiles.map(({ path, contents }) => [basename(path), Buffer.from(contents)]));
files.set('licenses.txt', Buffer.from(licences(packages)));

const problems = [...twice(packages, 'undici'), ...tooLarge()];
if (process.argv.includes('--check')) problems.push(...differences());
else if (problems.length === 0) writeAll();

for (const problem of problems) console.error(problem);
for (const [name, bytes] of files)
  console.log(`${name.padEnd(14)} ${(bytes.length / 1024).toFixed(0).padStart(6)} KiB`);
process.exitCode = problems.length === 0 ? 0 : 1;

/** Folders of the packages of which something is in a bundle. */
function packageFolders(metafile: Metafile): string[] {
  const used = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
  const folders = used.flatMap(path => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []);
  return [...new Set(folders)].sort();
}

/** Two copies of an HTTP client would be two pools of connections, and two sets of classes that do not know each other. */
function twice(folders: readonly string[], name: string): string[] {
  const copies = folders.filter(folder => folder.endsWith(`node_modules/${name}`));
  return copies.length > 1 ? [`There are ${copies.length} copies of ${name} in dist: ${copies.join(', ')}`] : [];
}

function tooLarge(): string[] {
  const size = files.get('main.js')?.length ?? 0;
  return size > LARGEST_MAIN ? [`dist/main.js has ${size} bytes; ${LARGEST_MAIN} are allowed.`] : [];
}

function licences(folders: readonly string[]): string {
  const texts = folders.map(folder => {
    const about = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as Record<string, unknown>;
    const file = readdirSync(join(ROOT, folder)).find(name => /^(licen[cs]e|copying)/i.test(name));
    const text = file
      ? readFileSync(join(ROOT, folder, file), 'utf8')
          .replace(/\r\n/g, '\n')
          .trim()
      : '(no text in the package)';
    return `${about['name']} ${about['version']}\nLicence: ${about['license'] ?? 'see below'}\n\n${text}\n`;
  });
  return `Packages that are bundled in this folder, and their licences.\n\n${texts.join(`\n${'-'.repeat(78)}\n\n`)}`;
}

function differences(): string[] {
  const dist = join(ROOT, 'dist');
  const committed = new Set(existsSync(dist) ? readdirSync(dist) : []);
  const extra = [...committed].filter(name => !files.has(name)).map(name => `dist/${name} is made by nothing.`);
  const other = [...files].flatMap(([name, bytes]) => {
    if (!committed.has(name)) return [`dist/${name} is missing.`];
    return readFileSync(join(ROOT, 'dist', name)).equals(bytes) ? [] : [`dist/${name} is not what the sources make.`];
  });
  return [...extra, ...other].map(problem => `${problem} Run npm run build and commit the result.`);
}

function writeAll(): void {
  mkdirSync(join(ROOT, 'dist'), { recursive: true });
  for (const [name, bytes] of files) writeFileSync(join(ROOT, 'dist', name), bytes);
}
