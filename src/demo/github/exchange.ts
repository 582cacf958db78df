/** One request and what GitHub answered. */
export interface Exchange {
  method: string;
  /** With its query, without `/api/v3`, and by the repository's name. */
  path: string;
  requestHeaders: Readonly<Record<string, string | string[] | undefined>>;
  /** Undefined where there was none, a string where it was no JSON. */
  requestBody: unknown;
  status: number;
  headers: Readonly<Record<string, string>>;
  /** Undefined where there was none. */
  body: unknown;
}
