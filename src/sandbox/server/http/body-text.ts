import { stringify } from 'yaml';
import type { Answer } from './message.ts';

/** The body of an answer as it is sent. */
export function bodyText({ body, contentType }: Answer): string | Buffer {
  if (body === undefined) return '';
  if (typeof body === 'string' || Buffer.isBuffer(body)) return body;
  if (contentType === 'application/yaml') return stringify(body);
  // Go ends a JSON answer with a line break.
  return `${JSON.stringify(body)}\n`;
}

/** The values of its Warning headers. */
export function warningsOf({ warnings = [] }: Answer): string[] {
  return warnings.map(warning => `299 - ${JSON.stringify(warning)}`);
}
