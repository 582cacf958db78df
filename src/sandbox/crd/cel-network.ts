import { isIP } from 'node:net';
import type { Environment } from '@marcbachmann/cel-js';
import { parseQuantity, type Quantity } from '../validation/quantity.ts';
import { hasFormat } from './formats.ts';

class Url {
  readonly url: URL;
  constructor(text: string) {
    this.url = new URL(text, text.startsWith('/') ? 'relative://x' : undefined);
  }
}

class CelQuantity {
  readonly nano: bigint;
  constructor(text: string) {
    const parsed: Quantity | string = parseQuantity(text);
    if (typeof parsed === 'string') throw new Error(parsed);
    this.nano = parsed.nano;
  }
}

class Address {
  readonly text: string;
  constructor(text: string) {
    if (isIP(text) === 0) throw new Error(`IP Address ${JSON.stringify(text)} parse error`);
    this.text = text;
  }
}

/** Kubernetes' functions on URLs, IP addresses and quantities. */
export function registerNetwork(environment: Environment): void {
  environment
    .registerType('CelURL', Url)
    .registerType('CelQuantity', CelQuantity)
    .registerType('CelIP', Address)
    .registerFunction('isURL(string): bool', (text: string) => URL.canParse(text) || text.startsWith('/'))
    .registerFunction('url(string): CelURL', (text: string) => new Url(text))
    .registerFunction('CelURL.getScheme(): string', ({ url }: Url) =>
      url.protocol === 'relative:' ? '' : url.protocol.slice(0, -1),
    )
    .registerFunction('CelURL.getHost(): string', ({ url }: Url) => (url.protocol === 'relative:' ? '' : url.host))
    .registerFunction('CelURL.getHostname(): string', ({ url }: Url) =>
      url.protocol === 'relative:' ? '' : url.hostname,
    )
    .registerFunction('CelURL.getPort(): string', ({ url }: Url) => url.port)
    .registerFunction('CelURL.getEscapedPath(): string', ({ url }: Url) => url.pathname)
    .registerFunction('isQuantity(string): bool', (text: string) => typeof parseQuantity(text) !== 'string')
    .registerFunction('quantity(string): CelQuantity', (text: string) => new CelQuantity(text))
    .registerFunction('CelQuantity.compareTo(CelQuantity): int', (a: CelQuantity, b: CelQuantity) =>
      a.nano < b.nano ? -1n : a.nano > b.nano ? 1n : 0n,
    )
    .registerFunction('CelQuantity.isLessThan(CelQuantity): bool', (a: CelQuantity, b: CelQuantity) => a.nano < b.nano)
    .registerFunction(
      'CelQuantity.isGreaterThan(CelQuantity): bool',
      (a: CelQuantity, b: CelQuantity) => a.nano > b.nano,
    )
    .registerFunction('CelQuantity.sign(): int', ({ nano }: CelQuantity) => (nano < 0n ? -1n : nano > 0n ? 1n : 0n))
    .registerFunction('CelQuantity.asInteger(): int', ({ nano }: CelQuantity) => nano / 1_000_000_000n)
    .registerFunction('CelQuantity.asApproximateFloat(): double', ({ nano }: CelQuantity) => Number(nano) / 1e9)
    .registerFunction('isIP(string): bool', (text: string) => isIP(text) !== 0)
    .registerFunction('ip(string): CelIP', (text: string) => new Address(text))
    .registerFunction('CelIP.family(): int', ({ text }: Address) => BigInt(isIP(text)))
    .registerFunction('isCIDR(string): bool', (text: string) => hasFormat('cidr', text));
}
