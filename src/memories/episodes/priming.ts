/**
 * Priming: what has been met makes at hand what is near to it, by activation that spreads over a graph of the nearest and
 * fades (Collins and Loftus 1975; the fan effect, Anderson 1974: who has more neighbors gives less to each).
 */

import { z } from 'zod';
import { UsageError } from '../../core/errors.ts';
import { allFinite } from '../../core/finite.ts';
import { readSettings } from '../../core/settings.ts';
import type { Portable, Vector } from '../contracts.ts';
import { type Packed, pack, packed } from '../plain.ts';
import { winners } from '../winners.ts';
import { withoutMainDirections } from './main-directions.ts';

const settingsSchema = z.strictObject({
  neighbors: z.int().min(1).max(1000).default(20),
  removed: z.int().min(0).max(100).default(2),
});

/**
 * `neighbors` that each is joined to; `removed`, the main directions of all vectors that are taken out first beside their
 * mean: they tell how frequent a word is, not what it means (Mu and Viswanath 2018).
 */
export type PrimingOptions = z.input<typeof settingsSchema>;

/** A graph of neighbors as plain data. */
export interface PrimingData {
  readonly schema: 'engram.priming/1';
  readonly names: readonly string[];
  /** Those of the first name, then of the second ..., as many for each. */
  readonly neighbors: Packed;
  readonly weights: Packed;
}

/** How activation spreads. */
export interface SpreadOptions {
  /** 3 where it is left out. */
  readonly steps?: number;
  /** The share that a step hands on; 0.6 where it is left out. */
  readonly decay?: number;
}

/** Names, each with its nearest. */
export class Priming implements Portable<PrimingData> {
  readonly names: readonly string[];
  readonly #places: ReadonlyMap<string, number>;
  readonly #neighbors: Uint32Array;
  readonly #weights: Float32Array;

  private constructor(names: readonly string[], neighbors: Uint32Array, weights: Float32Array) {
    this.names = names;
    this.#places = new Map(names.map((name, place) => [name, place]));
    this.#neighbors = neighbors;
    this.#weights = weights;
  }

  /**
   * Joins each vector to its nearest by cosine; the weights are the squared cosines over their sum. None below 0 counts.
   * @throws UsageError on no more vectors than neighbors, and on vectors of different lengths
   */
  static between(vectors: Readonly<Record<string, Vector>>, options: PrimingOptions = {}): Priming {
    const { neighbors, removed } = readSettings(settingsSchema, options, { at: 'Priming' });
    const names = Object.keys(vectors);
    if (names.length <= neighbors)
      throw new UsageError(`Priming: expected more than ${neighbors} vectors, got ${names.length}`);
    const width = vectors[names[0]!]!.length;
    const rows = new Float64Array(names.length * width);
    names.forEach((name, at) => {
      const vector = vectors[name]!;
      if (vector.length !== width || !allFinite(vector))
        throw new UsageError(
          `Priming: expected ${width} finite numbers for each name, got others for ${name}`,
        );
      rows.set(vector, at * width);
    });
    return new Priming(names, ...joined(withoutMainDirections(rows, width, removed), width, neighbors));
  }

  /**
   * How much each name is activated by another, or by several at once: the sum of what arrives in every step.
   * @throws UsageError on a name that there is not
   */
  prime(
    cue: string | readonly string[],
    { steps = 3, decay = 0.6 }: SpreadOptions = {},
  ): Map<string, number> {
    const activation = this.#spread(typeof cue === 'string' ? [cue] : cue, steps, decay);
    const order = [...activation.keys()].filter((at) => activation[at]! > 0);
    order.sort((a, b) => activation[b]! - activation[a]! || a - b);
    return new Map(order.map((at) => [this.names[at]!, activation[at]!]));
  }

  #spread(cues: readonly string[], steps: number, decay: number): Float64Array {
    let now = new Float64Array(this.names.length);
    for (const cue of cues) {
      const place = this.#places.get(cue);
      if (place === undefined)
        throw new UsageError(`Priming.prime: expected a name that there is, got ${JSON.stringify(cue)}`);
      now[place] = 1;
    }
    const total = new Float64Array(this.names.length);
    const each = this.#neighbors.length / this.names.length;
    for (let step = 0; step < steps; step++) {
      const next = new Float64Array(this.names.length);
      for (let from = 0; from < now.length; from++) {
        if (now[from] === 0) continue;
        for (let at = from * each; at < (from + 1) * each; at++)
          next[this.#neighbors[at]!]! += decay * now[from]! * this.#weights[at]!;
      }
      for (let at = 0; at < next.length; at++) total[at]! += next[at]!;
      now = next;
    }
    for (const cue of cues) total[this.#places.get(cue)!] = 0;
    return total;
  }

  /** All of it as plain data. */
  toJSON(): PrimingData {
    return {
      schema: 'engram.priming/1',
      names: this.names,
      neighbors: pack(this.#neighbors),
      weights: pack(this.#weights),
    };
  }

  /**
   * The graph whose `toJSON` this was.
   * @throws UsageError naming what is wrong
   */
  static fromJSON(data: unknown): Priming {
    const { names, neighbors, weights } = readSettings(dataSchema, data, { at: 'Priming' });
    return new Priming(names, neighbors, weights);
  }
}

const dataSchema = z
  .strictObject({
    schema: z.literal('engram.priming/1'),
    names: z.array(z.string()).min(1),
    neighbors: packed('uint32'),
    weights: packed('float32').refine(
      (weights) => weights.every((weight) => weight >= 0 && weight <= 1),
      'expected weights from 0 to 1',
    ),
  })
  .refine(
    ({ names, neighbors, weights }) =>
      neighbors.length === weights.length &&
      neighbors.length % names.length === 0 &&
      neighbors.every((place) => place < names.length),
    'expected as many neighbors for each name, all of them names, and as many weights',
  );

/** Neighbors and weights of rows, one row after the other. */
function joined(rows: Float64Array, width: number, neighbors: number): [Uint32Array, Float32Array] {
  const count = rows.length / width;
  const units = unitRows(rows, width);
  const places = new Uint32Array(count * neighbors);
  const weights = new Float32Array(count * neighbors);
  const cosines = new Float32Array(count);
  for (let row = 0; row < count; row++) {
    const own = units.subarray(row * width, (row + 1) * width);
    for (let other = 0, at = 0; other < count; other++) {
      let sum = 0;
      for (let i = 0; i < width; i++) sum += own[i]! * units[at++]!;
      cosines[other] = sum;
    }
    cosines[row] = -2;
    const nearest = winners(cosines, neighbors);
    const squares = Array.from(nearest, (other) => Math.max(0, cosines[other]!) ** 2);
    const total = squares.reduce((a, b) => a + b, 0);
    places.set(nearest, row * neighbors);
    squares.forEach((square, i) => {
      weights[row * neighbors + i] = total === 0 ? 0 : square / total;
    });
  }
  return [places, weights];
}

function unitRows(rows: Float64Array, width: number): Float32Array {
  const units = Float32Array.from(rows);
  for (let start = 0; start < units.length; start += width) {
    const row = units.subarray(start, start + width);
    const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
    if (length > 0) for (let i = 0; i < width; i++) row[i]! /= length;
  }
  return units;
}
