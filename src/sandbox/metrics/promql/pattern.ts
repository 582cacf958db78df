/** What JavaScript reads otherwise than Go's RE2, or RE2 does not have. */
const UNLIKE: readonly (readonly [RegExp, string])[] = [
  [/(?<!\\)\(\?(?!i?:)/, 'a group such as (?= or (?P<name>'],
  [/\[:\^?\w+:\]/, 'a class such as [:alpha:]'],
];
/** One character, escaped or not. */
const CHARACTER = /\\?./gsu;
const MEANINGFUL_LETTERS = 'dDwWbBnrtfv';
const MEANINGFUL_SIGNS = '^$\\.*+?()[]{}|/';

/**
 * An expression of RE2 that must fit a whole label value, as one of JavaScript; text says what in it is not supported. Only what
 * both read the same is taken: classes, groups, alternatives, repetitions, and `(?i)` at the beginning.
 */
export function wholePattern(expression: string): RegExp | string {
  const ignoresCase = expression.startsWith('(?i)');
  const body = ignoresCase ? expression.slice('(?i)'.length) : expression;
  const unlike = UNLIKE.find(([pattern]) => pattern.test(body));
  if (unlike) return unlike[1];
  let source = '';
  let inClass = false;
  for (const [part] of body.matchAll(CHARACTER)) {
    const escaped = part.length > 1 && part.startsWith('\\') ? part.slice(1) : undefined;
    if (escaped !== undefined && /[A-Za-z0-9]/.test(escaped) && !MEANINGFUL_LETTERS.includes(escaped))
      return `the escape sequence ${part}`;
    // RE2 takes any sign behind a backslash for itself; JavaScript only those that mean something where they are.
    const isLoose =
      escaped !== undefined &&
      !/[A-Za-z0-9]/.test(escaped) &&
      !MEANINGFUL_SIGNS.includes(escaped) &&
      !(inClass && escaped === '-');
    source += isLoose ? escaped : part;
    if (part === '[') inClass = true;
    if (part === ']') inClass = false;
  }
  try {
    return new RegExp(`^(?:${source})$`, ignoresCase ? 'iu' : 'u');
  } catch {
    return `the regular expression ${JSON.stringify(expression)}`;
  }
}
