import { type Child, startChild } from './child.ts';
import type { Place, Program, Services } from './data-plane.ts';
import type { Backend, Route } from './routes.ts';

/**
 * nginx as ingress-nginx runs it: `proxy-next-upstream` "error timeout" with 3 tries, kept connections to the pods, and no
 * pod put aside for its failures (its balancer has no `max_fails`). First a Service is chosen by weight and then one of its
 * pods, so that no retry goes to the other version; in nginx without Lua by two servers in a row. ingress-nginx chooses
 * the Service at random; here it is taken in turn, so that a thousand requests measure the weight and not the luck.
 * Unlike ingress-nginx, which tells its workers of endpoints and weights while they run, this one reloads for each.
 */
export const nginx: Program = {
  name: 'nginx',
  start: async (file, { folder }) => {
    const master = startChild('nginx', ['-p', folder, '-c', file, '-e', 'stderr']);
    await master.says(/start worker process \d+/);
    return {
      troubles: () => master.log.filter(line => /\[(error|alert|crit)\]/.test(line)),
      reload: async () => {
        const isServed = Promise.race([master.says(/gracefully shutting down/), refused(master)]);
        master.kill('SIGHUP');
        await isServed;
      },
      stop: async () => {
        master.kill('SIGTERM');
        await master.ended;
      },
    };
  },
  configuration: (routes, services, place) => `daemon off;
worker_processes 1;
error_log stderr notice;
pid nginx.pid;
events { worker_connections 8192; }
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  proxy_set_header Host $host;
${Object.entries(services)
  .map(([name, ports]) => serviceText(name, ports, place))
  .join('')}${routes.map((route, index) => routeText(route, `route-${index}`, services, place)).join('')}}
`,
};

/** A configuration that nginx cannot use leaves the last one in force. */
async function refused(master: Child): Promise<never> {
  await master.says(/\[emerg\]/);
  throw new Error(`nginx refused its configuration:\n${master.log.join('\n')}`);
}

function serviceText(name: string, ports: readonly number[], { folder }: Place): string {
  if (ports.length === 0) return `  server { listen unix:${folder}/service-${name}; return 503; }\n`;
  return `  upstream ${name} {
${ports.map(port => `    server 127.0.0.1:${port} max_fails=0;\n`).join('')}    keepalive 320;
  }
  server {
    listen unix:${folder}/service-${name};
    location / {
      proxy_pass http://${name};
      proxy_next_upstream error timeout;
      proxy_next_upstream_tries 3;
    }
  }
`;
}

function routeText({ host, backends }: Route, name: string, services: Services, { folder, port }: Place): string {
  const used = backends.filter(({ service, weight }) => weight > 0 && services[service]);
  const server = ({ service, weight }: Backend): string =>
    `    server unix:${folder}/service-${service} weight=${weight} max_fails=0;\n`;
  // A worker that is told to end closes connections that have said nothing yet: it accepts none of them.
  const listen = `listen 127.0.0.1:${port} deferred; server_name ${host};`;
  if (used.length === 0) return `  server { ${listen} return 503; }\n`;
  return `  upstream ${name} {
${used.map(server).join('')}  }
  server {
    ${listen}
    location / {
      proxy_pass http://${name};
      proxy_next_upstream off;
    }
  }
`;
}
