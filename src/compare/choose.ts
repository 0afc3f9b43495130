/** Which point of a search a cell is compared with. */

import { bestOf, solvedAfter, type TrialOutcome } from './outcome.ts';
import type { Choice, Plan } from './plan.ts';
import { pairsOf } from './plan.ts';
import type { Outcomes } from './run-trials.ts';
import { quantile } from './statistics/quantile.ts';
import type { Trial } from './trial.ts';

/** A point that was searched, and how it did over its seeds. */
export interface Scored extends Choice {
  readonly trials: number;
  readonly solved: number;
  /** Median over its seeds; infinite where half of them did not solve the task. */
  readonly solvedAfter: number;
  /** Median of the best value of each seed, in the task's first measure; infinite where half of them have none. */
  readonly best: number;
}

/** Every point of a search with its score, in the order in which they were tried. */
export function scorePoints(trials: readonly Trial[], outcomes: Outcomes): Scored[] {
  const groups = new Map<string, { choice: Choice; outcomes: TrialOutcome[] }>();
  for (const { id, task, cell, point } of trials) {
    const outcome = outcomes.get(id);
    if (!outcome) continue;
    const key = JSON.stringify([task, cell, point]);
    const group = groups.get(key) ?? { choice: { task, cell, point }, outcomes: [] };
    group.outcomes.push(outcome);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ choice, outcomes: own }) => ({
    ...choice,
    trials: own.length,
    solved: own.filter((outcome) => Number.isFinite(solvedAfter(outcome))).length,
    solvedAfter: quantile(own.map(solvedAfter), 0.5),
    best: quantile(own.map(bestOf), 0.5),
  }));
}

/**
 * The point of each cell on each task that solved most often; of these the one that did so after the fewest sequences,
 * and of these, or where none solved, the one that came to the best value.
 */
export function choose(plan: Plan, scored: readonly Scored[]): Choice[] {
  return pairsOf(plan).map(({ task, cell }) => {
    const own = scored.filter((one) => one.task === task && one.cell === cell);
    const [first] = own.toSorted(
      (a, b) =>
        b.solved / b.trials - a.solved / a.trials ||
        before(a.solvedAfter, b.solvedAfter) ||
        before(a.best, b.best),
    );
    return { task, cell, point: first?.point ?? {} };
  });
}

/** Infinite minus infinite is no number. */
function before(a: number, b: number): number {
  return a === b ? 0 : a - b;
}
