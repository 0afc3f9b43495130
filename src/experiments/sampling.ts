/** Patterns and cues that experiments draw. */
import type { Rng } from '../core/rng.ts';

/** A pattern of spins, each as likely -1 as 1. */
export function randomPattern(units: number, rng: Rng): Float64Array {
  return Float64Array.from({ length: units }, () => (rng.uniform() < 0.5 ? -1 : 1));
}

/** So many of them. */
export function randomPatterns(count: number, units: number, rng: Rng): Float64Array[] {
  return Array.from({ length: count }, () => randomPattern(units, rng));
}

/** A pattern with exactly this share of its spins reversed, rounded to whole spins. */
export function flipped(pattern: Float64Array, share: number, rng: Rng): Float64Array {
  const cue = pattern.slice();
  const places = Array.from(cue, (_, i) => i);
  for (let left = Math.round(share * cue.length); left > 0; left--) {
    const [place] = places.splice(rng.integer(places.length), 1);
    cue[place!]! *= -1;
  }
  return cue;
}

/** The mean of numbers. */
export function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

/** The standard error of their mean, 0 of fewer than two. */
export function standardError(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const middle = mean(values);
  const variance = values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1);
  return Math.sqrt(variance / values.length);
}

/** Pearson's correlation. */
export function correlation(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]! - meanA, b[i]! - meanB];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return ab / Math.sqrt(aa * bb);
}

/** The straight line of least squares through points. */
export function fitLine(xs: readonly number[], ys: readonly number[]) {
  const slope = (correlation(xs, ys) * spread(ys)) / spread(xs);
  return { slope, intercept: mean(ys) - slope * mean(xs), rSquared: correlation(xs, ys) ** 2 };
}

function spread(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0));
}

/** The error function's complement, to 1e-7 of itself: Numerical Recipes' Chebyshev fit. */
export function erfc(x: number): number {
  const t = 2 / (2 + Math.abs(x));
  const series = [
    -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587,
    -0.82215223, 0.17087277,
  ];
  const exponent = series.reduceRight((sum, term) => sum * t + term, 0);
  const value = t * Math.exp(-x * x + exponent);
  return x >= 0 ? value : 2 - value;
}
