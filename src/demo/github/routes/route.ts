import { type Page, pageOf } from '../pages.ts';
import type { Need } from '../permissions.ts';
import { notFound, unfit } from '../problems.ts';
import type { FakeRepository } from '../repository.ts';
import type { Token, World } from '../world.ts';

/** A request whose endpoint is known and which may be made. */
export interface Request {
  world: World;
  /** Undefined without a token. */
  caller: Token | undefined;
  repository: FakeRepository;
  /** The path's, decoded. */
  parameters: Readonly<Record<string, string>>;
  query: URLSearchParams;
  /** What was sent; an empty object where nothing was. */
  body: Readonly<Record<string, unknown>>;
  /** This list's address in links, without its query. */
  url: string;
}

export interface Answer {
  status: number;
  /** None of 204. */
  body?: unknown;
  headers?: Record<string, string>;
}

export interface Route {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** `/repos/{owner}/{repo}/pulls/{pull_number}` */
  path: string;
  /** Below https://docs.github.com/rest/: `pulls/pulls#get-a-pull-request`. */
  docs: string;
  /** Any of them is enough, as far as GitHub documents it; none where the repository's metadata are. */
  needs: readonly Need[];
  /** The one of them that this request really needs; throws where its object does not exist. */
  need?: (request: Request) => Need;
  /** Whether also a public repository's is told to nobody without a token. */
  isPersonal?: boolean;
  handle(request: Request): Answer;
}

/** One page of a list, where everything is on it an array alone. */
export function listed<T>(request: Request, all: readonly T[], body: (item: T) => unknown): Answer {
  const page = pageOf(all, request.url, request.query);
  return { status: 200, body: page.items.map(body), headers: linked(page) };
}

export const linked = (page: Page<unknown>): Record<string, string> => (page.link ? { link: page.link } : {});

/** A number of the path; what is none, is not found. */
export function numberOf(request: Request, name: string): number {
  const number = Number(request.parameters[name]);
  if (!Number.isSafeInteger(number)) throw notFound();
  return number;
}

/** Who makes the request; routes that write are reached only with a token. */
export function callerOf({ caller }: Request): Token {
  if (!caller) throw new Error('this endpoint was reached without a token');
  return caller;
}

/** A text of the request's body; null counts as not given. */
export function textOf({ body }: Request, name: string): string | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') {
    throw unfit(`For 'properties/${name}', ${JSON.stringify(value)} is not a string.`);
  }
  return value;
}

export function neededText(request: Request, name: string): string {
  const text = textOf(request, name);
  if (text === undefined) throw unfit(`"${name}" wasn't supplied.`);
  return text;
}

export function flagOf({ body }: Request, name: string): boolean | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'boolean') throw unfit(`For 'properties/${name}', ${JSON.stringify(value)} is not a boolean.`);
  return value;
}

/** A text of the body that must be one of a few. */
export function choiceOf<T extends string>(request: Request, name: string, choices: readonly T[]): T {
  const text = neededText(request, name);
  const choice = choices.find(one => one === text);
  if (choice === undefined) {
    throw unfit(`For 'properties/${name}', "${text}" is not a member of ${JSON.stringify(choices)}.`);
  }
  return choice;
}
