/** Every cell over all tasks of a comparison, by one score that means the same on each. */
import { rng } from '../core/rng.ts';
import type { Entrant } from './contests.ts';
import { solvedAfter } from './outcome.ts';
import {
  bootstrapInterval,
  interquartileMean,
  performanceProfile,
  type Scores,
} from './statistics/interquartile-mean.ts';
import type { Interval } from './statistics/interval.ts';
import { quantile } from './statistics/quantile.ts';

/** A cell over all tasks. */
export interface Overall {
  readonly cell: string;
  /**
   * The interquartile mean of the share of its budget that a trial had left when the task was solved: 0 where it never
   * was, 0.8 where a fifth of the budget was enough.
   */
  readonly budgetLeft: { readonly mean: number } & Interval;
  /** The share of trials that have solved their task by a share of the budget, every task weighing alike. */
  readonly profile: readonly ({ readonly budget: number; readonly solved: number } & Interval)[];
}

/** Of the bootstrap: it draws the same whatever else a comparison does. */
const SEED = 1;
const RESAMPLES = 2000;
/** The profile at so many equal steps of the budget, which is as often as a trial is evaluated. */
const STEPS = 50;

/**
 * Sums up cells over tasks; cells that lack a trial on one of them are left out.
 * @param entrants of every cell on every task
 * @param budgets of each task, in sequences
 */
export function overallOf(
  entrants: readonly Entrant[],
  budgets: Readonly<Record<string, number>>,
): Overall[] {
  const cells = [...new Set(entrants.map(({ cell }) => cell))];
  return cells.flatMap((cell) => {
    const own = entrants.filter((one) => one.cell === cell);
    if (own.some(({ outcomes }) => outcomes.length === 0)) return [];
    const scores = own.map(({ task, outcomes }) =>
      outcomes.map((outcome) => Math.max(0, 1 - solvedAfter(outcome) / budgets[task]!)),
    );
    return [{ cell, ...summed(scores, cell) }];
  });
}

function summed(scores: Scores, cell: string): Omit<Overall, 'cell'> {
  const middle = (runs: Scores) => interquartileMean(runs.flat());
  const random = rng(SEED, `bootstrap ${cell}`);
  const mean = bootstrapInterval(scores, middle, { random, resamples: RESAMPLES });
  return { budgetLeft: { mean: middle(scores), ...mean }, profile: profileOf(scores, cell) };
}

/** A trial that has solved its task by a share of the budget has more left than the rest, or just as much. */
function profileOf(scores: Scores, cell: string): Overall['profile'] {
  const budgets = Array.from({ length: STEPS + 1 }, (_, i) => i / STEPS);
  const thresholds = budgets.map((budget) => Math.max(0, 1 - budget - 1e-9));
  const random = rng(SEED, `profile ${cell}`);
  const drawn = Array.from({ length: RESAMPLES / 4 }, () =>
    performanceProfile(
      scores.map((runs) => runs.map(() => runs[random.integer(runs.length)]!)),
      thresholds,
    ),
  );
  const solved = performanceProfile(scores, thresholds);
  return budgets.map((budget, i) => {
    const at = drawn.map((profile) => profile[i]!);
    return { budget, solved: solved[i]!, low: quantile(at, 0.025), high: quantile(at, 0.975) };
  });
}
