/** The value below which a share of a sample lies. */

/**
 * Between the two nearest values in proportion (definition 7 of Hyndman and Fan 1996, that of R and numpy).
 * @param values at least one, none of them NaN; infinite ones are of the sample, too
 * @param share from 0 to 1: 0.5 is the median
 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const [low, high] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  return low === high ? low : low + (high - low) * (at - Math.floor(at));
}
