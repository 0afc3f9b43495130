/**
 * Priority sort: see random binary vectors, each with a priority, then give back those of the highest priorities in their
 * order, the highest first. Graves et al. 2014, section 4.5: 20 vectors of 8 bits, priorities uniform in [-1,1], 16 given
 * back. n vectors of which m are asked take T = n + 1 + m steps. Input channels: the vector, its priority, the delimiter.
 */
import { z } from 'zod';
import { emptyBatch } from '../src/core/batch.ts';
import type { Batch, Task } from '../src/core/contracts.ts';
import type { Rng } from '../src/core/rng.ts';
import { count, drawFrom, grid, inOrder } from './ranges.ts';

const MOST = 1000;

const settings = z
  .strictObject({
    minItems: count(1, MOST, 20, 'vectors in the shortest list'),
    maxItems: count(1, MOST, 20, 'vectors in the longest list'),
    answered: z
      .number()
      .gt(0)
      .max(1)
      .default(0.8)
      .describe('how many of them are given back, as a share; rounded, at least one'),
    width: count(1, 1024, 8, 'bits in a vector'),
  })
  .refine(...inOrder('minItems', 'maxItems'));

/** The number of vectors is uniform in [minItems, maxItems]. */
export interface PrioritySettings {
  readonly minItems: number;
  readonly maxItems: number;
  readonly answered: number;
  readonly width: number;
}

const STRETCHES = [0.5, 1, 1.5, 2];
const sizesOf = (width: number) => ({ inputSize: width + 2, outputSize: width });
const answersOf = (items: number, share: number) => Math.max(1, Math.round(share * items));

/** The priority sort task. */
export const prioritySort: Task<PrioritySettings> = {
  name: 'priority-sort',
  source: 'Graves et al. 2014, section 4.5',
  summary: 'give back random binary vectors by their priorities',
  loss: 'bits',
  solvedBits: 0.05,
  settings,
  sizes: ({ maxItems, answered, width }) => ({
    ...sizesOf(width),
    maxLength: maxItems + 1 + answersOf(maxItems, answered),
  }),
  load: ({ maxItems }) => maxItems,
  sample,
  harder: (settings) =>
    grid('items', { from: settings.maxItems, stretches: STRETCHES, most: MOST }, (items) => ({
      ...settings,
      minItems: items,
      maxItems: items,
    })),
  lines({ minItems, maxItems, answered, width }) {
    let answers = 0;
    for (let items = minItems; items <= maxItems; items++) answers += answersOf(items, answered);
    return { chance: (width * answers) / (maxItems - minItems + 1) };
  },
};

function sample(settings: PrioritySettings, rng: Rng, batchSize: number): Batch {
  const { minItems, maxItems, answered, width } = settings;
  const counts = Array.from({ length: batchSize }, () => drawFrom(minItems, maxItems, rng));
  const longest = Math.max(...counts);
  const batch = emptyBatch({
    length: longest + 1 + answersOf(longest, answered),
    batchSize,
    ...sizesOf(width),
  });
  counts.forEach((items, b) => {
    fill(batch, b, { items, answers: answersOf(items, answered) }, rng);
  });
  return batch;
}

/** Writes list `b`. */
function fill(
  { batchSize, inputSize, outputSize: width, inputs, targets, mask }: Batch,
  b: number,
  { items, answers }: { readonly items: number; readonly answers: number },
  rng: Rng,
): void {
  const list = Array.from({ length: items }, () => ({
    bits: Array.from({ length: width }, () => rng.integer(2)),
    // As the model sees it, so that equal ones are equal here too.
    priority: Math.fround(2 * rng.uniform() - 1),
  }));
  list.forEach(({ bits, priority }, t) => {
    inputs.set([...bits, priority], (t * batchSize + b) * inputSize);
  });
  inputs[(items * batchSize + b) * inputSize + width + 1] = 1;
  const sorted = list.toSorted((one, other) => other.priority - one.priority);
  sorted.slice(0, answers).forEach(({ bits }, i) => {
    const row = (items + 1 + i) * batchSize + b;
    targets.set(bits, row * width);
    mask[row] = 1;
  });
}
