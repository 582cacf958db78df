import { RULES } from '../../src/checks/judge.ts';
import { configSchema } from '../../src/config/read-config.ts';
import { VARIABLES } from '../../src/config/variables.ts';
import type { JsonObject } from '../../src/kube.ts';

const cell = (text: string): string => text.trim().replace(/\s+/g, ' ').replaceAll('|', '\\|');

/** The tables of docs/checks.md by their markers: the rules of the judge, the variables, and the keys of each kind of check. */
export function checkTables(): Record<string, readonly string[]> {
  const tables = Object.entries(kinds()).map(([kind, keys]) => [`keys of ${kind}`, keysTable(keys)] as const);
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

function keysTable(keys: JsonObject): string[] {
  const rows = Object.entries(keys).map(([key, one]) => {
    const { description, default: standard } = one as { description: string; default?: unknown };
    return `| \`${key}\` | ${cell(description)} | ${standard === undefined ? '' : `\`${standard}\``} |`;
  });
  return ['| key | what it is | default |', '| --- | --- | --- |', ...rows];
}

/** Of each kind the keys that are its own, or have a default of their own. */
function kinds(): Record<string, JsonObject> {
  const { checks } = configSchema()['properties'] as { checks: { items: { anyOf: JsonObject[] } } };
  const all = checks.items.anyOf[1]?.['properties'] as Record<string, { anyOf: JsonObject[] }>;
  const keysOf = (kind: string): JsonObject => all[kind]?.anyOf[1]?.['properties'] as JsonObject;
  const common = keysOf('pods');
  return Object.fromEntries(
    Object.keys(all)
      .filter(kind => kind !== 'pods')
      .map(kind => {
        const own = Object.entries(keysOf(kind)).filter(
          ([key, one]) => JSON.stringify(common[key]) !== JSON.stringify(one),
        );
        return [kind, Object.fromEntries(own)];
      }),
  );
}
