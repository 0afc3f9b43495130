/**
 * What happened when, in one vector: M = sum of item x tag(time). An item asks for its time, a time for its item, and each
 * answer is cleaned up to the best of what was met. Several of these on one clock bind what they met at one time, for as
 * long as their oscillators run together (the binding problem: von der Malsburg 1981).
 */

import { z } from 'zod';
import { UsageError } from '../../core/errors.ts';
import { allFinite } from '../../core/finite.ts';
import { rng } from '../../core/rng.ts';
import { readSettings } from '../../core/settings.ts';
import type { Portable, Recall, Stores } from '../contracts.ts';
import { type Packed, pack, packed, seedSchema } from '../plain.ts';
import {
  bind,
  Clock,
  clockSchema,
  ofPhases,
  type Phasor,
  randomPhasor,
  similarity,
  unbind,
} from './clock.ts';

const settingsSchema = z.strictObject({ clock: clockSchema, seed: seedSchema });

/** The clock, which others may share, and the seed of the items. */
export type PhasorMemoryOptions = z.input<typeof settingsSchema>;

/** A phasor memory as plain data. */
export interface PhasorMemoryData {
  readonly schema: 'engram.phasor-memory/1';
  readonly settings: z.infer<typeof settingsSchema>;
  readonly re: Packed;
  readonly im: Packed;
  readonly items: readonly string[];
  readonly times: Packed;
  readonly offsets: Packed;
}

/** Items at times. */
export class PhasorMemory implements Stores<string, number>, Portable<PhasorMemoryData> {
  readonly settings: z.infer<typeof settingsSchema>;
  readonly #clock: Clock;
  readonly #re: Float64Array;
  readonly #im: Float64Array;
  readonly #items = new Map<string, Phasor>();
  readonly #times = new Map<number, Phasor>();
  #offsets: Float64Array;
  #rotation: Phasor | undefined;

  /** @throws UsageError on settings that are not valid */
  constructor(options: PhasorMemoryOptions) {
    this.settings = readSettings(settingsSchema, options, { at: 'PhasorMemory' });
    this.#clock = new Clock(this.settings.clock);
    const { oscillators } = this.settings.clock;
    this.#re = new Float64Array(oscillators);
    this.#im = new Float64Array(oscillators);
    this.#offsets = new Float64Array(oscillators);
  }

  /** How many times there are at which something was stored. */
  get size(): number {
    return this.#times.size;
  }

  /** The times at which something was stored, in that order. */
  get times(): number[] {
    return [...this.#times.keys()];
  }

  /** What was stored, each once. */
  get items(): string[] {
    return [...this.#items.keys()];
  }

  /**
   * Binds an item to a time.
   * @throws UsageError on a time that is not finite
   */
  store(item: string, time: number): void {
    const tag = this.#times.get(time) ?? this.#clock.tag(time);
    this.#times.set(time, tag);
    const phasor = this.#items.get(item) ?? this.#itemOf(item);
    this.#items.set(item, phasor);
    const { re, im } = bind(phasor, this.#here(tag));
    for (let i = 0; i < re.length; i++) {
      this.#re[i]! += re[i]!;
      this.#im[i]! += im[i]!;
    }
  }

  #itemOf(item: string): Phasor {
    return randomPhasor(this.settings.clock.oscillators, rng(this.settings.seed, `item ${item}`));
  }

  /** A tag as this memory's own oscillators have it. */
  #here(tag: Phasor): Phasor {
    return this.#rotation ? bind(tag, this.#rotation) : tag;
  }

  /**
   * How well each time fits an item, by the order of `times`. About 1 where they were bound.
   * @throws UsageError on an item that was not stored
   */
  fits(item: string): Float64Array {
    const phasor = this.#items.get(item);
    if (!phasor)
      throw new UsageError(
        `PhasorMemory.when: expected an item that was stored, got ${JSON.stringify(item)}`,
      );
    const found = unbind(
      { re: this.#re, im: this.#im },
      this.#rotation ? bind(phasor, this.#rotation) : phasor,
    );
    return Float64Array.from(this.#times.values(), (tag) => similarity(found, tag));
  }

  /**
   * When an item was: the stored time whose tag fits best. `prominence` is what is known of each time besides: what it
   * gives is multiplied with how well the time fits.
   * @throws UsageError on an item that was not stored
   */
  when(
    item: string,
    { prominence }: { readonly prominence?: (time: number) => number } = {},
  ): Recall<number> {
    const { times } = this;
    const scores = this.fits(item).map((fit, at) => (prominence ? fit * prominence(times[at]!) : fit));
    const best = largest(scores);
    return { value: times[best]!, score: scores[best]!, steps: 1, settled: true };
  }

  /**
   * What was there at a time, which need not be one of those that were stored: the item that fits best.
   * @throws UsageError from an empty memory, and on a time that is not finite
   */
  what(time: number): Recall<string> {
    if (this.#items.size === 0)
      throw new UsageError('PhasorMemory.what: expected at least one item, got none; store first');
    const tag = this.#here(this.#times.get(time) ?? this.#clock.tag(time));
    const found = unbind({ re: this.#re, im: this.#im }, tag);
    const names = this.items;
    const scores = Float64Array.from(this.#items.values(), (phasor) => similarity(found, phasor));
    const best = largest(scores);
    return { value: names[best]!, score: scores[best]!, steps: 1, settled: true };
  }

  /**
   * Moves the phases of this memory's oscillators apart from the clock's, each by a normal number of this deviation in
   * radians; 0 has them run together again. What was stored stays as it is: it is found again once they do.
   * @throws UsageError on a deviation below 0
   */
  desynchronize(deviation: number, seed = this.settings.seed): void {
    if (!(deviation >= 0 && Number.isFinite(deviation)))
      throw new UsageError(`PhasorMemory.desynchronize: expected at least 0 radians, got ${deviation}`);
    const stream = rng(seed, 'desynchronize');
    this.#turn(this.#offsets.map(() => deviation * stream.normal()));
  }

  #turn(offsets: Float64Array): void {
    this.#offsets = offsets;
    this.#rotation = offsets.some((offset) => offset !== 0) ? ofPhases(offsets) : undefined;
  }

  /** All of it as plain data. */
  toJSON(): PhasorMemoryData {
    return {
      schema: 'engram.phasor-memory/1',
      settings: this.settings,
      re: pack(this.#re),
      im: pack(this.#im),
      items: this.items,
      times: pack(Float64Array.from(this.#times.keys())),
      offsets: pack(this.#offsets),
    };
  }

  /**
   * The memory whose `toJSON` this was.
   * @throws UsageError naming what is wrong
   */
  static fromJSON(data: unknown): PhasorMemory {
    const at = 'PhasorMemory';
    const { settings } = readSettings(headSchema, data, { at });
    const state = readSettings(dataSchema(settings.clock.oscillators), data, { at });
    const memory = new PhasorMemory(settings);
    memory.#re.set(state.re);
    memory.#im.set(state.im);
    for (const item of state.items) memory.#items.set(item, memory.#itemOf(item));
    for (const time of state.times) memory.#times.set(time, memory.#clock.tag(time));
    memory.#turn(state.offsets);
    return memory;
  }
}

const headSchema = z.looseObject({
  schema: z.literal('engram.phasor-memory/1'),
  settings: settingsSchema,
});

function dataSchema(oscillators: number) {
  const finite = (length?: number) => packed('float64', length).refine(allFinite, 'expected finite numbers');
  return z.strictObject({
    ...headSchema.shape,
    re: finite(oscillators),
    im: finite(oscillators),
    items: z.array(z.string()),
    times: finite(),
    offsets: finite(oscillators),
  });
}

function largest(values: Float64Array): number {
  return values.reduce((best, value, at) => (value > values[best]! ? at : best), 0);
}
