/** Trials in this process's own list, in their order: nobody else can take them, so nothing need be said of them. */
import type { TrialOutcome } from '../outcome.ts';
import type { Prepared } from '../trial.ts';
import type { Place } from './place.ts';

/** A list of trials as a place; `ended` is told of each that came to an end. */
export function localPlace<T extends Prepared>(
  trials: readonly T[],
  ended: (trial: T, outcome: TrialOutcome) => void,
): Place<T> {
  const left = [...trials];
  return {
    claim: async () => left.shift(),
    heartbeat: async () => true,
    finish: async (trial, outcome) => {
      if (outcome) ended(trial, outcome);
    },
  };
}
