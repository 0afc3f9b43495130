/**
 * Adding: numbers with a mark beside two of them; say their sum at the end. Hochreiter and Schmidhuber 1997, section 5.4, in
 * the form of Le, Jaitly and Hinton 2015, section 4.1: numbers uniform in [0,1), the answer their plain sum, by squared
 * error; a mark in the first half and one in the second, as in Arjovsky, Shah and Bengio 2016. T = `length`.
 */
import { z } from 'zod';
import { emptyBatch } from '../src/core/batch.ts';
import type { Batch, Task } from '../src/core/contracts.ts';
import type { Rng } from '../src/core/rng.ts';
import { count, drawFrom, grid, inOrder } from './ranges.ts';

const MOST = 10_000;

const settings = z
  .strictObject({
    minLength: count(2, MOST, 100, 'numbers in the shortest sequence'),
    maxLength: count(2, MOST, 100, 'numbers in the longest sequence'),
  })
  .refine(...inOrder('minLength', 'maxLength'));

/** Lengths are uniform in [minLength, maxLength]. */
export interface AddingSettings {
  readonly minLength: number;
  readonly maxLength: number;
}

const STRETCHES = [1, 1.5, 2, 4];

/** The adding problem. */
export const adding: Task<AddingSettings> = {
  name: 'adding',
  source: 'Hochreiter and Schmidhuber 1997, section 5.4; Le et al. 2015, section 4.1',
  summary: 'the sum of the two numbers that were marked',
  loss: 'value',
  // A mean squared error of a thousandth.
  solvedBits: 0.0005 / Math.LN2,
  settings,
  sizes: ({ maxLength }) => ({ inputSize: 2, outputSize: 1, maxLength }),
  load: () => 1,
  sample,
  harder: (settings) =>
    grid('length', { from: settings.maxLength, stretches: STRETCHES, most: MOST }, (length) => ({
      ...settings,
      minLength: length,
      maxLength: length,
    })),
  // Saying 1 at all times: the variance of a sum of two is 2/12.
  lines: () => ({ chance: 1 / 6 }),
};

function sample({ minLength, maxLength }: AddingSettings, rng: Rng, batchSize: number): Batch {
  const lengths = Array.from({ length: batchSize }, () => drawFrom(minLength, maxLength, rng));
  const batch = emptyBatch({ length: Math.max(...lengths), batchSize, inputSize: 2, outputSize: 1 });
  const { inputs, targets, mask } = batch;
  lengths.forEach((length, b) => {
    const numbers = Array.from({ length }, () => rng.uniform());
    const half = Math.floor(length / 2);
    const marked = [rng.integer(half), half + rng.integer(length - half)];
    numbers.forEach((number, t) => {
      inputs[2 * (t * batchSize + b)] = number;
    });
    const last = (length - 1) * batchSize + b;
    for (const t of marked) {
      inputs[2 * (t * batchSize + b) + 1] = 1;
      targets[last]! += numbers[t]!;
    }
    mask[last] = 1;
  });
  return batch;
}
