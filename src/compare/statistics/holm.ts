/** Several tests at once: the chance of a single false alarm among them all stays what it is for one. */

/**
 * Holm's adjusted p (1979): with p_(1) <= ... <= p_(m), max over j <= i of min(1, (m - j + 1) p_(j)). Whatever is below
 * 0.05 then, no more than one family of tests in twenty in which nothing differs has any.
 * @returns in the order of `values`
 */
export function holm(values: readonly number[]): number[] {
  const adjusted: number[] = [];
  let largest = 0;
  const order = values.map((p, at) => ({ p, at })).sort((a, b) => a.p - b.p);
  for (const [i, { p, at }] of order.entries()) {
    largest = Math.max(largest, Math.min(1, (values.length - i) * p));
    adjusted[at] = largest;
  }
  return adjusted;
}
