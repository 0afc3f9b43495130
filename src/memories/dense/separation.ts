/**
 * How sharply overlaps with stored patterns are told apart. The energy of spins is -sum_mu F(xi_mu . s):
 *   power n        F(x) = max(x, 0)^n, or x^n unrectified, which n = 2 must be to be Hopfield's   (Krotov, Hopfield 2016)
 *   exponential b  F(x) = exp(b x)                                                              (Demircigil et al. 2017)
 * Overlaps of spins are whole numbers from -N to N. F is a table of them, in units of N so that no power overflows;
 * exponentials are taken relative to the largest overlap at the time, which changes no comparison.
 */

/** The separation of a memory: of spins by power or exponential, of real vectors by the softmax of beta x . xi. */
export type Separation =
  | { readonly power: number; readonly rectified: boolean }
  | { readonly exponential: number }
  | { readonly beta: number };

/** F of whole overlaps. */
export interface OverlapTable {
  /** Whether F is taken at overlaps less the largest of them. */
  readonly relative: boolean;
  /** F(x) at `values[x + offset]`. */
  readonly values: Float64Array;
  readonly offset: number;
}

/** The table for N spins. */
export function overlapTable(separation: Exclude<Separation, { beta: number }>, units: number): OverlapTable {
  if ('exponential' in separation) {
    // Relative to the largest overlap, others are from -2N to 2: a flip is looked at one step ahead.
    const values = Float64Array.from({ length: 2 * units + 5 }, (_, at) =>
      Math.exp(separation.exponential * (at - 2 * units - 2)),
    );
    return { relative: true, values, offset: 2 * units + 2 };
  }
  const { power, rectified } = separation;
  const values = Float64Array.from({ length: 2 * units + 3 }, (_, at) => {
    const share = (at - units - 1) / units;
    return rectified && share < 0 ? 0 : share ** power;
  });
  return { relative: false, values, offset: units + 1 };
}
