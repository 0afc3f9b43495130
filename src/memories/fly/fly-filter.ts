/**
 * The fly's novelty filter (Dasgupta, Sheehan, Stevens, Navlakha, PNAS 115:13093, 2018, eq. 2), a Bloom filter of weights:
 *   novelty(A) = mean of w over A, read before it is written;
 *   w_i <- delta w_i for i in A,  w_i <- min(1, w_i + epsilon) for all others,  all w at 1 in the beginning
 * A weight is kept with the time of its last fall, from which its recovery follows: storing costs k and not m, and
 * time that passes costs nothing. With delta = epsilon = 0 it is the Bloom filter itself.
 */
import { z } from 'zod';
import { UsageError } from '../../core/errors.ts';
import { readSettings } from '../../core/settings.ts';
import { checkTag } from '../codes.ts';
import type { Judges, Portable, Stores, Tag } from '../contracts.ts';
import { type Packed, pack, packed } from '../plain.ts';

const share = z.number().min(0).max(1);
const settingsSchema = z.strictObject({
  units: z.int().min(1),
  delta: share.default(0.5),
  epsilon: share.default(0),
});

/** `units` m; `delta` is what storing leaves of a weight; `epsilon` is what a weight regains in a step of time. */
export type FlyFilterOptions = z.input<typeof settingsSchema>;

/** The same with all that was left out. */
export type FlyFilterSettings = z.infer<typeof settingsSchema>;

/** A fly filter as plain data. */
export interface FlyFilterData {
  readonly schema: 'engram.fly-filter/1';
  readonly settings: FlyFilterSettings;
  readonly size: number;
  readonly now: number;
  readonly weights: Packed;
  readonly times: Packed;
}

/** Tells tags that it has met from new ones. */
export class FlyFilter implements Stores<Tag>, Judges<Tag>, Portable<FlyFilterData> {
  readonly settings: FlyFilterSettings;
  #weights: Float64Array;
  #times: Float64Array;
  #now = 0;
  #size = 0;

  /** @throws UsageError on settings that are not valid */
  constructor(options: FlyFilterOptions) {
    this.settings = readSettings(settingsSchema, options, { at: 'FlyFilter' });
    this.#weights = new Float64Array(this.settings.units).fill(1);
    this.#times = new Float64Array(this.settings.units);
  }

  /** How many tags have been stored. */
  get size(): number {
    return this.#size;
  }

  /** Steps of time until now: one for each tag stored, and those of `tick`. */
  get now(): number {
    return this.#now;
  }

  /** w_i as it is now. */
  weight(unit: number): number {
    const elapsed = this.#now - this.#times[unit]!;
    return Math.min(1, this.#weights[unit]! + this.settings.epsilon * elapsed);
  }

  /** From 1, never met, to 0; that of a tag without units is 1. */
  novelty(tag: Tag): number {
    checkTag('FlyFilter.novelty', tag, this.settings.units);
    if (tag.on.length === 0) return 1;
    let sum = 0;
    for (const unit of tag.on) sum += this.weight(unit);
    return sum / tag.on.length;
  }

  /** Makes a tag familiar, which takes one step of time. */
  store(tag: Tag): void {
    checkTag('FlyFilter.store', tag, this.settings.units);
    for (const unit of tag.on) {
      this.#weights[unit] = this.settings.delta * this.weight(unit);
      this.#times[unit] = this.#now + 1;
    }
    this.#now++;
    this.#size++;
  }

  /**
   * Lets time pass.
   * @throws UsageError on steps below 0
   */
  tick(steps = 1): void {
    if (!(steps >= 0) || !Number.isFinite(steps))
      throw new UsageError(`FlyFilter.tick: expected steps of at least 0, got ${steps}`);
    this.#now += steps;
  }

  /** All of it as plain data. */
  toJSON(): FlyFilterData {
    return {
      schema: 'engram.fly-filter/1',
      settings: this.settings,
      size: this.#size,
      now: this.#now,
      weights: pack(this.#weights),
      times: pack(this.#times),
    };
  }

  /**
   * The filter whose `toJSON` this was.
   * @throws UsageError naming what is wrong
   */
  static fromJSON(data: unknown): FlyFilter {
    const at = 'FlyFilter';
    const { settings } = readSettings(headSchema, data, { at });
    const state = readSettings(dataSchema(settings.units), data, { at });
    const filter = new FlyFilter(settings);
    filter.#weights = state.weights;
    filter.#times = state.times;
    filter.#now = state.now;
    filter.#size = state.size;
    return filter;
  }
}

const headSchema = z.looseObject({ schema: z.literal('engram.fly-filter/1'), settings: settingsSchema });

function dataSchema(units: number) {
  const inside = (array: Float64Array) => array.every((value) => value >= 0 && value <= 1);
  return z
    .strictObject({
      ...headSchema.shape,
      size: z.int().min(0),
      now: z.number().min(0),
      weights: packed('float64', units).refine(inside, 'expected weights from 0 to 1, got others'),
      times: packed('float64', units),
    })
    .refine(({ now, times }) => times.every((time) => time >= 0 && time <= now), {
      path: ['times'],
      message: 'expected times from 0 to now, got others',
    });
}

/**
 * The settings that remember about so many stored tags: fall and recovery are in balance at a mean weight.
 *   1 - delta = m / (k n),  epsilon = weight / n, where n is at least m / k
 * @param inserts n   @param winners k of every tag   @param weight the mean in balance
 * @throws UsageError where k n is less than m
 */
export function filterFor(options: {
  units: number;
  winners: number;
  inserts: number;
  weight?: number;
}): FlyFilterSettings {
  const { units, winners, inserts, weight = 0.5 } = options;
  const fall = units / (winners * inserts);
  if (!(fall <= 1))
    throw new UsageError(
      `filterFor: expected at least ${Math.ceil(units / winners)} inserts for ${units} units and ${winners} winners, got ${inserts}`,
    );
  return { units, delta: 1 - fall, epsilon: weight / inserts };
}
