import { connect } from 'node:net';
import { type Child, startChild } from './child.ts';
import type { Program, Services } from './data-plane.ts';
import type { Route } from './routes.ts';

/**
 * HAProxy as its ingress controllers run it, haproxytech's and haproxy-ingress: `option redispatch`, `option
 * http-keep-alive`, and by HAProxy's own defaults 3 retries of connections that fail and `http-reuse safe`; reloads hand
 * over the listening sockets. It stands in for the Envoy of an Istio mesh, too, which by default retries twice, on
 * connect-failure, refused-stream, unavailable and cancelled. First a Service is chosen by weight and then one of its
 * pods, so that no retry goes to the other version. Envoy chooses at random; here it is done in turn, so that a thousand
 * requests measure the weight and not the luck.
 */
export const haproxy: Program = {
  name: 'haproxy',
  start: async (file, { folder, port }) => {
    let current = startChild('haproxy', ['-db', '-f', file]);
    const all = [current];
    while (!(await Promise.race([accepts(port), refused(current)]))) await pause();
    return {
      troubles: () => all.flatMap(({ log }) => log.filter(line => / HTTP\//.test(line))),
      // Not by the master process: that of HAProxy 2.6 loses signals when it is told to reload twice in short order.
      reload: async () => {
        const next = startChild('haproxy', ['-db', '-f', file, '-x', `${folder}/admin`, '-sf', String(current.pid)]);
        await Promise.race([current.says(/Proxy front stopped/), refused(next)]);
        all.push(next);
        current = next;
      },
      stop: async () => {
        for (const child of all) child.kill('SIGTERM');
        await Promise.all(all.map(({ ended }) => ended));
      },
    };
  },
  configuration: (routes, services, { folder, port }) => `global
  nbthread 1
  stats socket ${folder}/admin level admin expose-fd listeners
  set-var proc.turn int(0)
  hard-stop-after 10s
  log stderr format raw local0
defaults
  mode http
  log global
  option httplog
  option dontlog-normal
  option redispatch
  option http-keep-alive
  timeout connect 5s
  timeout client 50s
  timeout server 50s
  timeout http-request 5s
  timeout http-keep-alive 60s
frontend front
  bind 127.0.0.1:${port}
  http-request set-var(proc.turn) var(proc.turn),add(1)
${routes.map((route, index) => routeText(route, `host-${index}`, services)).join('')}
backend ${NOBODY}
${Object.entries(services)
  .map(([name, ports]) => serviceText(name, ports))
  .join('')}`,
};

/** HAProxy does not say when it serves. */
function accepts(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const probe = connect({ port, host: '127.0.0.1' });
    probe.once('error', () => resolve(false));
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
  });
}

const pause = (): Promise<void> => new Promise(resolve => setTimeout(resolve, 10));

async function refused({ ended, log }: Child): Promise<never> {
  await ended;
  throw new Error(`haproxy refused its configuration:\n${log.join('\n')}`);
}

/** Answers 503, as a backend without servers does. */
const NOBODY = 'nobody';

function routeText({ host, backends }: Route, name: string, services: Services): string {
  const sum = backends.reduce((all, { weight }) => all + weight, 0);
  if (sum === 0) return '';
  let below = 0;
  const uses = backends.map(({ service, weight }) => {
    below += weight;
    return `  use_backend ${services[service] ? service : NOBODY} if ${name} { var(txn.point) -m int lt ${below} }\n`;
  });
  return `  acl ${name} hdr(host) -m str ${host}
  http-request set-var(txn.point) var(proc.turn),mul(${strideOf(sum)}),mod(${sum}) if ${name}
${uses.join('')}`;
}

/** A stride that comes to each number below the sum once, and to neighbours far apart. */
function strideOf(sum: number): number {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  let stride = Math.ceil(sum * 0.618);
  while (divisor(stride, sum) > 1) stride += 1;
  return stride;
}

function serviceText(name: string, ports: readonly number[]): string {
  return `backend ${name}
  balance roundrobin
${ports.map((port, index) => `  server pod-${index} 127.0.0.1:${port}\n`).join('')}`;
}
