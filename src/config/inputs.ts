import { type Problem, SluiceError } from '../errors.ts';
import {
  type Bounds,
  type Parsed,
  parseBoolean,
  parseDuration,
  parseInteger,
  parseLines,
  parseOneOf,
} from './values.ts';

/**
 * Reads inputs by name and collects what is wrong with them, so that all of it is told at once. Where an input is wrong
 * the fallback is returned, and `check` throws later. An input that is empty is one that is not given.
 */
export interface InputReader {
  text(name: string): string | undefined;
  required(name: string): string;
  lines(name: string): string[];
  requiredLines(name: string): string[];
  boolean(name: string, fallback: boolean): boolean;
  integer(name: string, fallback: number, bounds?: Bounds): number;
  /** Milliseconds. */
  duration(name: string, fallback: number, bounds?: Bounds): number;
  oneOf<T extends string>(name: string, fallback: T, choices: readonly T[]): T;
  /** Adds a problem that the caller found in an input. */
  problem(name: string, text: string): void;
  /** Adds a problem in words of its own. */
  add(problem: Problem): void;
  /** Throws one SluiceError with every problem so far. */
  check(): void;
}

const LONGEST_SHOWN = 60;

/** `get` answers with the text of an input, empty where it was not given. */
export function inputReader(get: (name: string) => string): InputReader {
  const problems: Problem[] = [];
  const problem = (name: string, text: string): void => {
    problems.push({ message: `Input ${name}: ${text}.` });
  };
  const textOf = (name: string): string => get(name).trim();

  const parsed = <T>(name: string, fallback: T, parse: (text: string) => Parsed<T>): T => {
    const text = textOf(name);
    if (text === '') return fallback;
    const result = parse(text);
    if ('value' in result) return result.value;
    problem(name, `${shown(text)} is not allowed; give ${result.allowed}`);
    return fallback;
  };
  const demanded = <T extends { length: number }>(name: string, value: T): T => {
    if (value.length === 0) problem(name, 'required, and not given');
    return value;
  };

  return {
    text: name => textOf(name) || undefined,
    required: name => demanded(name, textOf(name)),
    lines: name => parseLines(textOf(name)),
    requiredLines: name => demanded(name, parseLines(textOf(name))),
    boolean: (name, fallback) => parsed(name, fallback, parseBoolean),
    integer: (name, fallback, bounds) => parsed(name, fallback, text => parseInteger(text, bounds)),
    duration: (name, fallback, bounds) => parsed(name, fallback, text => parseDuration(text, bounds)),
    oneOf: (name, fallback, choices) => parsed(name, fallback, text => parseOneOf(text, choices)),
    problem,
    add: found => {
      problems.push(found);
    },
    check() {
      const [only] = problems;
      if (!only) return;
      const messages = problems.map(({ message }) => message);
      throw new SluiceError('invalid-input', messages.join('\n'), {
        problems,
        hint: 'Nothing was done. Correct the inputs of the step and run again; action.yml describes each of them.',
      });
    },
  };
}

function shown(text: string): string {
  const line = JSON.stringify(text);
  return line.length > LONGEST_SHOWN ? `${line.slice(0, LONGEST_SHOWN)}…` : line;
}
