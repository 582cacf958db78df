import fc from 'fast-check';

/** What has a meaning to markdown, HTML, terminals, runners, GitHub and its bots. */
export const POISON = [
  ...[
    '|',
    '\\',
    '`',
    '```',
    '~~~',
    '<script>',
    '<b>',
    '</td>',
    '</details>',
    '<!--',
    '-->',
    '--!>',
    '&lt;',
    '&#64;octocat',
  ],
  ...[
    '\n',
    '\r\n',
    '\n\n',
    '\u2028',
    '# ',
    '- ',
    '> ',
    '1. ',
    '* ',
    '---',
    '| --- |',
    '**',
    '__',
    '](http://x)',
    '![',
    '[x]',
  ],
  ...[
    '<http://x>',
    '$x$',
    '@octocat',
    '@acme/team',
    'a@b.example',
    '#12',
    'acme/shop#12',
    'GH-3',
    '\u001b[31m',
    '\u0000',
  ],
  ...['\u001b]8;;http://x\u0007', '\u202e', '\u2066', '\ud800', '::set-output name=a::b', '::error::x', '    '],
  ...['\n/promote\n', '\n  /approve', '\n@dependabot merge', '/lgtm', '!promote', '[!CAUTION]', ':tada:'],
  ...[
    'https://github.com/acme/shop/issues/12',
    'https:\u001b[0m//github.com/a/b/pull/3',
    'www.evil.example',
    '_www.x.example',
  ],
  ...[
    'https://github.com/acme/shop/commit/3f9a1c2be0d84b6f9f2f6f3c9f0a7d1e5b8c4a60',
    'ada in https://evil.example/runs/1',
  ],
];
export const hostile: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...POISON) },
      { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }) },
    ),
    {
      maxLength: 8,
    },
  )
  .map(parts => parts.join(''));
