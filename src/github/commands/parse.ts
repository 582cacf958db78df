import { readArguments } from './arguments.ts';
import { nearMiss } from './near-miss.ts';

export const VERBS = ['promote', 'reject', 'pause', 'resume', 'rollback', 'status', 'help'] as const;
export type Verb = (typeof VERBS)[number];

/** What a person asks for in a comment. */
export interface SpokenCommand {
  verb: Verb;
  /** With promote: the commit that is meant, 7 to 40 hexadecimal digits, small letters. */
  sha?: string;
  /** With promote: the weight up to which nothing is waited for, in percent, 1 to 100. */
  to?: number;
  /** With promote: to the end without waiting. */
  full?: boolean;
  /** With rollback. */
  revision?: number;
  /** Which release is meant, where the pull request has several. */
  release?: string;
}

export type Spoken =
  | { kind: 'command'; command: SpokenCommand }
  /** No command at all, or another tool's. */
  | { kind: 'none' }
  /** Almost a verb: `typed` has only small letters. */
  | { kind: 'near-miss'; typed: string; meant: Verb }
  /** A verb with arguments that it does not take; one sentence says what is wrong and what is allowed, in plain text. */
  | { kind: 'bad-arguments'; verb: Verb; problem: string };

/** A command is short; the rest of a comment is not even looked at. */
const MOST_CHARACTERS = 10_000;
const NONE: Spoken = { kind: 'none' };

/** Neither is seen in the comment as GitHub shows it. */
const BLANK_LINES = /^(?:[ \t]*(?:\r\n|\r|\n))+/;
/** More would make it a code block. */
const INDENT = /^ {0,3}/;
/** Phones and keyboards write other spaces than the plain one, which look the same. */
const SPACES = /^[\t\p{Zs}]+/u;
/** Plain ASCII alone, so without the flags i and u together: they take the Kelvin sign for a k. */
const VERB = /^([A-Za-z]+)([.,:;!]*)(?![^\t\p{Zs}])/u;

/**
 * What the first line of a comment asks for; blank lines before it do not count, as nobody sees them. A line that is
 * quoted, indented as code or inside a code fence does not begin with the prefix, and so is no command.
 *
 * `prefix`: `/` stands right before the verb; one that ends in a letter or digit, such as `/sluice`, has white space
 * after it. Letters of prefix and verb may be large or small: phones begin a line with a large one.
 */
export function parseComment(body: string, prefix = '/'): Spoken {
  const line = firstLineOf(body);
  const said = line === undefined ? undefined : withoutPrefix(line, prefix.trim());
  const [whole, typed = '', marks = ''] = VERB.exec(said ?? '') ?? [];
  if (said === undefined || whole === undefined) return NONE;
  const word = typed.toLowerCase();
  const verb = VERBS.find(known => known === word);
  if (verb) return readArguments(verb, { marks, rest: said.slice(whole.length) });
  const meant = nearMiss(word, VERBS);
  return meant ? { kind: 'near-miss', typed: word, meant } : NONE;
}

/** Undefined where the line does not end among the characters that count: nobody knows how its last word goes on. */
function firstLineOf(body: string): string | undefined {
  const text = body.slice(0, MOST_CHARACTERS).replace(BLANK_LINES, '').replace(INDENT, '');
  const end = text.search(/[\r\n]/);
  if (end >= 0) return text.slice(0, end);
  return body.length > MOST_CHARACTERS ? undefined : text;
}

function withoutPrefix(line: string, prefix: string): string | undefined {
  if (prefix === '' || smallLetters(line.slice(0, prefix.length)) !== smallLetters(prefix)) return undefined;
  const rest = line.slice(prefix.length);
  if (!/[\p{L}\p{N}]$/u.test(prefix)) return rest;
  return SPACES.test(rest) ? rest.replace(SPACES, '') : undefined;
}

/** Of ASCII alone, as other letters become plain ones when they are made small. */
function smallLetters(text: string): string {
  return text.replace(/[A-Z]/g, letter => letter.toLowerCase());
}
