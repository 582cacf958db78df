const DEFAULT_SIZE = 30;
const LARGEST_SIZE = 100;

export interface Page<T> {
  items: T[];
  /** Undefined where everything is on one page. */
  link: string | undefined;
}

/** One page of a list, by `per_page` and `page`; what is no such number counts as not given, as at GitHub. */
export function pageOf<T>(all: readonly T[], url: string, query: URLSearchParams): Page<T> {
  const size = Math.min(positive(query.get('per_page')) ?? DEFAULT_SIZE, LARGEST_SIZE);
  const page = positive(query.get('page')) ?? 1;
  const last = Math.max(1, Math.ceil(all.length / size));
  const relations: [string, number][] = [];
  if (page > 1) relations.push(['prev', Math.min(page - 1, last)]);
  if (page < last) relations.push(['next', page + 1], ['last', last]);
  if (page > 1) relations.push(['first', 1]);
  const links = relations.map(([relation, number]) => `<${at(url, query, number)}>; rel="${relation}"`);
  return {
    items: all.slice((page - 1) * size, page * size),
    link: links.length > 0 ? links.join(', ') : undefined,
  };
}

function at(url: string, query: URLSearchParams, page: number): string {
  const turned = new URLSearchParams(query);
  turned.set('page', String(page));
  return `${url}?${turned}`;
}

function positive(text: string | null): number | undefined {
  const number = Number(text);
  return text && Number.isSafeInteger(number) && number > 0 ? number : undefined;
}
