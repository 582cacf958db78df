import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

export interface Step {
  id?: string;
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
}

export interface Job {
  if?: string;
  uses?: string;
  with?: Record<string, unknown>;
  secrets?: Record<string, unknown>;
  environment?: unknown;
  concurrency?: Concurrency;
  permissions?: unknown;
  steps?: Step[];
  'timeout-minutes'?: number;
}

export type Concurrency = string | { group?: string; 'cancel-in-progress'?: unknown };

/** A workflow, or steps that a document shows (then `jobs` is one job without a name). */
export interface Workflow {
  /** The file, and where there are several in it, which one. */
  name: string;
  source: string;
  on: Record<
    string,
    {
      types?: string[];
      inputs?: Record<string, { required?: boolean }>;
      secrets?: Record<string, { required?: boolean }>;
    }
  >;
  permissions?: unknown;
  concurrency?: Concurrency;
  jobs: Record<string, Job>;
}

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const readText = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Paths from the root, in order. */
export function filesLike(pattern: string): string[] {
  return globSync(pattern, { cwd: ROOT }).sort();
}

export const DOCUMENTS = ['README.md', 'SECURITY.md', 'CONTRIBUTING.md', ...filesLike('docs/*.md')];

export function readWorkflow(name: string, source: string): Workflow {
  const parsed = parse(source) as Omit<Workflow, 'name' | 'source' | 'on'> & { on?: unknown };
  const events = parsed.on;
  const on = typeof events === 'string' ? [events] : events;
  return {
    ...parsed,
    name,
    source,
    on: (Array.isArray(on) ? Object.fromEntries(on.map(event => [event, {}])) : (on ?? {})) as Workflow['on'],
    jobs: parsed.jobs ?? {},
  };
}

export const OWN = filesLike('.github/workflows/*.yml').map(name => readWorkflow(name, readText(name)));
export const EXAMPLES = filesLike('docs/examples/workflows/*.yml').map(name => readWorkflow(name, readText(name)));

/** The whole workflows and lists of steps that the documents show. */
export const SHOWN: readonly Workflow[] = DOCUMENTS.flatMap(name =>
  [...readText(name).matchAll(/```yaml\n([\s\S]*?)```/g)].flatMap(([, source = ''], index) => {
    const title = `${name}, block ${index + 1}`;
    if (source.includes('jobs:')) return [readWorkflow(title, source)];
    return source.startsWith('- ')
      ? [{ name: title, source, on: {}, jobs: { shown: { steps: parse(source) as Step[] } } }]
      : [];
  }),
);

export const isOurs = ({ uses = '' }: Step): boolean => uses === './' || uses.startsWith('OWNER/sluice@');
export const actionOf = (step: Step): string => String(step.with?.['action'] ?? 'deploy');
export const jobsOf = (workflow: Workflow): [string, Job][] => Object.entries(workflow.jobs);
export const stepsOf = (workflow: Workflow): Step[] => jobsOf(workflow).flatMap(([, { steps = [] }]) => steps);
export const ourSteps = (workflow: Workflow): Step[] => stepsOf(workflow).filter(isOurs);
