import { BlockList, isIP } from 'node:net';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The proxy for a URL by the environment's HTTPS_PROXY, HTTP_PROXY and NO_PROXY (either case), as Go programs read them. */
export function proxyFromEnvironment(target: URL, env: Environment): string | undefined {
  const read = (name: string): string => env[name] || env[name.toLowerCase()] || '';
  const proxy = read(target.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY');
  if (proxy === '' || bypasses(target, read('NO_PROXY'))) return undefined;
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

function bypasses(target: URL, noProxy: string): boolean {
  const host = bare(target.hostname);
  // As in Go: the own machine is never reached by a proxy.
  if (host === 'localhost' || isLoopback(host)) return true;
  const port = target.port || (target.protocol === 'https:' ? '443' : '80');
  return noProxy
    .split(/[\s,]+/)
    .filter(entry => entry !== '')
    .some(entry => matches(entry.toLowerCase(), host, port));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return inRange(entry, host);
  const { name, wantedPort } = splitPort(entry);
  if (wantedPort !== undefined && wantedPort !== port) return false;
  if (isIP(name) !== 0) return name === host;
  const domain = name.replace(/^\*?\./, '');
  // `example.com` means the host and all below it; `.example.com` only what is below.
  return host.endsWith(`.${domain}`) || (domain === name && host === domain);
}

function splitPort(entry: string): { name: string; wantedPort: string | undefined } {
  const found = /^(\[[^\]]+\]|[^:]+):(\d+)$/.exec(entry);
  return { name: bare(found?.[1] ?? entry), wantedPort: found?.[2] };
}

function inRange(range: string, host: string): boolean {
  const [address = '', bits = ''] = range.split('/');
  const family = isIP(address);
  if (family === 0 || isIP(host) !== family || !/^\d+$/.test(bits) || Number(bits) > (family === 4 ? 32 : 128))
    return false;
  const list = new BlockList();
  list.addSubnet(address, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
  return list.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

function isLoopback(host: string): boolean {
  return host === '::1' || inRange('127.0.0.0/8', host);
}

function bare(host: string): string {
  return host.replace(/^\[|\]$/g, '').toLowerCase();
}
