/** A spin memory as plain data: its form, and what is checked when it is read. */

import { z } from 'zod';
import { allFinite } from '../../core/finite.ts';
import type { RngState } from '../../core/rng.ts';
import { type Packed, packed, rngStateSchema, seedSchema } from '../plain.ts';
import type { Couplings, Rule } from './couplings.ts';

/** The settings of a spin memory. */
export const settingsSchema = z.strictObject({
  units: z.int().min(1).max(20_000),
  rule: z.enum(['hebb', 'pseudo-inverse', 'storkey']).default('hebb'),
  seed: seedSchema,
});

/** A spin memory as plain data. */
export interface SpinMemoryData {
  readonly schema: 'engram.spin-memory/1';
  readonly settings: { readonly units: number; readonly rule: Rule; readonly seed: number };
  /** J above its diagonal, row by row. */
  readonly couplings: Packed;
  readonly bias: Packed;
  /** One after the other. */
  readonly patterns: Packed;
  /** The diagonal that the pseudo-inverse goes on from. */
  readonly diagonal: Packed;
  readonly slept: boolean;
  readonly dreaming: RngState;
  /** Persistent chains, one after the other. */
  readonly chains: Packed;
}

/** What is read first: the size of the rest. */
export const headSchema = z.looseObject({
  schema: z.literal('engram.spin-memory/1'),
  settings: settingsSchema,
});

/** The rest of it, for so many spins. */
export function dataSchema(units: number) {
  const spins = packed('int8').refine(
    (array) => array.length % units === 0 && array.every((spin) => spin === 1 || spin === -1),
    `expected spins -1 and 1, ${units} for each state`,
  );
  const finite = (length: number) => packed('float64', length).refine(allFinite, 'expected finite numbers');
  return headSchema.extend({
    couplings: finite((units * (units - 1)) / 2),
    bias: finite(units),
    patterns: spins,
    diagonal: finite(units),
    slept: z.boolean(),
    dreaming: rngStateSchema,
    chains: spins,
  });
}

/** States one after the other. */
export function joined(states: readonly Float64Array[]): Int8Array {
  return Int8Array.from(states.flatMap((state) => [...state]));
}

/** The states that were joined. */
export function parted(spins: Int8Array, units: number): Float64Array[] {
  return Array.from({ length: spins.length / units }, (_, at) =>
    Float64Array.from(spins.subarray(at * units, (at + 1) * units)),
  );
}

/** J above its diagonal, row by row. */
export function upperTriangle({ units, weights }: Couplings): Float64Array {
  const upper = new Float64Array((units * (units - 1)) / 2);
  for (let i = 0, at = 0; i < units; i++)
    for (let j = i + 1; j < units; j++) upper[at++] = weights[i * units + j]!;
  return upper;
}

/** The couplings of an upper triangle. */
export function bothTriangles(units: number, upper: Float64Array): Pick<Couplings, 'units' | 'weights'> {
  const weights = new Float64Array(units * units);
  for (let i = 0, at = 0; i < units; i++)
    for (let j = i + 1; j < units; j++, at++) {
      weights[i * units + j] = upper[at]!;
      weights[j * units + i] = upper[at]!;
    }
  return { units, weights };
}
