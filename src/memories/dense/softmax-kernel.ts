/**
 * Real vectors among dense patterns: the continuous Hopfield network of Ramsauer et al. 2020, which is attention.
 *   p = softmax(beta X x)      x <- X' p      E(x) = -lse(beta, X x) + |x|^2 / 2 + ln P / beta + M^2 / 2
 * M is the largest |xi|; then 0 <= E <= 2 M^2 where |x| <= M (their eq. 2 and appendix A). No update raises E.
 */
import { products, type Rows } from './spin-kernel.ts';

/** softmax(beta X x), [P] */
export function softmaxWeights(rows: Rows, beta: number, x: Float64Array): Float64Array {
  const weights = products(rows, x);
  const { total } = exponentials(weights, beta);
  for (let mu = 0; mu < weights.length; mu++) weights[mu]! /= total;
  return weights;
}

/** Puts exp(beta (a - max a)) for every a. */
function exponentials(values: Float64Array, beta: number): { readonly most: number; readonly total: number } {
  let most = Number.NEGATIVE_INFINITY;
  for (const value of values) most = Math.max(most, value);
  let total = 0;
  for (let mu = 0; mu < values.length; mu++) {
    const share = Math.exp(beta * (values[mu]! - most));
    values[mu] = share;
    total += share;
  }
  return { most, total };
}

/** lse(beta, a) = ln(sum exp(beta a)) / beta */
export function logSumExp(values: Float64Array, beta: number): number {
  const { most, total } = exponentials(values.slice(), beta);
  return most + Math.log(total) / beta;
}

/** X' p: the mean of the rows by these weights, [W] */
export function weighted({ count, width, values }: Rows, weights: Float64Array): Float64Array {
  const sum = new Float64Array(width);
  for (let mu = 0; mu < count; mu++) {
    const share = weights[mu]!;
    if (share === 0) continue;
    for (let i = 0, at = mu * width; i < width; i++, at++) sum[i]! += share * values[at]!;
  }
  return sum;
}

/** E(x) among at least one pattern; `radius` is M. */
export function softmaxEnergy(
  rows: Rows,
  { beta, radius }: { beta: number; radius: number },
  x: Float64Array,
): number {
  const square = x.reduce((sum, value) => sum + value * value, 0);
  return -logSumExp(products(rows, x), beta) + square / 2 + Math.log(rows.count) / beta + radius ** 2 / 2;
}
