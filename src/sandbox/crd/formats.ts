import { isIP } from 'node:net';

const RFC3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
const DURATION = /^[+-]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)((\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))*$/;
const HOSTNAME =
  /^([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]{0,61}[a-zA-Z0-9])(\.([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]{0,61}[a-zA-Z0-9]))*\.?$/;
const UUID = (version: string): RegExp =>
  new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$`, 'i');

/** The formats of strings that the API server checks; others are notes for readers. */
const FORMATS: Record<string, (value: string) => boolean> = {
  date: value => /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value)),
  'date-time': value => RFC3339.test(value) && !Number.isNaN(Date.parse(value)),
  datetime: value => RFC3339.test(value) && !Number.isNaN(Date.parse(value)),
  duration: value => DURATION.test(value) || value === '0' || /^\d+ ?(d|day|days|w|week|weeks)$/.test(value),
  email: value => /^[^@\s<>]+@[^@\s<>]+$/.test(value),
  hostname: value => value.length < 256 && HOSTNAME.test(value),
  ipv4: value => isIP(value) === 4,
  ipv6: value => isIP(value) === 6,
  cidr: value => isCidr(value),
  mac: value => /^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i.test(value),
  uri: value => URL.canParse(value) || value.startsWith('/'),
  uuid: value => UUID('[0-9a-f]').test(value),
  uuid3: value => UUID('3').test(value),
  uuid4: value => UUID('4').test(value),
  uuid5: value => UUID('5').test(value),
  byte: value => /^[A-Za-z0-9+/]*={0,2}$/.test(value) && value.length % 4 === 0,
};

/** Whether the string has the format; a format that nobody checks fits always. */
export function hasFormat(format: string, value: string): boolean {
  return FORMATS[format]?.(value) ?? true;
}

function isCidr(value: string): boolean {
  const [address = '', bits = '', more] = value.split('/');
  const family = isIP(address);
  return more === undefined && family !== 0 && /^\d+$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
}

/** Bounds of the integer formats. */
export function inIntegerFormat(format: string, value: number): boolean {
  if (format === 'int32') return value >= -(2 ** 31) && value < 2 ** 31;
  if (format === 'uint32') return value >= 0 && value < 2 ** 32;
  if (format === 'uint64') return value >= 0;
  return true;
}
