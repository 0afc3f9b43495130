/**
 * One number for many tasks, and how sure it is (Agarwal et al. 2021, "Deep reinforcement learning at the edge of the
 * statistical precipice", and its library rliable).
 */
import type { Rng } from '../../core/rng.ts';
import type { Interval } from './interval.ts';
import { quantile } from './quantile.ts';

/** Scores of one cell: a list for each task, a number for each run. */
export type Scores = readonly (readonly number[])[];

/**
 * The mean of the middle half: of all scores together the lowest and the highest quarter, rounded down, are left out. A
 * single run weighs less than in a mean, and more than in a median.
 * @param values at least one, all finite
 */
export function interquartileMean(values: readonly number[]): number {
  const cut = Math.floor(values.length / 4);
  const middle = values.toSorted((a, b) => a - b).slice(cut, values.length - cut);
  return middle.reduce((sum, value) => sum + value, 0) / middle.length;
}

/**
 * The 95 % percentile interval of a statistic by stratified bootstrap: the runs of each task are drawn anew, with
 * replacement and as many as there are, so that tasks keep their weight.
 * @param statistic of scores, finite
 */
export function bootstrapInterval(
  scores: Scores,
  statistic: (scores: Scores) => number,
  { random, resamples = 2000 }: { readonly random: Rng; readonly resamples?: number },
): Interval {
  const found = Array.from({ length: resamples }, () =>
    statistic(scores.map((runs) => runs.map(() => runs[random.integer(runs.length)]!))),
  );
  return { low: quantile(found, 0.025), high: quantile(found, 0.975) };
}

/**
 * A performance profile: for each threshold the share of runs that score more, every task weighing alike (Agarwal et
 * al. 2021, after Dolan and More 2002). A profile that lies above another everywhere is the better one.
 */
export function performanceProfile(scores: Scores, thresholds: readonly number[]): number[] {
  const share = (runs: readonly number[], threshold: number) =>
    runs.filter((score) => score > threshold).length / runs.length;
  return thresholds.map(
    (threshold) => scores.reduce((sum, runs) => sum + share(runs, threshold), 0) / scores.length,
  );
}
