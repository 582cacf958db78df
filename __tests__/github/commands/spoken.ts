import fc from 'fast-check';
import type { SpokenCommand } from '../../../src/github/commands/parse.ts';

const release = fc.option(fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,47}[a-z0-9])?$/), { nil: undefined });

/** Any command that a person can say. */
export const anyCommand: fc.Arbitrary<SpokenCommand> = fc
  .oneof(
    fc.record({
      verb: fc.constant('promote' as const),
      sha: fc.option(fc.stringMatching(/^[0-9a-f]{7,40}$/), { nil: undefined }),
      upTo: fc.option(fc.oneof(fc.integer({ min: 1, max: 100 }), fc.constant('full' as const)), { nil: undefined }),
      release,
    }),
    fc.record({
      verb: fc.constant('rollback' as const),
      revision: fc.option(fc.integer({ min: 1, max: 999_999_999 }), { nil: undefined }),
      release,
    }),
    fc.record({ verb: fc.constantFrom('reject', 'pause', 'resume', 'status', 'help'), release }),
  )
  .map(parts => {
    const { upTo, ...rest } = { upTo: undefined, ...parts };
    const aim = upTo === undefined ? {} : upTo === 'full' ? { full: true } : { to: upTo };
    return JSON.parse(JSON.stringify({ ...rest, ...aim })) as SpokenCommand;
  });

/** One of the many ways to write a command: `choose` picks among them, in any order of the arguments. */
export function written(command: SpokenCommand, prefix: string, choose: <T>(...ways: T[]) => T): string {
  const quote = (text: string): string => choose(text, `"${text}"`, `'${text}'`, `“${text}”`, `‘${text}’`);
  const option = (name: string, value?: string): string => {
    const dash = choose('--', '—', '–');
    const written = choose(name, name.toUpperCase());
    return value === undefined
      ? `${dash}${written}`
      : `${dash}${written}${choose('=', ' ', '\t', '\u00a0')}${quote(value)}`;
  };
  const { verb, sha, to, full, revision, release } = command;
  const parts = [
    ...(sha ? [quote(choose(sha, sha.toUpperCase()))] : []),
    ...(to ? [option('to', choose(`${to}`, `${to}%`))] : []),
    ...(full ? [option('full')] : []),
    ...(revision ? [quote(`${revision}`)] : []),
    ...(release ? [option('release', choose(release, release.toUpperCase()))] : []),
  ];
  if (choose(true, false)) parts.reverse();
  const said = choose(verb, `${verb[0]?.toUpperCase()}${verb.slice(1)}`, verb.toUpperCase());
  const between = /[a-z0-9]$/i.test(prefix) ? choose(' ', '  ') : '';
  return (
    [`${choose('', '\n', '\r\n \n')}${choose('', '  ')}${prefix}${between}${said}`, ...parts].join(choose(' ', '  ')) +
    choose('', ' ', '\nand more', '\r\n> quoted')
  );
}
