import { nearest } from '../manifests/images/nearest.ts';

/** Share of the letters that two names must have in common for one to be taken for a slip of the other. */
const ALIKE = 0.7;
/** No name here has as many letters: a longer text is no slip of one. */
const LONGEST = 40;

/** ` (did you mean strategy?)`, to follow a list of names; empty where none of them looks like what was given. */
export function didYouMean(given: string, names: readonly string[]): string {
  const plain = plainOf(given);
  if (plain === '' || given.length > LONGEST) return '';
  const alike = new Map(names.filter(name => looksLike(plain, plainOf(name))).map(name => [plainOf(name), name]));
  const [best] = nearest(plain, alike.keys());
  return best === undefined ? '' : ` (did you mean ${alike.get(best)}?)`;
}

/** `onFailure` and `on_failure` are `on-failure` to whom the form of the names is new. */
function plainOf(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

function looksLike(given: string, name: string): boolean {
  if (name.startsWith(given) || given.includes(name)) return true;
  const rest = [...name];
  for (const letter of given) {
    const at = rest.indexOf(letter);
    if (at >= 0) rest.splice(at, 1);
  }
  return name.length - rest.length >= ALIKE * Math.max(given.length, name.length);
}
