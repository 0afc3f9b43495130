/**
 * Dyck: see well-nested brackets of several kinds, and say at each step which closing bracket may come next, or that the
 * string may end. Suzgun et al. 2019 ("Memory-augmented recurrent networks can learn generalized Dyck languages"), section
 * 4: legal next symbols as independent bits, lengths 2 to 50 in training, 52 to 100 in test. Opening brackets may always
 * come, so nothing is asked of them. A string of L brackets takes T = L steps, all scored.
 * Strings are random walks: up or down with equal chance where both are possible, bounded by `maxDepth` and by what is
 * left to close, where the paper draws from a grammar and leaves the depth free.
 */
import { z } from 'zod';
import { emptyBatch } from '../src/core/batch.ts';
import type { Batch, Task } from '../src/core/contracts.ts';
import type { Rng } from '../src/core/rng.ts';
import { count, drawFrom, inOrder, stretched } from './ranges.ts';

const MOST = 10_000;

const settings = z
  .strictObject({
    kinds: count(1, 100, 2, 'kinds of brackets'),
    minLength: count(2, MOST, 2, 'brackets in the shortest string'),
    maxLength: count(2, MOST, 50, 'brackets in the longest string'),
    maxDepth: count(1, MOST / 2, 25, 'the most brackets that are open at once'),
  })
  .refine(...inOrder('minLength', 'maxLength'));

/** Lengths are uniform among the even numbers in [minLength, maxLength]. */
export interface DyckSettings {
  readonly kinds: number;
  readonly minLength: number;
  readonly maxLength: number;
  readonly maxDepth: number;
}

/** Training and test of the paper: up to 50, and up to 100. */
const STRETCHES = [1, 2, 4];

const sizesOf = (kinds: number) => ({ inputSize: 2 * kinds, outputSize: kinds + 1 });
const evenBelow = (length: number) => 2 * Math.floor(length / 2);
function pairsIn({ minLength, maxLength }: DyckSettings): readonly [least: number, most: number] {
  const most = Math.floor(maxLength / 2);
  // Between two odd numbers that are equal there is no even one: the one below is taken.
  return [Math.min(Math.ceil(minLength / 2), most), most];
}

/** The Dyck task. */
export const dyck: Task<DyckSettings> = {
  name: 'dyck',
  source: 'Suzgun et al. 2019, section 4',
  summary: 'which bracket may close next, of well-nested brackets',
  loss: 'bits',
  solvedBits: 0.05,
  settings,
  sizes: ({ kinds, maxLength }) => ({ ...sizesOf(kinds), maxLength: evenBelow(maxLength) }),
  load: ({ maxDepth, maxLength }) => Math.min(maxDepth, evenBelow(maxLength) / 2),
  sample,
  harder(settings) {
    const longer = stretched({ from: settings.maxLength, stretches: STRETCHES, most: MOST }).map(evenBelow);
    return Object.fromEntries(
      longer.map((length) => [`length ${length}`, { ...settings, minLength: length, maxLength: length }]),
    );
  },
  lines(settings) {
    const [least, most] = pairsIn(settings);
    return { chance: (settings.kinds + 1) * (least + most) };
  },
};

function sample(settings: DyckSettings, rng: Rng, batchSize: number): Batch {
  const [least, most] = pairsIn(settings);
  const pairs = Array.from({ length: batchSize }, () => drawFrom(least, most, rng));
  const length = 2 * Math.max(...pairs);
  const batch = emptyBatch({ length, batchSize, ...sizesOf(settings.kinds) });
  pairs.forEach((count, b) => {
    fill(batch, b, { ...settings, pairs: count }, rng);
  });
  return batch;
}

/** Writes string `b` of so many pairs, with the legal next symbols: the closing brackets by kind, then the end. */
function fill(
  { batchSize, inputSize, outputSize, inputs, targets, mask }: Batch,
  b: number,
  { kinds, maxDepth, pairs }: DyckSettings & { readonly pairs: number },
  rng: Rng,
): void {
  const open: number[] = [];
  for (let t = 0; t < 2 * pairs; t++) {
    const row = t * batchSize + b;
    const left = 2 * pairs - t;
    const mustOpen = open.length === 0;
    const mustClose = open.length === left || open.length === maxDepth;
    const opens = mustOpen || (!mustClose && rng.integer(2) === 0);
    const kind = opens ? rng.integer(kinds) : open.at(-1)!;
    if (opens) open.push(kind);
    else open.pop();
    inputs[row * inputSize + (opens ? kind : kinds + kind)] = 1;
    targets[row * outputSize + (open.at(-1) ?? kinds)] = 1;
    mask[row] = 1;
  }
}
