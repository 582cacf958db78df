import type { Moment, User, WriteOrigin } from '../core.ts';

/** A request as the router and the handlers see it, whatever the transport. */
export interface Incoming {
  method: string;
  /** Decoded, without the query. */
  path: string;
  query: URLSearchParams;
  headers: Readonly<Record<string, string | undefined>>;
  body: Buffer;
  /** Absent where it is executed as it comes in. */
  sent?: Moment;
  /** Aborted when the client goes away. */
  closed: AbortSignal;
}

/** Where a streaming answer (watch, log) is written to. */
export interface Stream {
  write(text: string): void;
  end(): void;
  /** The connection is cut without an end. */
  cut(): void;
  readonly closed: AbortSignal;
}

export interface Answer {
  status: number;
  /** An object is written as JSON, a string as it is. */
  body?: unknown;
  contentType?: string;
  /** Texts of Warning headers. */
  warnings?: readonly string[];
  headers?: Readonly<Record<string, string>>;
  /** Takes over after the headers are sent. */
  stream?: (stream: Stream) => void;
}

/** What authentication and authorization have established. */
export interface Session {
  user: User;
  origin: WriteOrigin;
  /** Texts for Warning headers, in order: sent with whatever the answer is. */
  warnings: string[];
}

export function json(status: number, body: unknown): Answer {
  return { status, body };
}

export function text(status: number, body: string): Answer {
  return { status, body, contentType: 'text/plain; charset=utf-8' };
}
