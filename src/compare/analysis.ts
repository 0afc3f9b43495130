/** Everything that a comparison found: each cell on each task, every two cells against each other, and all tasks together. */
import { type Contest, contestsOf, type Entrant } from './contests.ts';
import { type Overall, overallOf } from './overall.ts';
import type { Choice } from './plan.ts';
import type { Outcomes } from './run-trials.ts';
import { type PairSummary, summarizePair } from './summary.ts';
import type { Trial } from './trial.ts';

/** What a task's values are in, and the levels that they are held against. */
export interface TaskTelling {
  readonly task: string;
  readonly measure: string;
  /** Whether values are seen best on a logarithmic axis. */
  readonly log: boolean;
  readonly lines: readonly { readonly name: string; readonly value: number }[];
  /** What the grid raises, and what was trained on in the same terms; nothing where no number grows along it. */
  readonly grows?: { readonly setting: string; readonly name: string; readonly trainedTo: number };
}

/** What a comparison found, as it is told in every form. */
export interface Analysis {
  readonly tasks: readonly TaskTelling[];
  readonly pairs: readonly PairSummary[];
  readonly contests: readonly Contest[];
  readonly overall: readonly Overall[];
}

/** What is analyzed: the trials that count, and what came of those that have ended. */
export interface Evidence {
  readonly trials: readonly Trial[];
  readonly outcomes: Outcomes;
  readonly tellings: readonly TaskTelling[];
  /** Numbers that a cell hands on from step to step of one sequence; null where that is not known. */
  stateSizeOf(trial: Trial): number | null;
}

/** Analyzes a comparison, or as much of one as there is: cells without a trial that ended have summaries of nothing. */
export function analyze(pairs: readonly Omit<Choice, 'point'>[], evidence: Evidence): Analysis {
  const { trials, outcomes, tellings, stateSizeOf } = evidence;
  const begun = pairs.flatMap((pair) => trials.find((one) => isOf(one, pair)) ?? []);
  const entrants = begun.map(({ task, cell }): Entrant => {
    const own = trials.filter((one) => isOf(one, { task, cell }));
    const ended = own.flatMap(({ id }) => outcomes.get(id) ?? []);
    return { task, cell, outcomes: ended.filter(({ ending }) => ending !== 'failed') };
  });
  const summaries = begun.map((trial) => {
    const { task, cell, point } = trial;
    return summarizePair({ task, cell, point }, { trials, outcomes, stateSize: stateSizeOf(trial) });
  });
  const tasks = tellings.map(({ task }) => task);
  const budgets = Object.fromEntries(summaries.map((pair) => [pair.task, pair.budgetSequences]));
  return {
    tasks: tellings,
    pairs: summaries,
    contests: tasks.flatMap((task) => contestsOf(entrants.filter((one) => one.task === task))),
    overall: overallOf(entrants, budgets),
  };
}

function isOf(trial: Trial, { task, cell }: { readonly task: string; readonly cell: string }): boolean {
  return trial.task === task && trial.cell === cell;
}
