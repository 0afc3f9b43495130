/** What a comparison found of each cell on each task. */
import type { Config } from '../train/config.ts';
import { bestOf, solvedAfter, type TrialOutcome } from './outcome.ts';
import type { Choice } from './plan.ts';
import type { Outcomes } from './run-trials.ts';
import type { Interval } from './statistics/interval.ts';
import { quantile } from './statistics/quantile.ts';
import { timeBy } from './statistics/survival.ts';
import { wilson } from './statistics/wilson.ts';
import type { Trial } from './trial.ts';

/** The middle half; null where so many did not come to an end. */
export interface Quartiles {
  readonly first: number | null;
  readonly median: number | null;
  readonly third: number | null;
}

/** A cell on a task over all its seeds. */
export interface PairSummary extends Choice {
  readonly parameters: number | null;
  readonly batchSize: number;
  readonly budgetSequences: number;
  readonly trials: number;
  readonly solved: number;
  readonly diverged: number;
  readonly failed: number;
  /** Wilson's 95 % interval of the share that solves the task. */
  readonly success: Interval;
  /** By Kaplan and Meier's curve: whoever did not solve the task was watched until its budget was spent. */
  readonly sequencesToSolved: Quartiles;
  /** The same in seconds of training on one thread. */
  readonly secondsToSolved: Quartiles;
  readonly measure: string;
  /** Of the best value of each trial; null where none was evaluated. */
  readonly best: Quartiles;
}

/** Sums up the trials of one cell on one task, of which there is at least one; those that failed count in nothing else. */
export function summarizePair(choice: Choice, trials: readonly Trial[], outcomes: Outcomes): PairSummary {
  const own = trials.filter(({ task, cell }) => task === choice.task && cell === choice.cell);
  const all = own.flatMap(({ id }) => outcomes.get(id) ?? []);
  const counted = all.filter(({ ending }) => ending !== 'failed');
  const { batchSize, budget } = own[0]!.config as Config;
  const solved = counted.filter((outcome) => Number.isFinite(solvedAfter(outcome)));
  return {
    ...choice,
    parameters: all.find(({ parameters }) => parameters !== null)?.parameters ?? null,
    batchSize,
    budgetSequences: budget.sequences!,
    trials: counted.length,
    solved: solved.length,
    diverged: counted.filter(({ ending }) => ending === 'diverged').length,
    failed: all.length - counted.length,
    success: wilson(solved.length, counted.length),
    sequencesToSolved: timesTo(counted, ({ solvedAtSequences }) => solvedAtSequences),
    secondsToSolved: timesTo(counted, ({ solvedAtSeconds }) => solvedAtSeconds),
    measure: all[0]?.measure ?? '',
    best: quartilesOf(counted.map(bestOf)),
  };
}

/** Whoever has not solved the task never will within the budget, whatever ended it. */
function timesTo(
  outcomes: readonly TrialOutcome[],
  time: (outcome: TrialOutcome) => number | null,
): Quartiles {
  const observations = outcomes.map((outcome) => {
    const happened = Number.isFinite(solvedAfter(outcome));
    return { time: (happened ? time(outcome) : null) ?? Number.POSITIVE_INFINITY, happened };
  });
  const by = (share: number) => finite(timeBy(share, observations));
  return { first: by(0.25), median: by(0.5), third: by(0.75) };
}

function quartilesOf(values: readonly number[]): Quartiles {
  if (values.length === 0) return { first: null, median: null, third: null };
  const at = (share: number) => finite(quantile(values, share));
  return { first: at(0.25), median: at(0.5), third: at(0.75) };
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
