import { didYouMean } from './did-you-mean.ts';
import { type Field, refuse } from './field.ts';

/** What `{{…}}` may stand for in queries, addresses and bodies: a closed set, of facts alone. */
export const VARIABLES = {
  canary: 'name of the workload with the new version',
  stable: 'name of the workload with the old version',
  'canary-pods': 'regular expression for the names of the new version’s pods',
  'stable-pods': 'regular expression for the names of the old version’s pods',
  service: 'name of the Service that has the traffic',
  'canary-service': 'name of the Service that reaches only the new version',
  'stable-service': 'name of the Service that reaches the old version',
  namespace: 'namespace of the workloads',
  release: 'name of the release',
  revision: 'number of the revision',
  commit: 'commit that is released',
  weight: 'percent of the requests that the new version should have',
  window: 'the key `window`, as Prometheus writes it: `1m`',
  'window-seconds': 'the same as a number of seconds',
  now: 'the time of the sample in seconds since 1970',
  start: 'the beginning of the window in seconds since 1970',
  'now-ms': 'the time of the sample in milliseconds since 1970',
  'start-ms': 'the beginning of the window in milliseconds since 1970',
  'now-iso': 'the time of the sample in RFC 3339',
  'start-iso': 'the beginning of the window in RFC 3339',
} as const;

export type Variable = keyof typeof VARIABLES;

const NAMES = Object.keys(VARIABLES) as Variable[];
const PLACEHOLDER = /\{\{\s*([^{}]*?)\s*\}\}/g;

/** Puts a text in the place of each `{{name}}`. */
export function fill(template: string, textOf: (name: Variable) => string): string {
  return template.replace(PLACEHOLDER, (whole, name: string) => (isVariable(name) ? textOf(name) : whole));
}

/** The variables that a text holds. */
export function variablesIn(template: string): Variable[] {
  return [...template.matchAll(PLACEHOLDER)].map(([, name = '']) => name).filter(isVariable);
}

/** What looks like a variable in a text that may hold others' placeholders, and is none of ours. */
export function unknownVariables(text: string): string[] {
  const names = [...text.matchAll(PLACEHOLDER)].map(([, name = '']) => name);
  return names.filter(name => /^[a-z][a-z-]*$/.test(name) && !isVariable(name));
}

/** Text with variables; one that does not exist is an error. */
export function templateField(what: string, longest: number): Field<string> {
  return {
    schema: { type: 'string', minLength: 1, maxLength: longest },
    read(value, at) {
      if (typeof value !== 'string' || value.trim() === '' || value.length > longest) return refuse(value, at, what);
      const unknown = [...value.matchAll(PLACEHOLDER)].map(([, name = '']) => name).find(name => !isVariable(name));
      if (unknown === undefined) return value;
      return at.problem(
        `there is no variable {{${unknown}}}; the variables are ${NAMES.join(', ')}${didYouMean(unknown, NAMES)}`,
      );
    },
  };
}

function isVariable(name: string): name is Variable {
  return Object.hasOwn(VARIABLES, name);
}
