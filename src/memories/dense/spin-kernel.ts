/**
 * Spins among dense patterns: a unit takes the value for which sum_mu F(xi_mu . s) is larger, the others as they are
 * (Krotov and Hopfield 2016, eq. 3). The P overlaps are kept and changed by 2 xi_i with every flip: a sweep costs N P.
 */
import type { Rng } from '../../core/rng.ts';
import type { OverlapTable } from './separation.ts';

/** Patterns, one a row. */
export interface Rows {
  readonly count: number;
  readonly width: number;
  /** [P,N] and room for more */
  readonly values: Float32Array;
}

/** x . xi_mu of all patterns. */
export function products({ count, width, values }: Rows, x: Float64Array): Float64Array {
  return Float64Array.from({ length: count }, (_, mu) => {
    const row = mu * width;
    let [a, b] = [0, 0];
    let i = 0;
    for (; i + 1 < width; i += 2) {
      a += values[row + i]! * x[i]!;
      b += values[row + i + 1]! * x[i + 1]!;
    }
    return i < width ? a + b + values[row + i]! * x[i]! : a + b;
  });
}

/** What settling of spins begins with. */
export interface SpinStart {
  readonly rows: Rows;
  readonly table: OverlapTable;
  /** Changed in place; zeros take a value when their turn comes. */
  readonly state: Float64Array;
  readonly known?: Uint8Array | undefined;
  readonly order: Uint32Array;
  readonly rng: Rng;
  readonly maxSweeps: number;
}

/** Settles, unit by unit in this order; a unit that gains nothing stays. */
export function settleSpins(start: SpinStart): { readonly steps: number; readonly settled: boolean } {
  const { rows, state, known, order, rng, maxSweeps } = start;
  const overlaps = products(rows, state);
  for (let sweep = 1; sweep <= maxSweeps; sweep++) {
    let moved = false;
    for (const i of order) {
      const spin = state[i]!;
      if (known?.[i] === 1) continue;
      const gain = gainOf(start, overlaps, i, spin);
      const next = gain > 0 ? 1 : gain < 0 ? -1 : spin === 0 ? (rng.uniform() < 0.5 ? -1 : 1) : spin;
      if (next === spin) continue;
      state[i] = next;
      for (let mu = 0, at = i; mu < rows.count; mu++, at += rows.width)
        overlaps[mu]! += (next - spin) * rows.values[at]!;
      moved = true;
    }
    if (!moved) return { steps: sweep - 1, settled: true };
  }
  return { steps: maxSweeps, settled: false };
}

/** sum_mu F with the unit at 1, less F with it at -1. */
function gainOf({ rows, table }: SpinStart, overlaps: Float64Array, i: number, spin: number): number {
  const { count, width, values: patterns } = rows;
  const { values, offset, relative } = table;
  const origin = relative ? offset - largest(overlaps) : offset;
  let gain = 0;
  for (let mu = 0, at = i; mu < count; mu++, at += width) {
    const xi = patterns[at]!;
    const others = overlaps[mu]! - xi * spin + origin;
    gain += xi * (values[others + 1]! - values[others - 1]!);
  }
  return gain;
}

function largest(values: Float64Array): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) most = Math.max(most, values[i]!);
  return most;
}
