import { readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';
import { checkTables } from './docs/check-tables.ts';

/** Writes the tables in README.md and docs/checks.md from what they describe; with `--check` only says whether they are current. */

interface Described {
  description: string;
  required?: boolean;
  default?: string;
}
interface Action {
  inputs: Record<string, Described>;
  outputs: Record<string, Described>;
}

const cell = (text: string): string => text.trim().replace(/\s+/g, ' ').replaceAll('|', '\\|');

function inputRow([name, { description, required, default: fallback }]: [string, Described]): string {
  const standard = required ? '**required**' : fallback === undefined ? '' : `\`${fallback}\``;
  return `| \`${name}\` | ${standard} | ${cell(description)} |`;
}

function outputRow([name, { description }]: [string, Described]): string {
  return `| \`${name}\` | ${cell(description)} |`;
}

/** The text with each of the tables between its markers. */
function withTables(file: string, text: string, source: string, tables: Record<string, readonly string[]>): string {
  return Object.entries(tables).reduce((whole, [marker, lines]) => {
    const [begin, end] = [`<!-- ${marker}: begin (from ${source}, by npm run docs) -->`, `<!-- ${marker}: end -->`];
    const [from, to] = [whole.indexOf(begin), whole.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`${file} lacks the markers "${begin}" and "${end}"`);
    return `${whole.slice(0, from + begin.length)}\n\n${lines.join('\n')}\n\n${whole.slice(to)}`;
  }, text);
}

function settle(file: string, source: string, tables: Record<string, readonly string[]>): void {
  const url = new URL(`../${file}`, import.meta.url);
  const before = readFileSync(url, 'utf8');
  const after = withTables(file, before, source, tables);
  if (!process.argv.includes('--check')) writeFileSync(url, after);
  else if (after !== before) {
    console.error(`The tables in ${file} are not those of ${source}: run npm run docs and commit the result.`);
    process.exitCode = 1;
  }
}

const action = parse(readFileSync(new URL('../action.yml', import.meta.url), 'utf8')) as Action;
settle('README.md', 'action.yml', {
  inputs: ['| Input | Default | What it is |', '| --- | --- | --- |', ...Object.entries(action.inputs).map(inputRow)],
  outputs: ['| Output | What it is |', '| --- | --- |', ...Object.entries(action.outputs).map(outputRow)],
});
settle('docs/checks.md', 'the code', checkTables());
