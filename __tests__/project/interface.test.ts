import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { INPUTS, OUTPUTS } from '../../src/action/interface.ts';

interface Action {
  inputs: Record<string, { description?: string; required?: boolean; default?: unknown }>;
  outputs: Record<string, { description?: string }>;
  runs: Record<string, unknown>;
}

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const action = parse(read('action.yml')) as Action;

describe('action.yml', () => {
  it('has the inputs and outputs that the code knows, and no others', () => {
    expect(Object.keys(action.inputs)).toEqual([...INPUTS]);
    expect(Object.keys(action.outputs)).toEqual([...OUTPUTS]);
  });

  it('describes each in at least a sentence', () => {
    for (const [name, { description }] of [...Object.entries(action.inputs), ...Object.entries(action.outputs)])
      expect([name, description]).toEqual([name, expect.stringMatching(/^[A-Z].{15,}\.$/s)]);
  });

  it('gives every default as text, as the runner hands it on', () => {
    for (const { default: fallback } of Object.values(action.inputs))
      expect(['string', 'undefined']).toContain(typeof fallback);
  });

  it('runs the bundles on Node 24, and post in any case', () => {
    expect(action.runs).toEqual({ using: 'node24', main: 'dist/main.js', post: 'dist/post.js', 'post-if': 'always()' });
  });
});

describe('the list of reasons in docs/errors.md', () => {
  it('is the one in the code', () => {
    const union = /export type Reason =([^;]+);/.exec(read('src/errors.ts'))?.[1] ?? '';
    const inCode = [...union.matchAll(/'([a-z-]+)'/g)].map(([, reason]) => reason);
    const inDocs = [...read('docs/errors.md').matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, reason]) => reason);
    expect(inCode.length).toBeGreaterThan(10);
    expect(inDocs).toEqual(inCode);
  });
});
