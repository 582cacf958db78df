/** The text of a float that is a key, as kubectl writes it: the shortest that is the same in 32 bits, in the form of C's `%g`. */
export function floatKey(value: number): string {
  if (Number.isNaN(value)) return '.nan';
  if (Object.is(value, -0)) return '-0';
  const single = Math.fround(value);
  if (!Number.isFinite(single)) return single > 0 ? '.inf' : '-.inf';
  let precision = 1;
  while (precision < 9 && Math.fround(Number(single.toPrecision(precision))) !== single) precision += 1;
  const [digits = '', exponent = '0'] = single.toExponential(precision - 1).split('e');
  const power = Number(exponent);
  // Six is what Go decides by where it looks for the shortest text.
  if (power >= -4 && power < 6) return String(Number(`${digits}e${exponent}`));
  const size = String(Math.abs(power)).padStart(2, '0');
  return `${digits.replace(/\.?0+$/, '') || '0'}e${power < 0 ? '-' : '+'}${size}`;
}
