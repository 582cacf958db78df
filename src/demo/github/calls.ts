/** A request that came, and what it got. */
export interface Call {
  method: string;
  /** With its query: `/repos/acme/shop/issues/7/comments?per_page=100`. */
  path: string;
  /** Undefined where there was none, a string where it was no JSON. */
  body: unknown;
  token: string | undefined;
  /** Undefined where the connection was cut, and as long as there is no answer. */
  status: number | undefined;
  /** When it came, in milliseconds since the epoch. */
  at: number;
}
