import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseComment, type Spoken, VERBS } from '../../../src/github/commands/parse.ts';
import { anyCommand, written } from './spoken.ts';

const kindOf = (body: string): Spoken['kind'] => parseComment(body, '/').kind;

function chosen<T>(ways: readonly T[], numbers: fc.Stream<number>): T {
  return ways[(numbers.next().value ?? 0) % ways.length] as T;
}

/** Much of what means something to markdown, HTML, workflow commands, shells, terminals and people. */
const piece = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      ...VERBS.map(verb => `/${verb}`),
      '/sluice ',
      '/',
      '--to',
      '--full',
      '--release',
      'web',
      '50',
      'abc1234',
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ' ',
      '  ',
      '    ',
      '\n',
      '\r\n',
      '\r',
      '\t',
      '\u00a0',
      '\u200b',
      '\u2028',
      '\u0000',
      '\u0085',
      '=',
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '"',
      "'",
      '“',
      '”',
      '‘',
      '’',
      '—',
      '–',
      '> ',
      '```\n',
      '`',
      '$(rm -rf /)',
      '$'.concat('{{ github.token }}'),
      '@acme/all',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '::set-output name=x::',
      '::error::',
      '##[group]',
      '<!--',
      '-->',
      '<details>',
      '<b>',
      '|',
      '\u001b[31m',
      '\u202e',
      '\ufeff',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'е',
      'о',
      '\u212a',
      'ſ',
      'ı',
      '／',
      'Promote',
      'REJECT',
      '\ud800',
      '😀',
      '.',
      '!',
      ':',
      '%',
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }) },
);
/** A slip in the verb, or anything anywhere. */
const slip = fc.oneof(
  fc.record({ at: fc.nat(12), cut: fc.nat(1), put: fc.constantFrom('', 'e', 'o', 't', 's') }),
  fc.record({ at: fc.nat(60), cut: fc.nat(3), put: piece }),
);
const mutated = fc
  .tuple(anyCommand, fc.infiniteStream(fc.nat(11)), slip)
  .map(([command, numbers, { at, cut, put }]) => {
    const text = written(command, '/', (...ways) => chosen(ways, numbers));
    return `${text.slice(0, at)}${put}${text.slice(at + cut)}`;
  });
const anyBody = fc.oneof(
  fc.array(piece, { maxLength: 12 }).map(parts => parts.join('')),
  mutated,
);

/** What a command line looks like, said without the code. */
const COMMAND =
  /^(?:[ \t]*(?:\r\n|\r|\n))* {0,3}\/(promote|reject|pause|resume|rollback|status|help)[.,:;!]*(?=[\s]|$)([^\r\n]*)/i;

describe('whatever is written', () => {
  it('is no command that the first line has not', () => {
    const seen = { command: 0, 'bad-arguments': 0, 'near-miss': 0, none: 0 };
    fc.assert(
      fc.property(anyBody, body => {
        const spoken = parseComment(body, '/');
        seen[spoken.kind] += 1;
        const [, verb, rest = ''] = COMMAND.exec(body) ?? [];
        if (spoken.kind === 'command') {
          const { command } = spoken;
          expect(command.verb).toBe(verb?.toLowerCase());
          for (const value of [command.sha, command.to, command.revision, command.release])
            if (value !== undefined) expect(rest.toLowerCase()).toContain(`${value}`);
          if (command.full) expect(rest.toLowerCase()).toMatch(/[-–—]full/);
          if (command.to !== undefined) expect(rest.toLowerCase()).toMatch(/[-–—]to/);
          if (command.release !== undefined) expect(rest.toLowerCase()).toMatch(/[-–—]release/);
        }
        if (spoken.kind === 'bad-arguments') {
          expect(spoken.verb).toBe(verb?.toLowerCase());
          expect(spoken.problem.length).toBeLessThanOrEqual(500);
          // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be echoed
          expect(spoken.problem).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u200b\u202e]/);
        }
        if (spoken.kind === 'near-miss') expect(spoken.typed).toMatch(/^[a-z]{4,10}$/);
      }),
      { numRuns: 10_000 },
    );
    // Otherwise nothing was tried.
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(20);
  });

  it('is understood in each way to write a command', () => {
    fc.assert(
      fc.property(
        anyCommand,
        fc.constantFrom('/', '!', '/sluice', '/ship-'),
        fc.infiniteStream(fc.nat(11)),
        (command, prefix, numbers) => {
          const body = written(command, prefix, (...ways) => chosen(ways, numbers));
          expect(parseComment(body, prefix)).toEqual({ kind: 'command', command });
        },
      ),
      { numRuns: 2_000 },
    );
  });

  // What takes more than linear time for its length hangs here, until the test's own time is over.
  it('is read to its end, however long it is, and counts only by its beginning', () => {
    const long = 5_000_000;
    const bodies = ['\n', ' \n', ' ', '"', "'a ", '="', '“ ', '--to=', 'a', '\u00a0', '/', 'a=', '-—'].flatMap(part => {
      const text = part.repeat(long / part.length);
      return [
        text,
        `/promote ${text}`,
        `/reject ${text}`,
        `/promote ${text.slice(0, 9_900)}`,
        `/reject ${text.slice(0, 9_900)}`,
      ];
    });
    for (const body of bodies) expect(parseComment(body, '/')).toEqual(parseComment(body.slice(0, 20_000), '/'));
  });

  it('counts only as far as it is looked at, and never half a word', () => {
    expect(kindOf(`${'\n'.repeat(9_992)}/promote`)).toBe('command');
    expect(kindOf(`${'\n'.repeat(9_992)}/promote123`)).toBe('none');
    expect(kindOf(`${'\n'.repeat(9_989)}/rollback 12`)).toBe('none');
    expect(kindOf(`/promote${' '.repeat(9_985)}abc1234f`)).toBe('none');
    expect(kindOf(`${'\n'.repeat(10_001)}/promote`)).toBe('none');
    expect(kindOf(`/promote\n${'x'.repeat(100_000)}`)).toBe('command');
  });
});
