/** What a comparison found of each cell on each task. */
import type { Config } from '../train/config.ts';
import { type GridSummary, summarizeGrid } from './grid.ts';
import { type LearningPoint, learningCurve } from './learning.ts';
import { bestOf, lastOf, solvedAfter, type TrialOutcome } from './outcome.ts';
import type { Choice } from './plan.ts';
import { finite, type Quartiles, quartilesOf } from './quartiles.ts';
import type { Outcomes } from './run-trials.ts';
import type { Interval } from './statistics/interval.ts';
import { type Observation, type SurvivalStep, survivalCurve, timeBy } from './statistics/survival.ts';
import { wilson } from './statistics/wilson.ts';
import type { Trial } from './trial.ts';

/** A cell on a task over all its seeds. */
export interface PairSummary extends Choice {
  readonly parameters: number | null;
  /** Numbers that it hands on from step to step of one sequence. */
  readonly stateSize: number | null;
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
  /** Of the value at the end of each trial. */
  readonly last: Quartiles;
  /** Of the seconds that trials took, solved or not. */
  readonly seconds: Quartiles;
  /** Evaluations after the task was solved, and how many of them were not: none where trials end when it is. */
  readonly afterSolving: { readonly evaluations: number; readonly spikes: number };
  readonly learning: readonly LearningPoint[];
  /** Kaplan and Meier's curve of the sequences to solved: who has not solved the task yet. */
  readonly unsolved: readonly SurvivalStep[];
  /** By the rows of the task's generalization grid; null where it was not asked for. */
  readonly grid: readonly GridSummary[] | null;
}

/** Sums up the trials of one cell on one task, of which there is at least one; those that failed count in nothing else. */
export function summarizePair(
  choice: Choice,
  {
    trials,
    outcomes,
    stateSize,
  }: { readonly trials: readonly Trial[]; readonly outcomes: Outcomes; readonly stateSize: number | null },
): PairSummary {
  const own = trials.filter(({ task, cell }) => task === choice.task && cell === choice.cell);
  const all = own.flatMap(({ id }) => outcomes.get(id) ?? []);
  const counted = all.filter(({ ending }) => ending !== 'failed');
  const { batchSize, budget } = own[0]!.config as Config;
  const solved = counted.filter((outcome) => Number.isFinite(solvedAfter(outcome)));
  return {
    ...choice,
    parameters: all.find(({ parameters }) => parameters !== null)?.parameters ?? null,
    stateSize,
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
    last: quartilesOf(counted.map(lastOf)),
    seconds: quartilesOf(counted.map(({ seconds }) => seconds ?? Number.POSITIVE_INFINITY)),
    afterSolving: {
      evaluations: sum(counted.map(({ afterSolving }) => afterSolving?.evaluations ?? 0)),
      spikes: sum(counted.map(({ afterSolving }) => afterSolving?.spikes ?? 0)),
    },
    learning: learningCurve(counted),
    unsolved: survivalCurve(observationsOf(counted, ({ solvedAtSequences }) => solvedAtSequences)),
    grid: summarizeGrid(counted),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

/** Whoever has not solved the task never will within the budget, whatever ended it. */
function observationsOf(
  outcomes: readonly TrialOutcome[],
  time: (outcome: TrialOutcome) => number | null,
): Observation[] {
  return outcomes.map((outcome) => {
    const happened = Number.isFinite(solvedAfter(outcome));
    return { time: (happened ? time(outcome) : null) ?? Number.POSITIVE_INFINITY, happened };
  });
}

function timesTo(
  outcomes: readonly TrialOutcome[],
  time: (outcome: TrialOutcome) => number | null,
): Quartiles {
  const observations = observationsOf(outcomes, time);
  const by = (share: number) => finite(timeBy(share, observations));
  return { first: by(0.25), median: by(0.5), third: by(0.75) };
}
