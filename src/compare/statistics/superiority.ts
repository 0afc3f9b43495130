/**
 * How large a difference is, whatever its p: the chance that a value of one sample lies below one of another (A of Vargha
 * and Delaney 2000, the area under the ROC curve). Cliff's delta is 2 A - 1.
 */
import { type Interval, NORMAL_95 } from './interval.ts';

/** The chance that a value of x is smaller than one of y, ties half, and its 95 % interval. */
export interface Superiority extends Interval {
  readonly chance: number;
}

/**
 * A = P(x < y) + P(x = y) / 2 with Newcombe's interval (2006, method 5): all A whose own standard error leaves the
 * observed one within 1.96 of them,
 *   |A' - A| <= z sqrt(A (1 - A) (1 + N ((1 - A) / (2 - A) + A / (1 + A))) / (n m)),  N = (n + m) / 2 - 1.
 * Unlike an interval by the standard error of A' itself it has a width where the samples do not overlap.
 * @param x, @param y at least one value each, none of them NaN; infinite ones tie with each other
 */
export function superiority(x: readonly number[], y: readonly number[]): Superiority {
  const pairs = x.length * y.length;
  let smaller = 0;
  for (const a of x) for (const b of y) smaller += a < b ? 1 : a === b ? 0.5 : 0;
  const chance = smaller / pairs;
  const others = (x.length + y.length) / 2 - 1;
  const reaches = (a: number) =>
    Math.abs(chance - a) <=
    NORMAL_95 * Math.sqrt((a * (1 - a) * (1 + others * ((1 - a) / (2 - a) + a / (1 + a)))) / pairs);
  return {
    chance,
    low: chance === 0 ? 0 : furthest(chance, 0, reaches),
    high: chance === 1 ? 1 : furthest(chance, 1, reaches),
  };
}

/** The last place from `inside` toward `outside` that is still reached, by halving what lies between. */
function furthest(inside: number, outside: number, reaches: (at: number) => boolean): number {
  let [last, beyond] = [inside, outside];
  for (let halving = 0; halving < 60; halving++) {
    const middle = (last + beyond) / 2;
    if (reaches(middle)) last = middle;
    else beyond = middle;
  }
  return last;
}
