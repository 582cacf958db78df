import { describe, expect, it } from '@jest/globals';
import { parseComment, type Spoken, type SpokenCommand } from '../../../src/github/commands/parse.ts';

function commandOf(body: string, prefix = '/'): SpokenCommand {
  const spoken = parseComment(body, prefix);
  if (spoken.kind !== 'command') throw new Error(`${JSON.stringify(body)} is ${JSON.stringify(spoken)}`);
  return spoken.command;
}

function problemOf(body: string): string {
  const spoken = parseComment(body, '/');
  if (spoken.kind !== 'bad-arguments') throw new Error(`${JSON.stringify(body)} is ${JSON.stringify(spoken)}`);
  return spoken.problem;
}

const kindOf = (body: string, prefix = '/'): Spoken['kind'] => parseComment(body, prefix).kind;

/** What other tools are told in comments, words that look like verbs, and the beginnings of paths. */
const OTHERS = [
  'retest approve lgtm hold unhold rebase merge close reopen assign unassign cc uncc test ok-to-test',
  'restart deploy helm state start stop run rerun retry revert reset release review remove rename',
  'refresh rollout cherry-pick override skip kind label area priority triage milestone lifecycle',
  'project plan apply preview publish cancel build shrug joke hel hlep helpp halp use clause please',
  'assume r prod tmp etc usr proc home',
].flatMap(line => line.split(' '));

describe('a command', () => {
  it.each<[string, SpokenCommand]>([
    ['/promote', { verb: 'promote' }],
    ['/promote abc1234', { verb: 'promote', sha: 'abc1234' }],
    ['/promote ABC1234', { verb: 'promote', sha: 'abc1234' }],
    ['/promote --to 50', { verb: 'promote', to: 50 }],
    ['/promote --to=50%', { verb: 'promote', to: 50 }],
    ['/promote --full abc1234 --release web', { verb: 'promote', sha: 'abc1234', full: true, release: 'web' }],
    ['/promote --release "web" \'abc1234\'', { verb: 'promote', sha: 'abc1234', release: 'web' }],
    ['/promote —to “50”', { verb: 'promote', to: 50 }],
    ['/promote –full', { verb: 'promote', full: true }],
    ['/promote --release=„web“', { verb: 'promote', release: 'web' }],
    ['/promote --to « 50 »', { verb: 'promote', to: 50 }],
    ['/promote\u3000--full', { verb: 'promote', full: true }],
    ['/rollback', { verb: 'rollback' }],
    ['/rollback 12', { verb: 'rollback', revision: 12 }],
    ['/Rollback 12 --Release Web', { verb: 'rollback', revision: 12, release: 'web' }],
    ['/status --release web', { verb: 'status', release: 'web' }],
    ['/HELP', { verb: 'help' }],
  ])('%j', (body, command) => {
    expect(commandOf(body)).toEqual(command);
  });

  it.each([
    '\n\n/reject',
    '  \n\t\n/reject',
    '\r\n/reject',
    '   /reject',
    '/reject\nbecause',
    '/reject\r\nbecause',
    '/reject \t',
  ])('is the first line that anybody sees: %j', body => expect(commandOf(body)).toEqual({ verb: 'reject' }));

  it.each([
    ...['    /reject', '\t/reject', ' \t/reject', '\n    /reject'],
    ...[
      '> /reject',
      '- /reject',
      '`/reject`',
      '**/reject**',
      '```\n/reject\n```',
      '~~~\n/reject',
      '<!-- x -->\n/reject',
    ],
    ...['please\n/reject', 'please /reject', '/ reject', '//reject', 'reject', '', '/', '\\/reject', '[x]\n/reject'],
  ])('is not what is quoted, code, or on a later line: %j', body => expect(kindOf(body)).toBe('none'));

  it.each(['/promote.', '/promote!', '/Promote!!', '/promote. '])('may end as a sentence does: %j', body =>
    expect(commandOf(body)).toEqual({ verb: 'promote' }),
  );

  it.each([
    '/promote?',
    '/reject?',
    '/promote/x',
    '/status/health',
    '/promote-it',
    '/promote_it',
    '/promote2',
    '/promote=1',
  ])('is no question, path or longer word: %j', body => expect(kindOf(body)).toBe('none'));

  it.each([
    ...[
      '/prоmote',
      '/rеject',
      '/ｐromote',
      '/rollbac\u212a',
      '/\u017ftatus',
      '/statu\u017f',
      '/prom\u200bote',
      '/promote\u200b',
    ],
    ...[
      '\u200b/promote',
      '\ufeff/promote',
      '/promote\u0000',
      '/\u0000promote',
      '/\u202epromote',
      '/promote\u2028',
      '/promote\u0085',
    ],
    ...[
      '/promote\v',
      '/promote\u001b[0m',
      '/pro\u00admote',
      '\u00a0/promote',
      '/p\u0301romote',
      '／promote',
      '∕promote',
    ],
  ])('is plain ASCII alone: %j', body => expect(kindOf(body)).toBe('none'));
});

describe('the words after reject and pause', () => {
  it.each<[string, SpokenCommand]>([
    ['/reject it crashes', { verb: 'reject' }],
    ["/reject: it's down — don't promote 'abc", { verb: 'reject' }],
    ['/reject, and --full of errors', { verb: 'reject' }],
    ['/reject this --release web now', { verb: 'reject', release: 'web' }],
    ['/pause until “Monday”', { verb: 'pause' }],
    ['/pause abc1234', { verb: 'pause' }],
  ])('do not keep it from being done: %j', (body, command) => {
    expect(commandOf(body)).toEqual(command);
  });

  it.each([
    '/reject --release',
    '/reject --release=',
    '/reject --release a_b',
    `/reject --release ${'a'.repeat(51)}`,
    '/reject --release a --release b',
  ])('must say which release, if they speak of one: %j', body => expect(problemOf(body)).toMatch(/--release/));
});

describe('bad arguments', () => {
  it.each([
    [
      '/promote now',
      '"now" is not understood: promote takes a commit of 7 to 40 hexadecimal digits, --to with a weight from 1 to 100 or --full, and --release with a name.',
    ],
    ['/promote abc12', '"abc12" is no commit: give 7 to 40 of its hexadecimal digits.'],
    [`/promote ${'a'.repeat(41)}`, `"${'a'.repeat(41)}" is no commit: give 7 to 40 of its hexadecimal digits.`],
    ['/promote abc1234 def5678', 'promote takes one commit, and a second one was given: "def5678".'],
    ['/promote --to', '--to asks for a weight from 1 to 100, and none was given.'],
    ['/promote --to --full', '--to asks for a weight from 1 to 100, and none was given.'],
    ['/promote --to 0', '--to asks for a weight from 1 to 100, and "0" was given.'],
    ['/promote --to 101', '--to asks for a weight from 1 to 100, and "101" was given.'],
    ['/promote --to 12.5', '--to asks for a weight from 1 to 100, and "12.5" was given.'],
    ['/promote --to -5', '--to asks for a weight from 1 to 100, and none was given.'],
    ['/promote --to 5 --to 6', '--to may be given once, and it was given twice.'],
    ['/promote --full --full', '--full may be given once, and it was given twice.'],
    ['/promote --full=yes', '--full takes no value, and "yes" was given.'],
    [
      '/promote --to 5 --full',
      '--to and --full exclude each other: give --to to stop waiting up to a weight, or --full to go to the end.',
    ],
    ['/promote --release a --release b', '--release may be given once, and it was given twice.'],
    [
      '/promote --release We\u212a',
      '--release asks for the name of a release, which has small letters, digits and hyphens, and "We\u212a" was given.',
    ],
    ['/rollback v3', '"v3" is not understood: rollback takes the number of a revision, and --release with a name.'],
    ['/rollback 0', '"0" is not understood: rollback takes the number of a revision, and --release with a name.'],
    ['/rollback 3 4', 'rollback takes one revision, and a second one was given: "4".'],
    [
      '/rollback --to 3',
      '"--to" is not understood: rollback takes the number of a revision, and --release with a name.',
    ],
    ['/resume --full', '"--full" is not understood: resume takes only --release with a name.'],
    ['/status endpoint is down', '"endpoint" is not understood: status takes only --release with a name.'],
    [
      '/promote, please',
      '"," is not understood: promote takes a commit of 7 to 40 hexadecimal digits, --to with a weight from 1 to 100 or --full, and --release with a name.',
    ],
    ['/status \u200b', '"[U+200B]" is not understood: status takes only --release with a name.'],
    ['/help "me', '""me" is not understood: help takes only --release with a name.'],
  ])('%j', (body, problem) => {
    expect(problemOf(body)).toBe(problem);
  });

  it('are quoted with at most 60 characters', () => {
    expect(problemOf(`/status ${'x'.repeat(500)}`)).toContain(`"${'x'.repeat(59)}…"`);
  });

  it.each(['/promote -- abc1234', '/promote --dry-run', '/promote -full', '/promote — full'])('%j', body =>
    expect(problemOf(body)).toMatch(/is not understood/),
  );
});

describe('the prefix', () => {
  it('that ends in a letter or digit is a word of its own', () => {
    for (const prefix of ['/sluice', '/shop2', '!déploiement', '@é']) {
      expect(commandOf(`${prefix} promote --full`, prefix)).toEqual({ verb: 'promote', full: true });
      expect(kindOf(`${prefix}promote`, prefix)).toBe('none');
      expect(kindOf(prefix, prefix)).toBe('none');
      expect(kindOf('/promote', prefix)).toBe('none');
    }
    expect(commandOf('/Sluice  Promote', '/sluice')).toEqual({ verb: 'promote' });
    expect(kindOf('/\u017fluice promote', '/sluice')).toBe('none');
    expect(kindOf('/\u212aube promote', '/kube')).toBe('none');
  });

  it('stands right before the verb otherwise', () => {
    for (const prefix of ['!', '/ship-', '.', '/sluice:']) {
      expect(commandOf(`${prefix}promote`, prefix)).toEqual({ verb: 'promote' });
      expect(kindOf(`${prefix} promote`, prefix)).toBe('none');
      expect(kindOf('/promote', prefix)).toBe('none');
    }
  });

  it('is a slash unless said otherwise, and never nothing', () => {
    expect(parseComment('/promote')).toEqual({ kind: 'command', command: { verb: 'promote' } });
    expect(kindOf('promote', '')).toBe('none');
  });
});

describe('a near miss', () => {
  it.each([
    ...[
      ['/promot', 'promote'],
      ['/Pormote', 'promote'],
      ['/promtoe abc', 'promote'],
      ['/promotes', 'promote'],
    ],
    ...[
      ['/rejct', 'reject'],
      ['/rejetc.', 'reject'],
      ['/rollbcak', 'rollback'],
      ['/rolback', 'rollback'],
      ['/pasue', 'pause'],
    ],
    ...[
      ['/paused', 'pause'],
      ['/resum', 'resume'],
      ['/stauts', 'status'],
      ['/stats', 'status'],
    ],
  ])('%s is almost %s', (body = '', meant) => {
    expect(parseComment(body, '/')).toEqual({
      kind: 'near-miss',
      typed: /[a-z]+/.exec(body.toLowerCase())?.[0],
      meant,
    });
  });

  it.each(OTHERS)('/%s is not ours', word => {
    expect(kindOf(`/${word}`)).toBe('none');
    expect(kindOf(`/${word} all of it`)).toBe('none');
  });
});
