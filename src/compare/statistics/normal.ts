/** The upper tail of the normal distribution, to the last places of a double wherever that is not smaller than any. */

/**
 * P(Z > z) of a standard normal Z. Near zero by the series of its distribution function (Marsaglia 2004), further out by
 * Laplace's continued fraction of Mills' ratio, in which nothing cancels.
 */
export function normalTail(z: number): number {
  if (z < 0) return 1 - normalTail(-z);
  const density = Math.exp(-(z ** 2) / 2) / Math.sqrt(2 * Math.PI);
  return z < 3 ? 0.5 - density * oddSeries(z) : density / millsFraction(z);
}

/** z + z^3 / 3 + z^5 / (3 * 5) + ... */
function oddSeries(z: number): number {
  let sum = z;
  for (let term = z, n = 3; term > sum * 1e-17; n += 2) {
    term *= z ** 2 / n;
    sum += term;
  }
  return sum;
}

/** z + 1 / (z + 2 / (z + 3 / ...)); so many terms are enough from 3 on. */
function millsFraction(z: number): number {
  let fraction = z;
  for (let n = 120; n > 0; n--) fraction = z + n / fraction;
  return fraction;
}
