/** A number as Prometheus' API writes it in vectors: Go's `strconv`, format `f` but `e` for the very large and very small. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : `${value > 0 ? '+' : '-'}Inf`;
  if (Object.is(value, -0)) return '-0';
  // JavaScript changes to exponents at the same places; Go gives them two digits.
  return String(value).replace(/e([+-])(\d)$/, 'e$10$2');
}

/** The same for scalars, which never have an exponent. */
export function plainNumberText(value: number): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(String(value));
  if (!match) return numberText(value);
  const [, sign = '', whole = '', fraction = '', exponent = ''] = match;
  const power = Number(exponent);
  if (power > 0) return `${sign}${whole}${fraction.padEnd(power, '0')}`;
  return `${sign}0.${whole.padStart(-power, '0')}${fraction}`;
}
