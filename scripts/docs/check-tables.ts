import { RULES } from '../../src/checks/judge.ts';
import { configSchema } from '../../src/config/read-config.ts';
import { VARIABLES } from '../../src/config/variables.ts';
import type { JsonObject } from '../../src/kube.ts';

/** The keys of a mapping, and those of them that must be there. */
interface Keys {
  properties: JsonObject;
  required: readonly string[];
}

const cell = (text: string): string => text.trim().replace(/\s+/g, ' ').replaceAll('|', '\\|');

/** The tables of docs/checks.md by their markers: the rules of the judge, the variables, and the keys of each kind of check. */
export function checkTables(): Record<string, readonly string[]> {
  const tables = [...keysOfKinds(), ['all that ask Prometheus', placeKeys()] as const].map(
    ([whose, keys]) => [`keys of ${whose}`, keysTable(keys)] as const,
  );
  return { judge: judgeTable(), variables: variablesTable(), ...Object.fromEntries(tables) };
}

function judgeTable(): string[] {
  const rows = RULES.map(
    ({ when, verdict, isEarly }, index) =>
      `| ${index + 1} | ${cell(when)} | ${verdict} | ${isEarly ? 'at once: the hold ends' : 'at the end of the hold'} |`,
  );
  return ['| | when | verdict | known |', '| --- | --- | --- | --- |', ...rows];
}

function variablesTable(): string[] {
  const rows = Object.entries(VARIABLES).map(([name, what]) => `| \`{{${name}}}\` | ${cell(what)} |`);
  return ['| variable | stands for |', '| --- | --- |', ...rows];
}

function keysTable({ properties, required }: Keys): string[] {
  const rows = Object.entries(properties).map(([key, one]) => {
    const { description, default: fallback } = one as { description: string; default?: unknown };
    const standard = required.includes(key) ? '**required**' : fallback === undefined ? '' : `\`${fallback}\``;
    return `| \`${key}\` | ${cell(description)} | ${standard} |`;
  });
  return ['| key | what it is | default |', '| --- | --- | --- |', ...rows];
}

/** Of each kind the keys that are its own, or have a default of their own; kinds with the same ones are together. */
function keysOfKinds(): [kinds: string, keys: Keys][] {
  const { checks } = configSchema()['properties'] as { checks: { items: { anyOf: JsonObject[] } } };
  const all = checks.items.anyOf[1]?.['properties'] as Record<string, { anyOf: [unknown, JsonObject] }>;
  const { pods, ...others } = Object.fromEntries(
    Object.entries(all).map(([kind, { anyOf }]) => [kind, keysIn(anyOf[1])]),
  );
  const place = placeKeys();
  const byKeys = new Map<string, { kinds: string[]; keys: Keys }>();
  for (const [kind, keys] of Object.entries(others)) {
    const asksPrometheus = Object.keys(place.properties).every(key => key in keys.properties);
    const own = without(without(keys, pods), asksPrometheus ? place : undefined);
    const text = JSON.stringify(own);
    byKeys.set(text, { kinds: [...(byKeys.get(text)?.kinds ?? []), kind], keys: own });
  }
  return [...byKeys.values()].map(({ kinds, keys }) => [listed(kinds), keys]);
}

/** Where Prometheus is and whose metrics it has: the same in the key `prometheus` and in each check that asks it. */
function placeKeys(): Keys {
  const { prometheus } = configSchema()['properties'] as { prometheus: JsonObject };
  return keysIn(prometheus);
}

function keysIn(schema: JsonObject): Keys {
  return {
    properties: schema['properties'] as JsonObject,
    required: (schema['required'] ?? []) as readonly string[],
  };
}

function without({ properties, required }: Keys, others: Keys | undefined): Keys {
  const own = Object.entries(properties).filter(
    ([key, one]) => JSON.stringify(others?.properties[key]) !== JSON.stringify(one),
  );
  return { properties: Object.fromEntries(own), required };
}

/** `a`, `a and b`, `a, b and c`. */
function listed(names: readonly string[]): string {
  return [names.slice(0, -1).join(', '), ...names.slice(-1)].filter(text => text !== '').join(' and ');
}
