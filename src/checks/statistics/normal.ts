const TERMS = 200;

/** The chance that a standard normal variable is larger than z, to about 14 digits. */
export function upperTail(z: number): number {
  if (z < 0) return 1 - upperTail(-z);
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  return z < 3 ? 0.5 - density * series(z) : density / fraction(z);
}

/** z + z³/3 + z⁵/(3·5) + …: (Φ(z) − ½) by the density. */
function series(z: number): number {
  let term = z;
  let sum = z;
  for (let odd = 3; term > sum * Number.EPSILON; odd += 2) {
    term *= (z * z) / odd;
    sum += term;
  }
  return sum;
}

/** Laplace's continued fraction z + 1/(z + 2/(z + 3/(z + …))): the density by (1 − Φ(z)), for large z, where the series cancels. */
function fraction(z: number): number {
  let value = z;
  for (let term = TERMS; term > 0; term--) value = z + term / value;
  return value;
}
