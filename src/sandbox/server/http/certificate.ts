import { createHash, generateKeyPairSync, sign, X509Certificate } from 'node:crypto';

/** A self-signed certificate and its key, both PEM. */
export interface Certificate {
  cert: string;
  key: string;
}

const DAY = 86_400_000;
const VALID_DAYS = 365;

/** One DER element: tag, length, content. */
function element(tag: number, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const length = Buffer.from(body.length.toString(16).padStart(body.length > 0xff ? 4 : 2, '0'), 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, body]);
}

const sequence = (...content: Buffer[]): Buffer => element(0x30, ...content);
const integer = (value: Buffer): Buffer => element(0x02, value);
const octets = (content: Buffer): Buffer => element(0x04, content);
const bits = (content: Buffer): Buffer => element(0x03, Buffer.from([0]), content);
const yes = element(0x01, Buffer.from([0xff]));

/** An object identifier, from the bytes of its DER form. */
const oid = (hex: string): Buffer => element(0x06, Buffer.from(hex, 'hex'));
const COMMON_NAME = oid('550403');
const ECDSA_SHA256 = sequence(oid('2a8648ce3d040302'));
const BASIC_CONSTRAINTS = oid('551d13');
const ALTERNATIVE_NAMES = oid('551d11');

function utcTime(milliseconds: number): Buffer {
  const text = new Date(milliseconds).toISOString().replace(/[-:T]/g, '').slice(2, 14);
  return element(0x17, Buffer.from(`${text}Z`));
}

function nameOf(text: string): Buffer {
  return sequence(element(0x31, sequence(COMMON_NAME, element(0x0c, Buffer.from(text)))));
}

function extensions(): Buffer {
  const dns = (name: string): Buffer => element(0x82, Buffer.from(name));
  const address = (...bytes: number[]): Buffer => element(0x87, Buffer.from(bytes));
  const names = sequence(
    dns('localhost'),
    dns('kubernetes'),
    dns('kubernetes.default.svc'),
    address(127, 0, 0, 1),
    address(...Array<number>(15).fill(0), 1),
  );
  const authority = sequence(BASIC_CONSTRAINTS, yes, octets(sequence(yes)));
  return element(0xa3, sequence(authority, sequence(ALTERNATIVE_NAMES, octets(names))));
}

/** Makes a certificate for this machine's loopback names, valid from a day before `now` (milliseconds since the epoch). */
export function selfSigned(now: number): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  // Positive and of no more than 20 bytes, as serial numbers have to be.
  const serial = Buffer.concat([Buffer.from([1]), createHash('sha256').update(spki).digest().subarray(0, 15)]);
  const name = nameOf('sluice-sandbox');
  const version3 = element(0xa0, integer(Buffer.from([2])));
  const validity = sequence(utcTime(now - DAY), utcTime(now + VALID_DAYS * DAY));
  const body = sequence(version3, integer(serial), ECDSA_SHA256, name, validity, name, spki, extensions());
  const signed = sequence(body, ECDSA_SHA256, bits(sign('sha256', body, privateKey)));
  return {
    cert: new X509Certificate(signed).toString(),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
