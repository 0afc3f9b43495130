/** What came of a trial, as it is kept: enough for every table, without its run. */
import { evaluationsOf, measuresOf, secondsAt } from '../app/learning-curve.ts';
import { find } from '../core/lookup.ts';
import { solvedBelow } from '../core/loss-kinds.ts';
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
  /**
   * Evaluations since the task was solved, and how many of them were not below what counts as solved; nothing where the
   * trial was to end when it was.
   */
  readonly afterSolving?: { readonly evaluations: number; readonly spikes: number };
  /** How its best checkpoint does on the task's generalization grid, where that was asked for. */
  readonly grid?: readonly GridScore[];
}

/** One row of a generalization grid. */
export interface GridScore {
  readonly name: string;
  /** Of the task, in this row. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly wrongPercent: number;
  readonly inexactPercent: number;
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
  const own = task.settings.parse(settings);
  const [measure] = measuresOf(task, own);
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
    // A trial that ends when its task is solved has only the evaluations that prove it.
    ...(solved &&
      !config.budget.untilSolved && {
        afterSolving: afterSolving(history.metrics, solved, solvedBelow(task, own)),
      }),
  };
}

/** The evaluations that prove it are below, and count as no spike. */
function afterSolving(
  metrics: ReturnType<typeof readMetrics>,
  solved: { readonly steps: number },
  below: number,
): { readonly evaluations: number; readonly spikes: number } {
  const later = metrics.flatMap((line) =>
    line.kind === 'evaluation' && line.step > solved.steps ? [line.scores.bitsPerSequence] : [],
  );
  return { evaluations: later.length, spikes: later.filter((bits) => !(bits < below)).length };
}

/** The best value that a trial came to; infinite where it was never evaluated. */
export function bestOf({ evaluations }: TrialOutcome): number {
  return Math.min(...evaluations.map(({ value }) => value ?? Number.POSITIVE_INFINITY));
}

/** The value at the end of a trial; infinite where it diverged, or was never evaluated. */
export function lastOf({ ending, evaluations }: TrialOutcome): number {
  return ending === 'diverged'
    ? Number.POSITIVE_INFINITY
    : (evaluations.at(-1)?.value ?? Number.POSITIVE_INFINITY);
}

/** When a trial solved its task, by its sequences; infinite where it did not. */
export function solvedAfter({ ending, solvedAtSequences }: TrialOutcome): number {
  return ending === 'diverged' || ending === 'failed'
    ? Number.POSITIVE_INFINITY
    : (solvedAtSequences ?? Number.POSITIVE_INFINITY);
}
