/** `metav1.Time`: RFC 3339 in whole seconds. */
export function timestamp(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

/** Milliseconds of a timestamp; undefined where there is none. */
export function timeOf(text: string | null | undefined): number | undefined {
  return text ? Date.parse(text) : undefined;
}
