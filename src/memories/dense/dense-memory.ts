/**
 * Dense associative memory: patterns are kept as they are, and their overlaps with a cue told apart so sharply that many
 * more of them than units can be recalled (Krotov and Hopfield 2016; Demircigil et al. 2017; Ramsauer et al. 2020).
 * Power and exponential separation hold spins, `beta` real vectors, by the softmax that attention is. With values it
 * answers a key by what was stored under it. `separation.ts` and `softmax-kernel.ts` have the equations.
 */

import { z } from 'zod';
import { UsageError } from '../../core/errors.ts';
import { allFinite } from '../../core/finite.ts';
import { rng } from '../../core/rng.ts';
import { readSettings } from '../../core/settings.ts';
import { checkSpins, checkVector } from '../codes.ts';
import type {
  Completes,
  Energetic,
  Forgets,
  Judges,
  Portable,
  Recall,
  Recalls,
  Stores,
  Vector,
} from '../contracts.ts';
import { type Packed, pack, packed, seedSchema } from '../plain.ts';
import { shuffled } from '../shuffled.ts';
import { GrowingRows } from './rows.ts';
import { type OverlapTable, overlapTable, type Separation } from './separation.ts';
import { logSumExp, softmaxEnergy, softmaxWeights, weighted } from './softmax-kernel.ts';
import { products, settleSpins } from './spin-kernel.ts';

const positive = z.number().positive();
const settingsSchema = z.strictObject({
  width: z.int().min(1).max(1_000_000),
  valueWidth: z.int().min(1).max(1_000_000).optional(),
  separation: z.union([
    z
      .strictObject({ power: z.int().min(2).max(100), rectified: z.boolean().optional() })
      .transform(({ power, rectified = power !== 2 }) => ({ power, rectified }))
      .refine(({ power, rectified }) => rectified || power % 2 === 0, {
        path: ['rectified'],
        message: 'expected true for an odd power, got false',
      }),
    z.strictObject({ exponential: positive }),
    z.strictObject({ beta: positive }),
  ]),
  seed: seedSchema,
});

/**
 * `width` N of patterns and keys; `valueWidth` where values are stored under them; how overlaps are told apart:
 * `{ power: n }`, rectified but for n = 2, or `{ exponential: b }` for spins, `{ beta }` for real vectors.
 */
export type DenseMemoryOptions = z.input<typeof settingsSchema>;

/** How a cue is read. */
export interface DenseRecallOptions {
  /** Updates, the last of which reads: 1 where it is left out, and the cue is then compared as it is. */
  readonly updates?: number;
}

/** How a cue is mended. */
export interface DenseCompleteOptions {
  /** 1 where the cue is right and must stay, [N]. */
  readonly known?: Uint8Array;
  /** 100 where it is left out. */
  readonly maxSteps?: number;
  /** Of the order of spins; the memory's own where it is left out. */
  readonly seed?: number;
}

/** A dense memory as plain data. */
export interface DenseMemoryData {
  readonly schema: 'engram.dense-memory/1';
  readonly settings: z.infer<typeof settingsSchema>;
  /** One key after the other, and one value after the other. */
  readonly keys: Packed;
  readonly values: Packed;
}

/** Real vectors have settled when no number moves more than this part of the largest pattern's length. */
const SETTLED = 1e-7;

/** Patterns, or values under keys, recalled by overlap. */
export class DenseMemory
  implements
    Stores<Vector>,
    Recalls<Vector, Float64Array, DenseRecallOptions>,
    Completes<Vector, DenseCompleteOptions>,
    Energetic<Vector>,
    Judges<Vector>,
    Forgets<Vector>,
    Portable<DenseMemoryData>
{
  readonly width: number;
  readonly valueWidth: number | undefined;
  readonly separation: Separation;
  readonly seed: number;
  #keys: GrowingRows;
  #values: GrowingRows | undefined;
  readonly #table: OverlapTable | undefined;
  /** What `#radius` found; not known after a change. */
  #longest: number | undefined;

  /** @throws UsageError on settings that are not valid */
  constructor(options: DenseMemoryOptions) {
    const settings = readSettings(settingsSchema, options, { at: 'DenseMemory' });
    this.width = settings.width;
    this.valueWidth = settings.valueWidth;
    this.separation = settings.separation;
    this.seed = settings.seed;
    this.#keys = new GrowingRows(this.width);
    this.#values = settings.valueWidth === undefined ? undefined : new GrowingRows(settings.valueWidth);
    this.#table =
      'beta' in settings.separation ? undefined : overlapTable(settings.separation, settings.width);
  }

  /** How many patterns are stored. */
  get size(): number {
    return this.#keys.count;
  }

  /**
   * Stores a pattern, or a value under a key where the memory has values, in single precision.
   * @throws UsageError
   */
  store(key: Vector, value?: Vector): void {
    this.#check('store', key);
    if ((value === undefined) !== (this.valueWidth === undefined))
      throw new UsageError(
        `DenseMemory.store: expected ${value ? 'no value, as valueWidth was not given' : `a value of ${this.valueWidth} numbers`}, got ${value ? 'one' : 'none'}`,
      );
    if (value) checkVector('DenseMemory.store: value', value, this.valueWidth!);
    this.#keys.add(key);
    this.#longest = undefined;
    if (value) this.#values!.add(value);
  }

  /** The pattern or key with this number, counted in the order of storing. */
  key(item: number): Float32Array {
    return this.#keys.row(item);
  }

  /** The value with this number; the key's own where there are none. */
  value(item: number): Float32Array {
    return (this.#values ?? this.#keys).row(item);
  }

  /**
   * Takes a pattern out, with its value; the numbers of later ones become less by 1.
   * @throws UsageError where it is not stored
   */
  forget(key: Vector): void {
    this.#check('forget', key);
    const single = Float32Array.from(key);
    const { values, width, count } = this.#keys;
    const at = Array.from({ length: count }, (_, row) => row).find((row) =>
      single.every((number, i) => number === values[row * width + i]),
    );
    if (at === undefined) throw new UsageError('DenseMemory.forget: expected a stored key, got another');
    this.#keys.remove(at);
    this.#longest = undefined;
    this.#values?.remove(at);
  }

  /**
   * The weight of each pattern for a cue, which add up to 1: softmax(beta X x), or F of every overlap over their sum.
   * Where no pattern has any, all have the same.
   */
  weights(cue: Vector): Float64Array {
    this.#check('weights', cue, true);
    return this.#weights(Float64Array.from(cue));
  }

  #weights(x: Float64Array): Float64Array {
    if ('beta' in this.separation) return softmaxWeights(this.#keys, this.separation.beta, x);
    if ('exponential' in this.separation) return softmaxWeights(this.#keys, this.separation.exponential, x);
    const shares = this.#powers(x);
    const total = shares.reduce((a, b) => a + b, 0);
    return shares.map((share) => (total === 0 ? 1 / shares.length : share / total));
  }

  /** F of every overlap, where F is a power. */
  #powers(x: Float64Array): Float64Array {
    const { values, offset } = this.#table!;
    return products(this.#keys, x).map((product) => values[product + offset]!);
  }

  /**
   * The mean of all values by the weights of the cue, of the patterns themselves where there are no values.
   * The score is the largest weight. In a cue of spins 0 is unknown.
   * @throws UsageError, also from an empty memory
   */
  recall(cue: Vector, { updates = 1 }: DenseRecallOptions = {}): Recall<Float64Array> {
    this.#check('recall', cue, true);
    this.#refuseEmpty('recall');
    if (!Number.isInteger(updates) || updates < 1)
      throw new UsageError(`DenseMemory.recall: expected updates of at least 1, got ${updates}`);
    const mended = updates === 1 ? undefined : this.complete(cue, { maxSteps: updates - 1 });
    const weights = this.#weights(mended?.value ?? Float64Array.from(cue));
    return {
      value: weighted(this.#values ?? this.#keys, weights),
      score: largest(weights),
      steps: (mended?.steps ?? 0) + 1,
      settled: mended?.settled ?? false,
    };
  }

  /**
   * Updates a cue until it stays as it is: spins one after the other, in which 0 is unknown, real vectors all at once.
   * The score is the largest weight in the end.
   * @throws UsageError, also from an empty memory
   */
  complete(cue: Vector, options: DenseCompleteOptions = {}): Recall<Float64Array> {
    const { known, maxSteps = 100, seed = this.seed } = options;
    this.#check('complete', cue, true);
    this.#refuseEmpty('complete');
    if (known && known.length !== this.width)
      throw new UsageError(
        `DenseMemory.complete: expected ${this.width} numbers that are known or not, got ${known.length}`,
      );
    if (!Number.isInteger(maxSteps) || maxSteps < 1)
      throw new UsageError(`DenseMemory.complete: expected maxSteps of at least 1, got ${maxSteps}`);
    const state = Float64Array.from(cue);
    const stream = rng(seed, 'complete');
    const ending =
      this.#table === undefined
        ? this.#attend(state, known, maxSteps)
        : settleSpins({
            rows: this.#keys,
            table: this.#table,
            state,
            known,
            order: shuffled(this.width, stream),
            rng: stream,
            maxSweeps: maxSteps,
          });
    return { value: state, score: largest(this.#weights(state)), ...ending };
  }

  /** x <- X' softmax(beta X x), in place. */
  #attend(state: Float64Array, known: Uint8Array | undefined, maxSteps: number) {
    const still = SETTLED * this.#radius();
    for (let steps = 1; steps <= maxSteps; steps++) {
      const next = weighted(this.#keys, this.#weights(state));
      let moved = 0;
      for (let i = 0; i < state.length; i++) {
        if (known?.[i] === 1) continue;
        moved = Math.max(moved, Math.abs(next[i]! - state[i]!));
        state[i] = next[i]!;
      }
      if (moved <= still) return { steps, settled: true };
    }
    return { steps: maxSteps, settled: false };
  }

  /** M, the length of the longest pattern. */
  #radius(): number {
    if (this.#longest === undefined) {
      const rows = Array.from({ length: this.size }, (_, mu) => Math.hypot(...this.key(mu)));
      this.#longest = rows.reduce((a, b) => Math.max(a, b), 0);
    }
    return this.#longest;
  }

  /**
   * What settling lowers: -N sum F(x.xi / N) for powers, which for n = 2 is 2 E - P with Hopfield's E; -lse(b, x.xi) for
   * exponentials, which orders states as -sum exp(b x.xi) does; for real vectors the energy of Ramsauer et al.
   * @throws UsageError, also from an empty memory
   */
  energy(state: Vector): number {
    this.#check('energy', state);
    this.#refuseEmpty('energy');
    const x = Float64Array.from(state);
    if ('beta' in this.separation)
      return softmaxEnergy(this.#keys, { beta: this.separation.beta, radius: this.#radius() }, x);
    if ('exponential' in this.separation)
      return -logSumExp(products(this.#keys, x), this.separation.exponential);
    return -this.width * this.#powers(x).reduce((a, b) => a + b, 0);
  }

  /**
   * How new a state is, by its energy: 0 for the familiar to 1. Spins: 1 - sum F(x.xi / N) with F(1) = 1, at least 0; real
   * vectors: E / 2 M^2. Everything is new to an empty memory.
   */
  novelty(state: Vector): number {
    this.#check('novelty', state);
    if (this.size === 0) return 1;
    if ('beta' in this.separation) {
      const most = 2 * this.#radius() ** 2;
      const energy = this.energy(state);
      return Math.min(1, Math.max(0, most === 0 ? Number(energy > 0) : energy / most));
    }
    const x = Float64Array.from(state);
    const familiar =
      'exponential' in this.separation
        ? Math.exp(
            this.separation.exponential *
              (logSumExp(products(this.#keys, x), this.separation.exponential) - this.width),
          )
        : this.#powers(x).reduce((a, b) => a + b, 0);
    return Math.max(0, 1 - familiar);
  }

  #check(verb: string, vector: Vector, unknown = false): void {
    if (this.#table === undefined) checkVector(`DenseMemory.${verb}`, vector, this.width);
    else checkSpins(`DenseMemory.${verb}`, vector, this.width, unknown);
  }

  #refuseEmpty(verb: string): void {
    if (this.size === 0)
      throw new UsageError(`DenseMemory.${verb}: expected at least one pattern, got none; store first`);
  }

  /** All of it as plain data. */
  toJSON(): DenseMemoryData {
    const { width, valueWidth, separation, seed } = this;
    return {
      schema: 'engram.dense-memory/1',
      settings: { width, ...(valueWidth !== undefined && { valueWidth }), separation, seed },
      keys: pack(this.#keys.used()),
      values: pack(this.#values?.used() ?? new Float32Array(0)),
    };
  }

  /**
   * The memory whose `toJSON` this was.
   * @throws UsageError naming what is wrong
   */
  static fromJSON(data: unknown): DenseMemory {
    const at = 'DenseMemory';
    const { settings, keys } = readSettings(keysSchema, data, { at });
    const memory = new DenseMemory(settings);
    const { width, valueWidth = 0 } = settings;
    if (keys.length % width !== 0)
      throw new UsageError(`${at}.keys: expected ${width} numbers for each key, got ${keys.length}`);
    const { values } = readSettings(valuesSchema((keys.length / width) * valueWidth), data, { at });
    for (let row = 0; row < keys.length; row += width)
      memory.#check('fromJSON', keys.subarray(row, row + width));
    memory.#keys = new GrowingRows(width, keys);
    if (valueWidth > 0) memory.#values = new GrowingRows(valueWidth, values);
    return memory;
  }
}

const keysSchema = z.looseObject({
  schema: z.literal('engram.dense-memory/1'),
  settings: settingsSchema,
  keys: packed('float32'),
});

function valuesSchema(length: number) {
  const values = packed('float32', length).refine(allFinite, 'expected finite numbers');
  return z.strictObject({ ...keysSchema.shape, values });
}

function largest(values: Float64Array): number {
  return values.reduce((a, b) => Math.max(a, b), 0);
}
