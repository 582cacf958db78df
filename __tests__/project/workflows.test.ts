import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { INPUTS, OUTPUTS } from '../../src/action/interface.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

interface Step {
  id?: string;
  uses?: string;
  with?: Record<string, unknown>;
}
interface Workflow {
  on?: unknown;
  permissions?: unknown;
  jobs?: Record<string, { steps?: Step[]; 'timeout-minutes'?: number; permissions?: unknown }>;
}

/** Workflows, and the parts of workflows that the documents show. */
interface Snippet {
  name: string;
  source: string;
  whole: boolean;
}

const own: Snippet[] = files('.github/workflows/*.yml').map(name => ({ name, source: read(name), whole: true }));
const examples: Snippet[] = files('docs/examples/workflows/*.yml').map(name => ({
  name,
  source: read(name),
  whole: true,
}));
const documents = ['README.md', 'SECURITY.md', 'CONTRIBUTING.md', ...files('docs/*.md')];
const shown: Snippet[] = documents.flatMap(name =>
  [...read(name).matchAll(/```yaml\n([\s\S]*?)```/g)]
    .map(([, source = ''], index) => ({ name: `${name}, block ${index + 1}`, source, whole: source.includes('jobs:') }))
    .filter(({ source, whole }) => whole || source.startsWith('- ')),
);

function files(pattern: string): string[] {
  return globSync(pattern, { cwd: ROOT }).sort();
}

function stepsOf({ source, whole }: Snippet): Step[] {
  const parsed = parse(source) as unknown;
  if (!whole) return parsed as Step[];
  return Object.values((parsed as Workflow).jobs ?? {}).flatMap(({ steps = [] }) => steps);
}

const isOurs = ({ uses = '' }: Step): boolean => uses === './' || uses.startsWith('OWNER/sluice@');

describe.each([...own, ...examples, ...shown])('$name', snippet => {
  const steps = stepsOf(snippet);

  it('gives our action only inputs that it has, and all that it requires', () => {
    for (const step of steps.filter(isOurs)) {
      expect([...INPUTS]).toEqual(expect.arrayContaining(Object.keys(step.with ?? {})));
      if ((step.with?.['action'] ?? 'deploy') === 'deploy') expect(Object.keys(step.with ?? {})).toContain('manifests');
    }
  });

  it('reads only outputs that our action has', () => {
    const ids = new Set(steps.filter(isOurs).flatMap(({ id }) => id ?? []));
    const others = new Set(steps.filter(step => !isOurs(step)).flatMap(({ id }) => id ?? []));
    for (const [, id = '', output] of snippet.source.matchAll(/steps\.([\w-]+)\.outputs\.([\w-]+)/g))
      if (ids.has(id) || (!snippet.whole && !others.has(id))) expect(OUTPUTS).toContain(output);
  });

  it('names every other action by its commit, with the version beside it', () => {
    for (const { uses } of steps.filter(step => step.uses && !isOurs(step))) {
      expect(uses).toMatch(/^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/);
      expect(snippet.source).toMatch(new RegExp(`${uses} # v\\d+\\.\\d+\\.\\d+`));
    }
  });
});

describe.each(own)('our own $name', ({ source }) => {
  const { permissions, jobs = {} } = parse(source) as Workflow;

  it('grants nothing but what a job says, with the reason beside it', () => {
    expect(permissions).toEqual({});
    for (const [line] of source.matchAll(/^ {6}[a-z-]+: (read|write).*$/gm)) expect(line).toMatch(/ # to /);
    for (const job of Object.values(jobs)) expect(job.permissions).toBeDefined();
  });

  it('cannot run for ever', () => {
    for (const job of Object.values(jobs)) expect(job['timeout-minutes']).toBeLessThanOrEqual(30);
  });

  it('puts no expression into a script', () => {
    for (const [script] of source.matchAll(/run: (\|\n(?: {10}.*\n)+|.*)/g)) expect(script).not.toContain('${{');
  });
});

describe('the documents', () => {
  it('link only to what is there', () => {
    for (const name of documents)
      for (const [, target = ''] of read(name).matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g))
        expect([name, target, existsSync(join(ROOT, dirname(name), target))]).toEqual([name, target, true]);
  });
});
