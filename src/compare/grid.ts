/** The generalization grid of a task over all seeds of a cell. */
import type { GridScore, TrialOutcome } from './outcome.ts';
import { type Quartiles, quartilesOf } from './quartiles.ts';

/** One row of the grid over all seeds that have it. */
export interface GridSummary {
  readonly name: string;
  readonly settings: GridScore['settings'];
  readonly trials: number;
  /** Percent of answers that are wrong. */
  readonly wrong: Quartiles;
  /** Percent of sequences with any error. */
  readonly inexact: Quartiles;
}

/** Sums up the rows of a grid, in their order; null where no trial has any. */
export function summarizeGrid(outcomes: readonly TrialOutcome[]): GridSummary[] | null {
  const all = outcomes.flatMap(({ grid = [] }) => grid);
  if (all.length === 0) return null;
  return [...new Set(all.map(({ name }) => name))].map((name) => {
    const scores = all.filter((row) => row.name === name);
    return {
      name,
      settings: scores[0]!.settings,
      trials: scores.length,
      wrong: quartilesOf(scores.map(({ wrongPercent }) => wrongPercent)),
      inexact: quartilesOf(scores.map(({ inexactPercent }) => inexactPercent)),
    };
  });
}
