/** `npm run sandbox`: serves a sandbox until it is told to stop. */
import { parseArgs } from 'node:util';
import { SluiceError } from '../errors.ts';
import { seedFromFolder } from './seed-files.ts';
import { openSandboxServer } from './server.ts';
import { startTraffic } from './traffic/traffic.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8080' },
    'tls-port': { type: 'string', default: '0' },
    seed: { type: 'string' },
    controllers: { type: 'string', default: 'on' },
    kubeconfig: { type: 'string' },
    admin: { type: 'boolean', default: false },
    /** Sends requests to Services and routes, which metrics count; not to Services of one version. */
    traffic: { type: 'boolean', default: false },
  },
});

function switchOf(text: string): 'on' | 'off' {
  if (text === 'on' || text === 'off') return text;
  throw new SluiceError('invalid-input', `--controllers is "on" or "off", not ${JSON.stringify(text)}`, {
    hint: 'Leave it out for "on".',
  });
}

const server = await openSandboxServer({
  port: Number(values.port),
  tlsPort: Number(values['tls-port']),
  controllers: switchOf(values.controllers),
  admin: values.admin,
  ...(values.kubeconfig ? { kubeconfig: values.kubeconfig } : {}),
});
if (values.seed) await seedFromFolder(server.sandbox, values.seed);
const { api, metrics } = server.sandbox;
const traffic = values.traffic
  ? startTraffic(api, { metrics, newServices: true, exclude: ['*-canary', '*-preview', '*-stable'] })
  : undefined;
console.log(`Sandbox is ready at ${server.url} and ${server.tlsUrl}`);
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => {
    traffic?.stop();
    void server.close();
  });
