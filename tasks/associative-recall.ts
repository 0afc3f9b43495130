/**
 * Associative recall: see a list of items, then one of them again; answer with the item that followed it.
 * Graves et al. 2014, section 4.3. An item is `itemLength` random binary vectors. Each item comes after a step
 * with the item delimiter; then query delimiter, query item, query delimiter, and `itemLength` silent steps on
 * which the outputs are scored: T = n (itemLength+1) + 2 itemLength + 2. The delimiters have a channel each.
 * Items are drawn independently, as in the paper: at small sizes two may be equal, the question ambiguous and the
 * optimum above zero. With `distinctItems` an item equal to one before it is drawn again.
 */
import { z } from 'zod';
import { emptyBatch } from '../src/core/batch.ts';
import type { Batch, Task } from '../src/core/contracts.ts';
import type { Rng } from '../src/core/rng.ts';
import { drawFrom, grid, inOrder } from './ranges.ts';
import { itemCount, noBindingBits, optimumBits } from './recall-lines.ts';

const MOST_ITEMS = 1000;

const settings = z
  .strictObject({
    minItems: z.int().min(2).max(MOST_ITEMS).default(2).describe('items in the shortest list'),
    maxItems: z.int().min(2).max(MOST_ITEMS).default(6).describe('items in the longest list'),
    itemLength: z.int().min(1).max(100).default(3).describe('vectors in an item'),
    width: z.int().min(1).max(1024).default(6).describe('bits in a vector'),
    distinctItems: z
      .boolean()
      .default(false)
      .describe('the items of a list all differ, so that every question has one answer'),
  })
  .refine(...inOrder('minItems', 'maxItems'))
  .refine((recall) => !recall.distinctItems || recall.maxItems <= itemCount(recall), {
    path: ['maxItems'],
    error: ({ input }) => {
      const { maxItems, itemLength, width } = input as RecallSettings;
      return `expected at most the ${itemCount(input as RecallSettings)} items that differ in ${itemLength} x ${width} bits, got ${maxItems}; lower it, raise itemLength or width, or set distinctItems to false`;
    },
  });

/** The number of items is uniform in [minItems, maxItems]. */
export interface RecallSettings {
  readonly minItems: number;
  readonly maxItems: number;
  readonly itemLength: number;
  readonly width: number;
  readonly distinctItems: boolean;
}

/** Graves shows 6, 10, 15 and 20 items after training on 2 to 6. */
const STRETCHES = [1, 10 / 6, 15 / 6, 20 / 6];

/** The associative recall task. */
export const associativeRecall: Task<RecallSettings> = {
  name: 'associative-recall',
  source: 'Graves et al. 2014, section 4.3',
  summary: 'given one item of a list, answer with the item that followed it',
  loss: 'bits',
  solvedBits: 0.05,
  settings,
  sizes: ({ maxItems, itemLength, width }) => ({
    inputSize: width + 2,
    outputSize: width,
    maxLength: sequenceLength(maxItems, itemLength),
  }),
  load: ({ maxItems, itemLength }) => maxItems * itemLength,
  sample,
  harder(settings) {
    const most = settings.distinctItems ? Math.min(MOST_ITEMS, itemCount(settings)) : MOST_ITEMS;
    return grid('items', { from: settings.maxItems, stretches: STRETCHES, most }, (items) => ({
      ...settings,
      minItems: items,
      maxItems: items,
    }));
  },
  lines(settings) {
    const optimum = optimumBits(settings);
    return {
      chance: settings.itemLength * settings.width,
      noBinding: noBindingBits(settings),
      ...(optimum !== undefined && { optimum }),
    };
  },
};

function sequenceLength(items: number, itemLength: number): number {
  return items * (itemLength + 1) + 2 * itemLength + 2;
}

function sample(settings: RecallSettings, rng: Rng, batchSize: number): Batch {
  const { minItems, maxItems, itemLength, width } = settings;
  const counts = Array.from({ length: batchSize }, () => drawFrom(minItems, maxItems, rng));
  const batch = emptyBatch({
    length: sequenceLength(Math.max(...counts), itemLength),
    batchSize,
    inputSize: width + 2,
    outputSize: width,
  });
  counts.forEach((count, b) => {
    fill(batch, b, drawItems(settings, count, rng), rng.integer(count - 1));
  });
  return batch;
}

function drawItems(
  { itemLength, width, distinctItems }: RecallSettings,
  count: number,
  rng: Rng,
): Uint8Array[] {
  const draw = () => Uint8Array.from({ length: itemLength * width }, () => rng.integer(2));
  if (!distinctItems) return Array.from({ length: count }, draw);
  const items = new Map<string, Uint8Array>();
  while (items.size < count) {
    const item = draw();
    const bits = item.join('');
    if (!items.has(bits)) items.set(bits, item);
  }
  return [...items.values()];
}

/** Writes sequence `b`: all items, the query item `asked`, and the one after it as target. */
function fill(batch: Batch, b: number, items: readonly Uint8Array[], asked: number): void {
  const { batchSize, inputSize, outputSize: width } = batch;
  let t = 0;
  const delimit = (channel: number) => {
    batch.inputs[(t * batchSize + b) * inputSize + channel] = 1;
    t += 1;
  };
  const write = (item: Uint8Array, array: Float32Array, rowSize: number) => {
    for (let from = 0; from < item.length; from += width) {
      array.set(item.subarray(from, from + width), (t * batchSize + b) * rowSize);
      t += 1;
    }
  };
  for (const item of items) {
    delimit(width);
    write(item, batch.inputs, inputSize);
  }
  delimit(width + 1);
  write(items[asked]!, batch.inputs, inputSize);
  delimit(width + 1);
  const answerStart = t;
  write(items[asked + 1]!, batch.targets, width);
  for (let step = answerStart; step < t; step++) batch.mask[step * batchSize + b] = 1;
}
