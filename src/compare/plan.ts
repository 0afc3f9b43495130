/** What a comparison tries: every cell on every task, with as many trials and as many sequences for each. */
import { UsageError } from '../core/errors.ts';
import { type Axis, gridOf, type Point } from './axes.ts';
import { type Common, makeTrial, type Trial } from './trial.ts';

/** Seeds of the search count from 1, those of the comparison from here: what is tuned is never what is reported. */
export const FIRST_FRESH_SEED = 1001;

/** What was asked for. */
export interface Plan {
  readonly tasks: readonly string[];
  readonly cells: readonly string[];
  /** How many fresh seeds each cell is counted on. */
  readonly seeds: number;
  /** What is searched, with as many seeds for each point; nothing where a recipe is taken as it is. */
  readonly axes: readonly Axis[];
  readonly searchSeeds: number;
}

/** A cell on a task, and the point that it is compared with. */
export interface Choice {
  readonly task: string;
  readonly cell: string;
  readonly point: Point;
}

/** Every cell on every task. */
export function pairsOf({ tasks, cells }: Plan): Pick<Choice, 'task' | 'cell'>[] {
  return tasks.flatMap((task) => cells.map((cell) => ({ task, cell })));
}

/** The trials of the search: none where nothing is searched. */
export function searchTrials(plan: Plan, common: Common): Trial[] {
  if (plan.axes.length === 0) return [];
  const points = gridOf(plan.axes);
  return counted(1, plan.searchSeeds).flatMap((seed) =>
    points.flatMap((point) =>
      pairsOf(plan).map((pair) => makeTrial({ purpose: 'search', ...pair, seed, point }, common)),
    ),
  );
}

/** The trials that are counted. */
export function finalTrials({ seeds }: Plan, choices: readonly Choice[], common: Common): Trial[] {
  return counted(FIRST_FRESH_SEED, seeds).flatMap((seed) =>
    choices.map((choice) => makeTrial({ purpose: 'final', ...choice, seed }, common)),
  );
}

/**
 * Refuses trials of a task that train on different numbers of sequences.
 * @throws UsageError
 */
export function checkBudgets(trials: readonly Trial[]): void {
  for (const task of new Set(trials.map((trial) => trial.task))) {
    const own = trials.filter((trial) => trial.task === task);
    const budgets = new Map(own.map(({ cell, config }) => [config.budget.sequences!, cell]));
    if (budgets.size < 2) continue;
    const told = [...budgets].map(([sequences, cell]) => `${sequences} sequences for ${cell}`).join(' and ');
    throw new UsageError(`${task}: expected the same budget for every cell, got ${told}; give --sequences`);
  }
}

function counted(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}
