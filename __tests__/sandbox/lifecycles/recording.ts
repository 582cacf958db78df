import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One line of a recorded lifecycle: an action, an object's state or an Event. */
export interface Entry {
  at_ms: number;
  action?: string;
  type?: string;
  kind?: string;
  name?: string;
  metadata?: Record<string, unknown>;
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
  endpoints?: { target: string; conditions: Record<string, boolean> }[];
  ports?: unknown[];
  reason?: string;
  message?: string;
  involved?: string;
}

export interface Recording {
  name: string;
  about: string;
  events: Entry[];
}

export const FOLDER = join(process.cwd(), '../shared/contract/lifecycles');

export function readRecording(file: string): Recording {
  return JSON.parse(readFileSync(join(FOLDER, file), 'utf8'));
}

export type Action =
  | { at: number; verb: 'create'; kind: string; name: string }
  | { at: number; verb: 'patch'; plural: string; name: string; patch: Record<string, unknown> }
  | { at: number; verb: 'delete'; plural: string; name: string; options: Record<string, unknown> };

export function actionsOf({ events }: Recording): Action[] {
  return events.flatMap(({ at_ms: at, action }) => (action ? [parseAction(at, action)] : []));
}

function parseAction(at: number, text: string): Action {
  const [verb, target = '', ...rest] = text.split(' ');
  const [left = '', name = ''] = target.split('/');
  const body = rest.length ? (JSON.parse(rest.join(' ')) as Record<string, unknown>) : {};
  switch (verb) {
    case 'create':
      return { at, verb, kind: left, name };
    case 'merge-patch':
      return { at, verb: 'patch', plural: left, name, patch: body };
    case 'delete':
      return { at, verb, plural: left, name, options: body };
    default:
      throw new Error(`unknown action ${text}`);
  }
}
