import { type Problem, SluiceError } from '../errors.ts';
import type { Json } from '../kube.ts';
import type { Path } from '../manifests/yaml/construct.ts';
import { type ParsedDocument, parseDocuments } from '../manifests/yaml/documents.ts';
import { offsetAt } from '../manifests/yaml/node-at.ts';
import { positionsIn } from '../manifests/yaml/positions.ts';

/** Where a value stands in a text; what is wrong with it is told here. */
export interface Place {
  /** Answers undefined, as what reads the value then does. */
  problem(text: string): undefined;
  within(step: string | number): Place;
}

/** For a second look at what was read, and told of, before. */
export const MUTE: Place = { problem: () => undefined, within: () => MUTE };

export interface Origin {
  /** As messages name the text. */
  name: string;
  /** As annotations name it; undefined where it is no file. */
  file?: string | undefined;
  hint: string;
}

/** More would hide the first, which are the ones to correct. */
const MOST_TOLD = 50;

/** Reads the one document of a text; an empty one is null. Everything that is wrong is thrown as one error. */
export function readDocument<T>(text: string, origin: Origin, read: (value: Json, at: Place) => T | undefined): T {
  const problems: (Problem & { offset: number })[] = [];
  let untold = 0;
  const positionOf = positionsIn(text);
  const severalLines = text.includes('\n');
  const told = (words: string, offsetOf: () => number): undefined => {
    if (problems.length >= MOST_TOLD) {
      untold += 1;
      return;
    }
    const offset = offsetOf();
    const { line, column } = positionOf(offset);
    const { name, file } = origin;
    const where = file === undefined ? `${name}${severalLines ? `, line ${line}` : ''}` : `${file}:${line}`;
    problems.push({ offset, message: `${where}: ${words}.`, ...(file === undefined ? {} : { file, line, column }) });
  };

  const [document, second] = parseDocuments(text);
  for (const { message, offset } of document?.flaws ?? []) told(message, () => offset);
  if (second) told('a second document begins here, and one is expected', () => second.start);
  // A flaw of the whole leaves nothing to read; others are told with what is wrong elsewhere.
  const readable = document?.flaws.every(({ path }) => path.length > 0) ?? true;
  const value = readable ? read(document?.value ?? null, placeIn(document, told)) : undefined;
  if (value !== undefined && problems.length === 0) return value;
  // In the order of the text, which is not the one in which it is read.
  const inOrder = problems.sort((one, two) => one.offset - two.offset).map(({ offset, ...problem }) => problem);
  throw configError(inOrder, origin.hint, untold);
}

function placeIn(
  document: ParsedDocument | undefined,
  told: (words: string, offsetOf: () => number) => undefined,
): Place {
  // What has a flaw was told with it, and reads as null.
  const flawed = new Set(document?.flaws.map(({ path }) => JSON.stringify(path)));
  const placeAt = (path: Path): Place => ({
    problem(text) {
      if (flawed.has(JSON.stringify(path))) return undefined;
      return told(`${labelOf(path)}${text}`, () => (document ? document.base + offsetAt(document.nodes, path) : 0));
    },
    within: step => placeAt([...path, step]),
  });
  return placeAt([]);
}

/** `steps: item 2: hold: `; items count from 1, as people do. */
function labelOf(path: Path): string {
  return path.map(step => `${typeof step === 'number' ? `item ${step + 1}` : keyLabel(step)}: `).join('');
}

/** A long or odd key may be a value that has lost its place. */
function keyLabel(key: string): string {
  return /^[\w.$-]{1,60}$/.test(key) ? key : 'the key in this line';
}

function configError(problems: readonly Problem[], hint: string, untold: number): SluiceError {
  const messages = problems.map(({ message }) => message);
  const more = untold > 0 ? [`There are ${untold} problems more.`] : [];
  return new SluiceError('invalid-input', [...messages, ...more].join('\n'), { problems, hint });
}
