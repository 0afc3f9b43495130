/** Settings that are a range, `minLength` to `maxLength`: their schemas, that they are in order, and numbers drawn from them. */
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
