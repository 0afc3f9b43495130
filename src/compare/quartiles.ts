/** The middle half of a sample of which some may be infinite. */
import { quantile } from './statistics/quantile.ts';

/** The middle half; null where so many did not come to an end. */
export interface Quartiles {
  readonly first: number | null;
  readonly median: number | null;
  readonly third: number | null;
}

/** Of a sample; null where a quartile is not finite, or there is none. */
export function quartilesOf(values: readonly number[]): Quartiles {
  if (values.length === 0) return { first: null, median: null, third: null };
  const at = (share: number) => finite(quantile(values, share));
  return { first: at(0.25), median: at(0.5), third: at(0.75) };
}

/** Null for what is not finite, which JSON has no word for. */
export function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
