/** How a cell learned over all its seeds: the middle half of the values after as many sequences. */
import type { TrialOutcome } from './outcome.ts';
import { type Quartiles, quartilesOf } from './quartiles.ts';

/** Values of all trials after so many sequences; null where so many of them have none that is finite. */
export interface LearningPoint extends Quartiles {
  readonly sequences: number;
}

/**
 * Median and quartiles at every evaluation of any trial. A trial that has ended keeps the value that it ended with, so that
 * one that solved the task early is not missing later on; one that diverged has no finite value from then on, and whoever
 * was not evaluated yet none until then.
 */
export function learningCurve(outcomes: readonly TrialOutcome[]): LearningPoint[] {
  const times = new Set(outcomes.flatMap(({ evaluations }) => evaluations.map(({ sequences }) => sequences)));
  return [...times]
    .sort((a, b) => a - b)
    .map((sequences) => ({
      sequences,
      ...quartilesOf(outcomes.map((outcome) => valueAt(outcome, sequences))),
    }));
}

function valueAt({ evaluations, ending }: TrialOutcome, sequences: number): number {
  const last = evaluations.at(-1);
  if (ending === 'diverged' && (last === undefined || last.sequences < sequences))
    return Number.POSITIVE_INFINITY;
  const found = evaluations.findLast((one) => one.sequences <= sequences);
  return found?.value ?? Number.POSITIVE_INFINITY;
}
