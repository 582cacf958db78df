/** Why a query has no answer, as Prometheus sorts such reasons. */
export class QueryError extends Error {
  /** `bad_data`: it cannot be understood; `execution`: the data at hand do not let it be answered. */
  readonly type: 'bad_data' | 'execution';

  constructor(type: 'bad_data' | 'execution', message: string) {
    super(message);
    this.type = type;
  }
}

/** A query that is wrong, or that asks for what is not supported; `at` is its place in the text. */
export function parseError(query: string, at: number, what: string): QueryError {
  const before = query.slice(0, at).split('\n');
  const place = `${before.length}:${(before.at(-1) ?? '').length + 1}`;
  return new QueryError('bad_data', `invalid parameter "query": ${place}: parse error: ${what}`);
}

export function unsupported(query: string, at: number, what: string): QueryError {
  return parseError(query, at, `${what} is not supported by the sandbox’s Prometheus`);
}
