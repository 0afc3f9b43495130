/** What came of a trial, as it is kept: enough for every table, without its run. */
import { evaluationsOf, measuresOf, secondsAt } from '../app/learning-curve.ts';
import { find } from '../core/lookup.ts';
import type { Registry } from '../registry.ts';
import { readMetrics } from '../runs/metrics.ts';
import { summarize } from '../runs/summary.ts';
import { readTiming } from '../runs/timing.ts';
import type { Prepared } from './trial.ts';

/**
 * How a trial ended. Solved: the task counts as solved. Spent: its budget is. Diverged: the loss or a gradient was not
 * finite. Failed: it could not be run to its end, which says nothing of the cell.
 */
export type Ending = 'solved' | 'spent' | 'diverged' | 'failed';

/** What came of a trial. */
export interface TrialOutcome {
  readonly schema: 'engram.trial/1';
  readonly id: string;
  readonly ending: Ending;
  /** Of what diverged or failed. */
  readonly reason: string | null;
  readonly parameters: number | null;
  readonly sequences: number;
  /** Spent in training, evaluations and saving included. */
  readonly seconds: number | null;
  readonly solvedAtSequences: number | null;
  readonly solvedAtSeconds: number | null;
  /** What values are in: the first measure of the task. */
  readonly measure: string;
  /** The learning curve. */
  readonly evaluations: readonly { readonly sequences: number; readonly value: number | null }[];
}

/** How the process of a trial ended, where it did not end well. */
export interface Trouble {
  readonly ending: 'diverged' | 'failed';
  readonly reason: string;
}

/** Reads what came of a trial from its run, as far as there is one. */
export function readOutcome(
  { id, config }: Prepared,
  path: string,
  known: Registry,
  trouble?: Trouble,
): TrialOutcome {
  const task = find(known.tasks, 'task', config.task.name);
  const { name: _, ...settings } = config.task;
  const [measure] = measuresOf(task, task.settings.parse(settings));
  const named = { schema: 'engram.trial/1', id, measure: measure!.name } as const;
  const reason = trouble?.reason ?? null;
  const { summary } = summarize(path);
  if (summary.task === null)
    return {
      ...named,
      ending: trouble?.ending ?? 'failed',
      reason: reason ?? `its run is ${summary.state}`,
      parameters: null,
      sequences: 0,
      seconds: null,
      solvedAtSequences: null,
      solvedAtSeconds: null,
      evaluations: [],
    };
  const history = { metrics: readMetrics(path), timing: readTiming(path) };
  const { solved } = summary;
  return {
    ...named,
    ending: trouble?.ending ?? (solved ? 'solved' : 'spent'),
    reason,
    parameters: summary.parameters,
    sequences: summary.sequences ?? 0,
    seconds: summary.wallSeconds,
    solvedAtSequences: solved?.sequences ?? null,
    solvedAtSeconds: (solved && secondsAt(history.timing, solved.steps)) ?? null,
    evaluations: evaluationsOf(history, measure!).map(({ sequences, value }) => ({
      sequences,
      value: Number.isFinite(value) ? value : null,
    })),
  };
}

/** The best value that a trial came to; infinite where it was never evaluated. */
export function bestOf({ evaluations }: TrialOutcome): number {
  return Math.min(...evaluations.map(({ value }) => value ?? Number.POSITIVE_INFINITY));
}

/** When a trial solved its task, by its sequences; infinite where it did not. */
export function solvedAfter({ ending, solvedAtSequences }: TrialOutcome): number {
  return ending === 'diverged' || ending === 'failed'
    ? Number.POSITIVE_INFINITY
    : (solvedAtSequences ?? Number.POSITIVE_INFINITY);
}
