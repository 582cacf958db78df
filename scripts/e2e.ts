import { spawn } from 'node:child_process';
import { join } from 'node:path';

/**
 * `npm run e2e`: the scenarios, with the committed bundle. With KUBECONFIG those that any cluster can show run against its
 * cluster, and the others are listed as skipped; without it all of them run against the sandbox.
 */

const own = process.env['KUBECONFIG'];
console.log(
  own
    ? `Scenarios against the cluster of KUBECONFIG (${own}). Those marked [needs the sandbox] are skipped.`
    : 'Scenarios against the sandbox. With KUBECONFIG those marked [any cluster] run against its cluster.',
);
const root = join(import.meta.dirname, '..');
const jest = join(root, 'node_modules/jest/bin/jest.js');
const child = spawn(
  process.execPath,
  ['--experimental-vm-modules', '--no-warnings', jest, '--verbose', '__tests__/scenarios', ...process.argv.slice(2)],
  { cwd: root, stdio: 'inherit', env: { ...process.env, SLUICE_E2E: '1' } },
);
child.once('error', error => {
  throw error;
});
child.once('close', (code, signal) => {
  process.exitCode = code ?? (signal ? 1 : 0);
});
