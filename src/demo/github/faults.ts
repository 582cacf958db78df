import type { Clock } from '../../clock.ts';

const HOUR_MS = 3_600_000;
const LIMITS_PAGE = 'https://docs.github.com/rest/overview/rate-limits-for-the-rest-api';
const ABOUT_SECONDARY =
  'https://docs.github.com/free-pro-team@latest/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits';
const BAD_GATEWAY =
  '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>502 Bad Gateway</body>\r\n</html>\r\n';

export interface Fault {
  /**
   * `POST /repos/acme/shop/issues/7/comments`, where `*` stands for one part of the path and `…` for any number of them; a method
   * alone; or a pattern that is matched with such a line, query included. Everything unless said otherwise.
   */
  match?: string | RegExp;
  /** Without it (and without `hangUp`) the request is answered as ever, but late. */
  status?: number;
  headers?: Readonly<Record<string, string>>;
  /** A string is sent as it is. */
  body?: unknown;
  /** How often it happens; always unless said otherwise. */
  times?: number;
  delayMs?: number;
  /** The connection is reset instead of an answer: `before` the request is obeyed, or `after`. */
  hangUp?: 'before' | 'after';
}

type Where = Pick<Fault, 'match' | 'times' | 'delayMs'>;

/** What goes wrong, on demand. The fault that was added last wins. Each method returns what takes its fault away again. */
export interface FaultBook {
  add(fault: Fault): () => void;
  /** 403, nothing remaining until `resetInMs` from now (an hour unless said otherwise). */
  primaryLimit(where?: Where & { resetInMs?: number }): () => void;
  /** 403 (or 429) with `retry-after`, 60 seconds unless said otherwise. */
  secondaryLimit(where?: Where & { status?: 403 | 429; retryAfterSeconds?: number }): () => void;
  /** 502 with a page of HTML, as its load balancer answers. */
  badGateway(where?: Where): () => void;
  /** The connection is reset. */
  down(where?: Where): () => void;
  clear(): void;
}

export class Faults implements FaultBook {
  readonly #clock: Clock;
  readonly #faults: { fault: Fault; left: number }[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(fault: Fault): () => void {
    const entry = { fault, left: fault.times ?? Number.POSITIVE_INFINITY };
    this.#faults.unshift(entry);
    return () => {
      entry.left = 0;
    };
  }

  primaryLimit({ resetInMs = HOUR_MS, ...where }: Where & { resetInMs?: number } = {}): () => void {
    return this.add({
      ...where,
      status: 403,
      headers: {
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': String(Math.ceil((this.#clock.now() + resetInMs) / 1000)),
      },
      body: primaryLimitBody(),
    });
  }

  secondaryLimit({
    status = 403,
    retryAfterSeconds = 60,
    ...where
  }: Where & { status?: 403 | 429; retryAfterSeconds?: number } = {}): () => void {
    return this.add({
      ...where,
      status,
      headers: { 'retry-after': String(retryAfterSeconds) },
      body: {
        message: 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
        documentation_url: ABOUT_SECONDARY,
        status: String(status),
      },
    });
  }

  badGateway(where: Where = {}): () => void {
    return this.add({ ...where, status: 502, headers: { 'content-type': 'text/html' }, body: BAD_GATEWAY });
  }

  down(where: Where = {}): () => void {
    return this.add({ ...where, hangUp: 'before' });
  }

  clear(): void {
    this.#faults.length = 0;
  }

  /** The fault that this request meets, counted as met. */
  meet(method: string, path: string): Fault | undefined {
    const entry = this.#faults.find(({ fault, left }) => left > 0 && fits(fault.match, method, path));
    if (entry) entry.left -= 1;
    return entry?.fault;
  }
}

/** Of 403 where the hour's requests are used up. */
export function primaryLimitBody(): Record<string, unknown> {
  return {
    message:
      'API rate limit exceeded for installation. If you reach out to GitHub Support for help, please include the request ID.',
    documentation_url: LIMITS_PAGE,
    status: '403',
  };
}

function fits(match: string | RegExp | undefined, method: string, path: string): boolean {
  if (match === undefined || match === method) return true;
  if (typeof match !== 'string')
    return new RegExp(match.source, match.flags.replace('g', '')).test(`${method} ${path}`);
  const escaped = match.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
  const pattern = new RegExp(`^${escaped.replaceAll('*', '[^/]*').replaceAll('…', '.*')}$`);
  return pattern.test(`${method} ${path.split('?')[0]}`);
}
