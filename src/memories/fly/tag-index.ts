/**
 * Nearest tags by inverted lists: for every unit the tags that have it on. Two tags share k^2/m units by chance, so a query
 * meets a small part of what is stored, and the answer is that of a scan.
 */
import { z } from 'zod';
import { readSettings } from '../../core/settings.ts';
import { checkTag } from '../codes.ts';
import type { Portable, Tag } from '../contracts.ts';
import { type Packed, pack, packed } from '../plain.ts';
import { winners } from '../winners.ts';

/** A stored tag that is near. */
export interface Near {
  /** Its number, in the order of storing. */
  readonly item: number;
  /** Euclidean distance between the tags, units that are off being 0; of tags without rates every unit that is on is 1. */
  readonly distance: number;
  /** Units that both have on. */
  readonly shared: number;
}

/** A tag index as plain data. */
export interface TagIndexData {
  readonly schema: 'engram.tag-index/1';
  readonly units: number;
  /** How many units each tag has on; which, one tag after the other; and their rates. */
  readonly counts: Packed;
  readonly on: Packed;
  readonly rates: Packed;
}

/** A list that grows. */
interface Postings {
  items: Uint32Array;
  rates: Float32Array;
  length: number;
}

/** Tags that are looked for by their units. */
export class TagIndex implements Portable<TagIndexData> {
  readonly units: number;
  readonly #lists: (Postings | undefined)[];
  readonly #squares: number[] = [];
  readonly #counts: number[] = [];

  /** @param units m, the size of every tag */
  constructor(units: number) {
    this.units = readSettings(z.int().min(1), units, { at: 'TagIndex.units' });
    this.#lists = new Array(units).fill(undefined);
  }

  /** How many tags are stored. */
  get size(): number {
    return this.#counts.length;
  }

  /**
   * Stores a tag, whose number is the size before.
   * @throws UsageError on a tag of another size
   */
  store(tag: Tag): void {
    checkTag('TagIndex.store', tag, this.units);
    const item = this.size;
    tag.on.forEach((unit, at) => {
      this.#lists[unit] ??= emptyPostings();
      append(this.#lists[unit], item, tag.rates?.[at] ?? 1);
    });
    this.#squares.push(squareOf(tag));
    this.#counts.push(tag.on.length);
  }

  /**
   * The `count` nearest tags, the nearest first and of equal ones that which was stored first.
   * @throws UsageError on a tag of another size
   */
  nearest(tag: Tag, count = 1): Near[] {
    checkTag('TagIndex.nearest', tag, this.units);
    const products = new Float64Array(this.size);
    const shared = new Uint32Array(this.size);
    for (let at = 0; at < tag.on.length; at++) {
      const list = this.#lists[tag.on[at]!];
      if (list === undefined) continue;
      const { items, rates, length } = list;
      const rate = tag.rates?.[at] ?? 1;
      for (let place = 0; place < length; place++) {
        const item = items[place]!;
        products[item]! += rate * rates[place]!;
        shared[item]!++;
      }
    }
    const square = squareOf(tag);
    const distances = products.map((product, item) => square + this.#squares[item]! - 2 * product);
    return smallest(distances, count).map((item) => ({
      item,
      distance: Math.sqrt(Math.max(0, distances[item]!)),
      shared: shared[item]!,
    }));
  }

  /** The tags that are stored, in their order. */
  tags(): Tag[] {
    const on = this.#counts.map((count) => new Uint32Array(count));
    const rates = this.#counts.map((count) => new Float32Array(count));
    const filled = new Uint32Array(this.size);
    this.#lists.forEach((list, unit) => {
      for (let place = 0; list && place < list.length; place++) {
        const item = list.items[place]!;
        const at = filled[item]!++;
        on[item]![at] = unit;
        rates[item]![at] = list.rates[place]!;
      }
    });
    return on.map((units, item) => ({ on: units, rates: rates[item]!, size: this.units }));
  }

  /** All of it as plain data. */
  toJSON(): TagIndexData {
    const tags = this.tags();
    return {
      schema: 'engram.tag-index/1',
      units: this.units,
      counts: pack(Uint32Array.from(this.#counts)),
      on: pack(Uint32Array.from(tags.flatMap(({ on }) => [...on]))),
      rates: pack(Float32Array.from(tags.flatMap(({ rates }) => [...rates!]))),
    };
  }

  /**
   * The index whose `toJSON` this was.
   * @throws UsageError naming what is wrong
   */
  static fromJSON(data: unknown): TagIndex {
    const { units, counts, on, rates } = readSettings(dataSchema, data, { at: 'TagIndex' });
    const index = new TagIndex(units);
    let at = 0;
    for (const count of counts) {
      const end = at + count;
      index.store({ on: on.subarray(at, end), rates: rates.subarray(at, end), size: units });
      at = end;
    }
    return index;
  }
}

const dataSchema = z
  .strictObject({
    schema: z.literal('engram.tag-index/1'),
    units: z.int().min(1),
    counts: packed('uint32'),
    on: packed('uint32'),
    rates: packed('float32'),
  })
  .refine(
    ({ counts, on, rates }) =>
      counts.reduce((sum, count) => sum + count, 0) === on.length && on.length === rates.length,
    'expected as many units and rates as the counts say, got others',
  );

function emptyPostings(): Postings {
  return { items: new Uint32Array(4), rates: new Float32Array(4), length: 0 };
}

function append(list: Postings, item: number, rate: number): void {
  if (list.length === list.items.length) {
    const [items, rates] = [new Uint32Array(2 * list.length), new Float32Array(2 * list.length)];
    items.set(list.items);
    rates.set(list.rates);
    Object.assign(list, { items, rates });
  }
  list.items[list.length] = item;
  list.rates[list.length++] = rate;
}

function squareOf({ on, rates }: Tag): number {
  return rates === undefined ? on.length : rates.reduce((sum, rate) => sum + rate * rate, 0);
}

/** The places of the smallest values, in order; of equal ones the first come first. */
function smallest(values: Float64Array, count: number): number[] {
  const chosen = winners(
    values.map((value) => -value),
    count,
  );
  return [...chosen].sort((a, b) => values[a]! - values[b]! || a - b);
}
