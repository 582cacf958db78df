/**
 * A pattern of RE2 as one of JavaScript. They differ in flags, which RE2 sets for the rest of the pattern (`^(?i)a`), in
 * names of groups and in the ends of the text. Throws a SyntaxError where the pattern is none.
 */
export function goRegExp(pattern: string): RegExp {
  const text = pattern.replaceAll('\\A', '^').replaceAll('\\z', '$').replaceAll('(?P<', '(?<');
  const [, before = text, flags, after = ''] = /^([\s\S]*?)\(\?([ims]+)\)([\s\S]*)$/.exec(text) ?? [];
  return new RegExp(flags === undefined ? text : `${before}(?${flags}:${after})`, unicodeIn(text) ? 'u' : '');
}

/** JavaScript reads `\p{…}` and code points above 0xFFFF only with the flag, under which harmless escapes are errors. */
const unicodeIn = (text: string): boolean => /\\p\{|[\u{10000}-\u{10FFFF}]/u.test(text);
