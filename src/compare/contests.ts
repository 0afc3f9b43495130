/** Every two cells of a comparison against each other: which solves a task after fewer sequences, and how sure that is. */
import { solvedAfter, type TrialOutcome } from './outcome.ts';
import { holm } from './statistics/holm.ts';
import type { Interval } from './statistics/interval.ts';
import { mannWhitney } from './statistics/mann-whitney.ts';
import { superiority } from './statistics/superiority.ts';

/** The trials of a cell on a task that count. */
export interface Entrant {
  readonly task: string;
  readonly cell: string;
  readonly outcomes: readonly TrialOutcome[];
}

/** Two cells on one task. */
export interface Contest {
  readonly task: string;
  readonly first: string;
  readonly second: string;
  /** That a trial of the first cell solves the task after fewer sequences than one of the second; as good as even, 0.5. */
  readonly firstSooner: { readonly chance: number } & Interval;
  /** Cliff's delta, 2 chance - 1. */
  readonly delta: number;
  /** Mann and Whitney's test, two-sided; what never solved the task ties with what else did not. */
  readonly p: number;
  /** By Holm's method, over all contests of the task. */
  readonly adjustedP: number;
  /** What is the least that `p` and `adjustedP` could be with so many seeds and cells. */
  readonly smallestP: number;
  readonly smallestAdjustedP: number;
}

/** Holds the contests of a task between cells that have trials, in the order of the cells. */
export function contestsOf(entrants: readonly Entrant[]): Contest[] {
  const able = entrants.filter(({ outcomes }) => outcomes.length > 0);
  const pairs = able.flatMap((first, i) => able.slice(i + 1).map((second) => [first, second] as const));
  const tests = pairs.map(([first, second]) => mannWhitney(timesOf(first), timesOf(second)));
  const adjusted = holm(tests.map(({ p }) => p));
  return pairs.map(([first, second], i) => {
    const { p, smallestP } = tests[i]!;
    const firstSooner = superiority(timesOf(first), timesOf(second));
    return {
      task: first.task,
      first: first.cell,
      second: second.cell,
      firstSooner,
      delta: 2 * firstSooner.chance - 1,
      p,
      adjustedP: adjusted[i]!,
      smallestP,
      smallestAdjustedP: Math.min(1, smallestP * pairs.length),
    };
  });
}

function timesOf({ outcomes }: Entrant): number[] {
  return outcomes.map(solvedAfter);
}
