import type { Json, JsonObject } from '../kube.ts';
import { isMapping } from '../manifests/object-fields.ts';
import { didYouMean } from './did-you-mean.ts';
import { type Field, refuse } from './field.ts';
import { MUTE, type Place } from './place.ts';

/** One key of a mapping. */
export interface Key<T> {
  /** As it is written in the file. */
  key: string;
  field: Field<T>;
  /** For editors and the documentation. */
  description: string;
  /** What holds where the key is not there, as it would be written. */
  standard?: Json;
  required?: true;
}

/** The keys of a mapping, by the names that they have in the code. */
export type Table<T> = { readonly [P in keyof T]-?: Key<NonNullable<T[P]>> };
export type Said<T> = { [P in keyof T]: T[P] | undefined };

/** Reads what a mapping says; undefined where anything in it is wrong. */
export function readTable<T>(table: Table<T>, value: Json, at: Place): Said<T> | undefined {
  const keys = entriesOf(table);
  const names = keys.map(([, { key }]) => key);
  if (!isMapping(value)) return refuse(value, at, `a mapping with the keys ${names.join(', ')}, or some of them`);
  let sound = true;
  for (const given of Object.keys(value)) {
    if (names.includes(given)) continue;
    at.within(given).problem(`there is no such key; the keys are ${names.join(', ')}${didYouMean(given, names)}`);
    sound = false;
  }
  const said = keys.map(([name, { key, field, required }]) => {
    const one = value[key];
    if (one === undefined) {
      if (required) at.problem(`the key ${key} is missing`);
      sound &&= !required;
      return [name, undefined];
    }
    const read = field.read(one, at.within(key));
    sound &&= read !== undefined;
    return [name, read];
  });
  return sound ? (Object.fromEntries(said) as Said<T>) : undefined;
}

/** What holds where nothing is said. */
export function standardsOf<T>(table: Table<T>): Said<T> {
  const standards = entriesOf(table).map(([name, { field, standard }]) => [
    name,
    standard === undefined ? undefined : field.read(standard, MUTE),
  ]);
  return Object.fromEntries(standards) as Said<T>;
}

/** What is said, and the standards for the rest. */
export function withStandards<T>(table: Table<T>, said: Said<T>): T {
  const given = Object.entries(said).filter(([, value]) => value !== undefined);
  return { ...standardsOf(table), ...Object.fromEntries(given) } as T;
}

export function tableSchema<T>(table: Table<T>): JsonObject {
  const keys = entriesOf(table).map(([, key]) => key);
  const required = keys.filter(key => key.required).map(({ key }) => key);
  return {
    type: 'object',
    properties: Object.fromEntries(
      keys.map(({ key, field, description, standard }) => [
        key,
        { description, ...(standard === undefined ? {} : { default: standard }), ...field.schema },
      ]),
    ),
    ...(required.length > 0 ? { required } : {}),
    additionalProperties: false,
  };
}

function entriesOf<T>(table: Table<T>): [string, Key<unknown>][] {
  return Object.entries(table);
}
