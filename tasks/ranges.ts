/** Numbers of a task: settings and ranges of them, draws from a range, and the numbers of a generalization grid. */
import { z } from 'zod';
import type { Rng } from '../src/core/rng.ts';

/** A whole number with a default, as a setting. */
export function count(least: number, most: number, usual: number, describe: string): z.ZodDefault<z.ZodInt> {
  return z.int().min(least).max(most).default(usual).describe(describe);
}

/**
 * What `refine` is given, so that of two settings the first is at most the second.
 * @example z.strictObject({ minLength, maxLength }).refine(...inOrder('minLength', 'maxLength'))
 */
export function inOrder<L extends string, H extends string>(low: L, high: H) {
  type Range = Readonly<Record<L | H, number>>;
  const isInOrder = (settings: Range) => settings[low] <= settings[high];
  const error = ({ input }: { readonly input?: unknown }) => {
    const range = input as Range;
    return `expected at most ${high} ${range[high]}, got ${range[low]}; lower ${low} or raise ${high}`;
  };
  return [isInOrder, { path: [low], error }] satisfies [unknown, unknown];
}

/** A whole number, uniform from `least` to `most`, both included. */
export function drawFrom(least: number, most: number, rng: Rng): number {
  return least + rng.integer(most - least + 1);
}

/** `count` different whole numbers below `size`, in the order they were drawn: the beginning of a Fisher-Yates shuffle. */
export function drawDistinct(count: number, size: number, rng: Rng): number[] {
  // Only the places that were exchanged are kept, so that few of many cost little.
  const moved = new Map<number, number>();
  return Array.from({ length: count }, (_, i) => {
    const j = i + rng.integer(size - i);
    const drawn = moved.get(j) ?? j;
    moved.set(j, moved.get(i) ?? i);
    return drawn;
  });
}

/** The numbers that a grid goes through. */
export interface Stretched {
  /** The largest of training. */
  readonly from: number;
  /** How many times as much each row has. */
  readonly stretches: readonly number[];
  /** 1 where it is left out. */
  readonly least?: number;
  readonly most: number;
}

/** So many times as much as in training, in whole numbers within bounds. */
export function stretched({ from, stretches, least = 1, most }: Stretched): number[] {
  return stretches.map((stretch) => Math.min(most, Math.max(least, Math.round(stretch * from))));
}

/** Rows of a generalization grid along one number, each by its name: `length 40`. */
export function grid<S>(
  name: string,
  numbers: Stretched,
  settings: (number: number) => S,
): Record<string, S> {
  return Object.fromEntries(stretched(numbers).map((number) => [`${name} ${number}`, settings(number)]));
}
