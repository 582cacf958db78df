import { readFileSync, writeFileSync } from 'node:fs';
import { configSchema } from '../src/config/read-config.ts';

/** Writes docs/sluice.schema.json from the tables that read a config; with `--check` only says whether it is current. */

const FILE = new URL('../docs/sluice.schema.json', import.meta.url);
const current = `${JSON.stringify(configSchema(), null, 2)}\n`;

if (process.argv.includes('--check')) {
  if (current !== readFileSync(FILE, 'utf8')) {
    console.error(
      'docs/sluice.schema.json is not what src/config reads: run node scripts/config-schema.ts and commit it.',
    );
    process.exitCode = 1;
  }
} else writeFileSync(FILE, current);
