/**
 * Whether one sample tends to lie below another (Mann and Whitney 1947), by ranks alone: a time that was not reached is
 * infinite, ties with all others that were not, and nothing else of it is assumed.
 */
import { normalTail } from './normal.ts';

/** What the test found. */
export interface MannWhitney {
  /** How many pairs (x, y) have x > y; a tie is half a pair. */
  readonly u: number;
  /** Two-sided: as far out as this, or further, come so many of all ways to part the pooled values. */
  readonly p: number;
  /** The smallest p that samples of these sizes can have: at best every x lies below every y. */
  readonly smallestP: number;
}

/** Up to so many values together all partitions are counted; beyond, the normal distribution is as good. */
const MOST_COUNTED = 60;

/**
 * The two-sided test of Mann and Whitney. With at most 60 values together p is exact, ties or none: the share of the
 * C(n + m, n) equally likely partitions whose sum of midranks is as extreme, twice the smaller tail. With more it is the
 * normal approximation, its variance corrected for ties and its distance from the mean for continuity by 1/2.
 * @param x, @param y at least one value each, none of them NaN; infinite ones tie with each other
 */
export function mannWhitney(x: readonly number[], y: readonly number[]): MannWhitney {
  const [n, m] = [x.length, y.length];
  const pooled = midranksTwice([...x, ...y]);
  const sumTwice = sum(pooled.slice(0, n));
  const u = sumTwice / 2 - (n * (n + 1)) / 2;
  const exact = n + m <= MOST_COUNTED;
  const p = exact ? exactP(pooled, n, sumTwice) : normalP(pooled, n, u);
  return { u, p: Math.min(1, p), smallestP: Math.min(1, 2 / binomial(n + m, n)) };
}

/** Twice the rank of each value, so that the mean rank of those that tie is whole. */
function midranksTwice(values: readonly number[]): number[] {
  const sorted = values.toSorted((a, b) => (a === b ? 0 : a - b));
  const ranks = new Map<number, number>();
  for (let from = 0; from < sorted.length; ) {
    const to = sorted.lastIndexOf(sorted[from]!);
    ranks.set(sorted[from]!, from + to + 2);
    from = to + 1;
  }
  return values.map((value) => ranks.get(value)!);
}

/** Twice the smaller tail of the distribution of the sum of n of these ranks. */
function exactP(ranks: readonly number[], n: number, observed: number): number {
  const counts = sumsOf(ranks, n);
  const below = sum(counts.slice(0, observed + 1));
  const above = sum(counts.slice(observed));
  return (2 * Math.min(below, above)) / sum(counts);
}

/** How many choices of n of these whole numbers have each sum; counts beyond 2^53 are rounded. */
function sumsOf(ranks: readonly number[], n: number): Float64Array {
  const most = sum(ranks.toSorted((a, b) => b - a).slice(0, n));
  const counts = Array.from({ length: n + 1 }, () => new Float64Array(most + 1));
  counts[0]![0] = 1;
  for (const [taken, rank] of ranks.entries())
    for (let size = Math.min(n, taken + 1); size > 0; size--) {
      const [with_, without] = [counts[size]!, counts[size - 1]!];
      for (let total = most; total >= rank; total--) with_[total]! += without[total - rank]!;
    }
  return counts[n]!;
}

/** sigma^2 = n m / 12 (N + 1 - sum of (t^3 - t) / (N (N - 1))) over groups of t that tie. */
function normalP(ranks: readonly number[], n: number, u: number): number {
  const all = ranks.length;
  const product = n * (all - n);
  const groups = new Map<number, number>();
  for (const rank of ranks) groups.set(rank, (groups.get(rank) ?? 0) + 1);
  const ties = sum([...groups.values()].map((t) => t ** 3 - t));
  const deviation = Math.sqrt((product / 12) * (all + 1 - ties / (all * (all - 1))));
  const distance = Math.abs(u - product / 2) - 0.5;
  return deviation === 0 ? 1 : 2 * normalTail(Math.max(0, distance) / deviation);
}

function binomial(n: number, k: number): number {
  let ways = 1;
  for (let i = 1; i <= k; i++) ways *= (n - k + i) / i;
  return ways;
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
