import { readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';

/** Writes the README's tables of inputs and outputs from action.yml; with `--check` only says whether they are current. */

interface Described {
  description: string;
  required?: boolean;
  default?: string;
}
interface Action {
  inputs: Record<string, Described>;
  outputs: Record<string, Described>;
}

const README = new URL('../README.md', import.meta.url);

const cell = (text: string): string => text.trim().replace(/\s+/g, ' ').replaceAll('|', '\\|');

function inputRow([name, { description, required, default: fallback }]: [string, Described]): string {
  const standard = required ? '**required**' : fallback === undefined ? '' : `\`${fallback}\``;
  return `| \`${name}\` | ${standard} | ${cell(description)} |`;
}

function outputRow([name, { description }]: [string, Described]): string {
  return `| \`${name}\` | ${cell(description)} |`;
}

function between(readme: string, marker: string, lines: readonly string[]): string {
  const [begin, end] = [`<!-- ${marker}: begin (from action.yml, by npm run docs) -->`, `<!-- ${marker}: end -->`];
  const [from, to] = [readme.indexOf(begin), readme.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`README.md lacks the markers "${begin}" and "${end}"`);
  return `${readme.slice(0, from + begin.length)}\n\n${lines.join('\n')}\n\n${readme.slice(to)}`;
}

const action = parse(readFileSync(new URL('../action.yml', import.meta.url), 'utf8')) as Action;
const before = readFileSync(README, 'utf8');
const inputs = [
  '| Input | Default | What it is |',
  '| --- | --- | --- |',
  ...Object.entries(action.inputs).map(inputRow),
];
const outputs = ['| Output | What it is |', '| --- | --- |', ...Object.entries(action.outputs).map(outputRow)];
const after = between(between(before, 'inputs', inputs), 'outputs', outputs);

if (process.argv.includes('--check')) {
  if (after !== before) {
    console.error('The tables in README.md are not those of action.yml: run npm run docs and commit the result.');
    process.exitCode = 1;
  }
} else writeFileSync(README, after);
