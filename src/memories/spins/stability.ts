/** How firmly couplings hold patterns (Gardner 1988): xi_i h_i / |J_i|, above 0 where the unit stays as it is. */
import { type Couplings, fields } from './couplings.ts';

/** Over all units of all patterns. */
export interface Stability {
  readonly min: number;
  readonly mean: number;
  /** The share of patterns whose units are all stable. */
  readonly stable: number;
}

/** The stability of patterns; of none, 0. */
export function stabilityOf(couplings: Couplings, patterns: readonly Float64Array[]): Stability {
  const { units, weights } = couplings;
  if (patterns.length === 0) return { min: 0, mean: 0, stable: 0 };
  const norms = Float64Array.from({ length: units }, (_, i) => {
    let sum = 0;
    for (let at = i * units; at < (i + 1) * units; at++) sum += weights[at]! ** 2;
    return Math.sqrt(sum) || 1;
  });
  const h = new Float64Array(units);
  let [min, total, stable] = [Number.POSITIVE_INFINITY, 0, 0];
  for (const pattern of patterns) {
    fields(couplings, pattern, h);
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < units; i++) {
      const value = (pattern[i]! * h[i]!) / norms[i]!;
      least = Math.min(least, value);
      total += value;
    }
    min = Math.min(min, least);
    if (least > 0) stable++;
  }
  return { min, mean: total / (patterns.length * units), stable: stable / patterns.length };
}
