import type { Resource } from '../../types.ts';
import { type Cell, type Column, NAME } from './column.ts';
import { since } from './duration.ts';

interface PrinterColumn {
  name: string;
  type: Column['type'];
  format?: string;
  description?: string;
  priority?: number;
  jsonPath: string;
}

/** The one column of a CRD that names none. */
const CREATED: PrinterColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

/** The first value that a JSONPath of the simple kind finds: names, positions, `[*]` and filters such as `[?(@.type=="Ready")]`. */
export function firstAt(object: unknown, path: string): unknown {
  const steps = path.match(/\[\?\(@\.[^)]*\)\]|\[[^\]]*\]|(?:\\.|[^.[\]])+/g) ?? [];
  let found: unknown[] = [object];
  for (const step of steps) found = found.flatMap(value => children(value, step));
  return found[0];
}

function children(value: unknown, step: string): unknown[] {
  if (value === null || typeof value !== 'object') return [];
  const filter = /^\[\?\(@\.([\w.]+)\s*==\s*["']([^"']*)["']\)\]$/.exec(step);
  const list = Array.isArray(value) ? value : Object.values(value);
  if (filter) return list.filter(entry => String(firstAt(entry, `.${filter[1]}`)) === filter[2]);
  if (step === '[*]') return list;
  const inner = /^\[(?:['"](.*)['"]|(-?\d+))\]$/.exec(step);
  const key = inner?.[1] ?? inner?.[2] ?? step.replace(/\\(.)/g, '$1');
  const next = Array.isArray(value) ? value.at(Number(key)) : (value as Record<string, unknown>)[key];
  return next === undefined ? [] : [next];
}

function cellOf(column: PrinterColumn, value: unknown, now: number): Cell {
  if (value === undefined || value === null) return null;
  if (column.type === 'date') return since(String(value), now);
  return typeof value === 'object' ? JSON.stringify(value) : (value as Cell);
}

/** The additionalPrinterColumns of a CRD's version; the age where it names none. */
export function customColumns(resource: Resource): readonly Column[] {
  const versions = (
    resource.crd?.spec as { versions?: { name: string; additionalPrinterColumns?: PrinterColumn[] }[] } | undefined
  )?.versions;
  const defined = versions?.find(({ name }) => name === resource.version)?.additionalPrinterColumns;
  const columns = (defined ?? [CREATED]).map(column => ({
    name: column.name,
    type: column.type,
    priority: column.priority ?? 0,
    ...(column.format ? { format: column.format } : {}),
    description: column.description ?? `Custom resource definition column (in JSONPath format): ${column.jsonPath}`,
    cell: (object: object, now: number): Cell => cellOf(column, firstAt(object, column.jsonPath), now),
  }));
  return [NAME, ...columns];
}
