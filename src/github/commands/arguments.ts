import { oneLine, shortened } from '../../report/plain-text.ts';
import type { Spoken, SpokenCommand, Verb } from './parse.ts';

const LONGEST_QUOTE = 60;
const LONGEST_RELEASE = 50;
const RELEASE = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SHA = /^[0-9a-f]{7,40}$/;
const REVISION = /^[1-9][0-9]{0,8}$/;
const WEIGHT = /^(100|[1-9][0-9]?)%?$/;

/**
 * A quoted text, also after `name=`, or whatever stands between spaces. Phones write typographic quotes, and those of
 * several languages. A quote that is not closed belongs to its word.
 */
const WORDS =
  /([^\t\p{Zs}="“”„‟«»'‘’‚‛‹›]*=)?(?:["“”„‟«»]([^"“”„‟«»]*)["“”„‟«»]|['‘’‚‛‹›]([^'‘’‚‛‹›]*)['‘’‚‛‹›])(?![^\t\p{Zs}])|[^\t\p{Zs}]+/gu;
/** Phones make one long dash of two short ones. */
const OPTION = /^(?:--|[–—][–—-]?)([A-Za-z]+)(?:=(.*))?$/su;
const DASH = /^[-–—]/;

const OPTIONS = ['to', 'full', 'release'] as const;
type Option = (typeof OPTIONS)[number];

const TAKES: Readonly<Record<Verb, string>> = {
  promote:
    'promote takes a commit of 7 to 40 hexadecimal digits, --to with a weight from 1 to 100 or --full, and --release with a name',
  rollback: 'rollback takes the number of a revision, and --release with a name',
  reject: 'reject takes --release with a name, and words that say why',
  pause: 'pause takes --release with a name, and words that say why',
  resume: 'resume takes only --release with a name',
  status: 'status takes only --release with a name',
  help: 'help takes only --release with a name',
};

/**
 * The command that a verb and what stands after it make.
 *
 * After reject and pause any words may follow: who writes `/reject it crashes` wants it back at once, and both lead in
 * the safe direction. Only `--release` counts among those words, as it says what is meant. Every other verb refuses what
 * it does not understand. `marks`: punctuation right after the verb, which says nothing where a sentence ends.
 */
export function readArguments(verb: Verb, { marks, rest }: { marks: string; rest: string }): Spoken {
  const words = [...rest.matchAll(WORDS)].map(([whole, name = '', double, single]) =>
    double === undefined && single === undefined ? whole : `${name}${(double ?? single ?? '').trim()}`,
  );
  const takesAnyWords = verb === 'reject' || verb === 'pause';
  const isEnd = words.length === 0 && /^[.!]*$/.test(marks);
  const command: SpokenCommand = { verb };
  const problem = takesAnyWords
    ? readRelease(command, words)
    : isEnd || marks === ''
      ? readAll(command, words)
      : notUnderstood(verb, marks);
  return problem === undefined ? { kind: 'command', command } : { kind: 'bad-arguments', verb, problem };
}

/** The problem, if there is one; otherwise the command has what the words say. */
function readAll(command: SpokenCommand, words: readonly string[]): string | undefined {
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const option = optionOf(word);
    if (option?.name === 'full' && command.verb === 'promote') {
      if (option.value !== undefined) return `--full takes no value, and ${quoted(option.value)} was given.`;
      if (command.full) return twice('full');
      command.full = true;
    } else if (option?.name === 'to' || option?.name === 'release') {
      if (option.name === 'to' && command.verb !== 'promote') return notUnderstood(command.verb, word);
      const value = option.value ?? valueAt(words, index + 1);
      if (option.value === undefined && value !== undefined) index += 1;
      const problem = option.name === 'to' ? setWeight(command, value) : setRelease(command, value);
      if (problem !== undefined) return problem;
    } else {
      const problem = setPositional(command, word);
      if (problem !== undefined) return problem;
    }
  }
  return command.to !== undefined && command.full
    ? '--to and --full exclude each other: give --to to stop waiting up to a weight, or --full to go to the end.'
    : undefined;
}

function readRelease(command: SpokenCommand, words: readonly string[]): string | undefined {
  for (const [index, word] of words.entries()) {
    const option = optionOf(word);
    if (option?.name !== 'release') continue;
    const problem = setRelease(command, option.value ?? valueAt(words, index + 1));
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function optionOf(word: string): { name: Option; value: string | undefined } | undefined {
  const [, typed = '', value] = OPTION.exec(word) ?? [];
  const name = OPTIONS.find(known => known === typed.toLowerCase());
  return name && { name, value };
}

function valueAt(words: readonly string[], index: number): string | undefined {
  const word = words[index];
  return word === undefined || DASH.test(word) ? undefined : word;
}

function setWeight(command: SpokenCommand, value: string | undefined): string | undefined {
  if (command.to !== undefined) return twice('to');
  const [, weight] = WEIGHT.exec(value ?? '') ?? [];
  if (weight === undefined) return `--to asks for a weight from 1 to 100, and ${given(value)}.`;
  command.to = Number(weight);
  return undefined;
}

function setRelease(command: SpokenCommand, value: string | undefined): string | undefined {
  if (command.release !== undefined) return twice('release');
  // Phones capitalise; a release has only small letters. The lower case of another alphabet's letter may be a plain one.
  const name = value !== undefined && /^[-A-Za-z0-9]+$/.test(value) ? value.toLowerCase() : '';
  if (!RELEASE.test(name) || name.length > LONGEST_RELEASE)
    return `--release asks for the name of a release, which has small letters, digits and hyphens, and ${given(value)}.`;
  command.release = name;
  return undefined;
}

function setPositional(command: SpokenCommand, word: string): string | undefined {
  if (command.verb === 'promote' && /^[0-9A-Fa-f]+$/.test(word)) {
    const sha = word.toLowerCase();
    if (!SHA.test(sha)) return `${quoted(word)} is no commit: give 7 to 40 of its hexadecimal digits.`;
    if (command.sha !== undefined) return `promote takes one commit, and a second one was given: ${quoted(word)}.`;
    command.sha = sha;
    return undefined;
  }
  if (command.verb === 'rollback' && REVISION.test(word)) {
    if (command.revision !== undefined)
      return `rollback takes one revision, and a second one was given: ${quoted(word)}.`;
    command.revision = Number(word);
    return undefined;
  }
  return notUnderstood(command.verb, word);
}

function notUnderstood(verb: Verb, word: string): string {
  return `${quoted(word)} is not understood: ${TAKES[verb]}.`;
}

function twice(option: Option): string {
  return `--${option} may be given once, and it was given twice.`;
}

function given(value: string | undefined): string {
  return value === undefined ? 'none was given' : `${quoted(value)} was given`;
}

/** Characters that nobody sees are shown by number: otherwise what is quoted looks right. */
function quoted(text: string): string {
  const seen = text
    .slice(0, 2 * LONGEST_QUOTE)
    .replace(/\p{Cf}/gu, found => `[U+${found.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}]`);
  return `"${shortened(oneLine(seen), LONGEST_QUOTE)}"`;
}
