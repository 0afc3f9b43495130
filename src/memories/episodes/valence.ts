/**
 * Good and bad: what a code is worth, learned from the error of its prediction (Rescorla and Wagner 1972; dopamine:
 * Schultz, Dayan and Montague 1997), and what something new is worth by what it is like.
 */

import { z } from 'zod';
import { UsageError } from '../../core/errors.ts';
import { allFinite } from '../../core/finite.ts';
import { readSettings } from '../../core/settings.ts';
import { checkTag } from '../codes.ts';
import type { Portable, Tag } from '../contracts.ts';
import { type Packed, pack, packed } from '../plain.ts';

const settingsSchema = z.strictObject({
  units: z.int().min(1).max(10_000_000),
  rate: z.number().positive().max(1).default(0.1),
});

/** `units` of the tags; `rate` eta, the share of an error that one lesson mends. */
export type ValenceOptions = z.input<typeof settingsSchema>;

/** What codes are worth, as plain data. */
export interface ValenceData {
  readonly schema: 'engram.valence/1';
  readonly settings: z.infer<typeof settingsSchema>;
  readonly weights: Packed;
}

/** What codes are worth. */
export class Valence implements Portable<ValenceData> {
  readonly settings: z.infer<typeof settingsSchema>;
  #weights: Float64Array;

  /** @throws UsageError on settings that are not valid */
  constructor(options: ValenceOptions) {
    this.settings = readSettings(settingsSchema, options, { at: 'Valence' });
    this.#weights = new Float64Array(this.settings.units);
  }

  /**
   * V, the mean weight of the units that are on; 0 of an empty tag.
   * @throws UsageError on a tag of another size
   */
  value(tag: Tag): number {
    checkTag('Valence.value', tag, this.settings.units);
    if (tag.on.length === 0) return 0;
    return tag.on.reduce((sum, unit) => sum + this.#weights[unit]!, 0) / tag.on.length;
  }

  /**
   * Moves V by eta times the error.
   * @returns the error, reward - V
   * @throws UsageError on a tag of another size, and on a reward that is not finite
   */
  learn(tag: Tag, reward: number): number {
    if (!Number.isFinite(reward))
      throw new UsageError(`Valence.learn: expected a finite reward, got ${reward}`);
    const error = reward - this.value(tag);
    for (const unit of tag.on) this.#weights[unit]! += this.settings.rate * error;
    return error;
  }

  /** All of it as plain data. */
  toJSON(): ValenceData {
    return { schema: 'engram.valence/1', settings: this.settings, weights: pack(this.#weights) };
  }

  /**
   * The valence whose `toJSON` this was.
   * @throws UsageError naming what is wrong
   */
  static fromJSON(data: unknown): Valence {
    const head = z.looseObject({ settings: settingsSchema });
    const { settings } = readSettings(head, data, { at: 'Valence' });
    const weights = packed('float64', settings.units).refine(allFinite, 'expected finite numbers');
    const schema = z.strictObject({
      schema: z.literal('engram.valence/1'),
      settings: settingsSchema,
      weights,
    });
    const valence = new Valence(settings);
    valence.#weights = readSettings(schema, data, { at: 'Valence' }).weights;
    return valence;
  }
}

/** Something known, how like it is to what is new, and its worth. */
export interface Neighbor {
  readonly similarity: number;
  readonly valence: number;
}

/** The worth of what is new: sum sim v / sum sim over its nearest that are like it at all; 0 where there are none. */
export function inheritedValence(neighbors: readonly Neighbor[], nearest = 5): number {
  const alike = neighbors.filter(({ similarity }) => similarity > 0);
  const chosen = alike.sort((a, b) => b.similarity - a.similarity).slice(0, nearest);
  const total = chosen.reduce((sum, { similarity }) => sum + similarity, 0);
  return total === 0 ? 0 : chosen.reduce((sum, one) => sum + one.similarity * one.valence, 0) / total;
}

/** Pleasure in what is new and better than was expected: novelty max(0, error). */
export function delight(novelty: number, error: number): number {
  return novelty * Math.max(0, error);
}
