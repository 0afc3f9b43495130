/**
 * Copy: see a sequence of random binary vectors, then give it back.  Graves et al. 2014, section 4.1.
 * A sequence of L vectors takes T = 2L+1 steps: L vectors, one delimiter on a channel of its own, and L silent
 * steps on which the outputs are scored. Lengths are drawn for each sequence, so they differ within a batch.
 * The paper trains on one sequence at a time; a batch is padded with zeros to its longest.
 */
import { z } from 'zod';
import { emptyBatch } from '../src/core/batch.ts';
import type { Batch, Task } from '../src/core/contracts.ts';
import type { Rng } from '../src/core/rng.ts';
import { drawFrom, grid, inOrder } from './ranges.ts';

const LONGEST = 10_000;

const settings = z
  .strictObject({
    minLength: z.int().min(1).max(LONGEST).default(1).describe('vectors in the shortest sequence'),
    maxLength: z.int().min(1).max(LONGEST).default(20).describe('vectors in the longest sequence'),
    width: z.int().min(1).max(1024).default(8).describe('bits in a vector'),
  })
  .refine(...inOrder('minLength', 'maxLength'));

/** Lengths are uniform in [minLength, maxLength]. */
export interface CopySettings {
  readonly minLength: number;
  readonly maxLength: number;
  readonly width: number;
}

/** How much longer than in training: Graves shows 10, 20, 30, 50 and 120 after training on 1 to 20. */
const STRETCHES = [1, 1.5, 2.5, 4, 6];

/** The copy task. */
export const copy: Task<CopySettings> = {
  name: 'copy',
  source: 'Graves et al. 2014, section 4.1',
  summary: 'give back a sequence of random binary vectors',
  loss: 'bits',
  solvedBits: 0.05,
  settings,
  sizes: ({ maxLength, width }) => ({
    inputSize: width + 1,
    outputSize: width,
    maxLength: 2 * maxLength + 1,
  }),
  load: ({ maxLength }) => maxLength,
  sample,
  harder: (settings) =>
    grid('length', { from: settings.maxLength, stretches: STRETCHES, most: LONGEST }, (length) => ({
      ...settings,
      minLength: length,
      maxLength: length,
    })),
  // Every scored bit is a fair coin: one bit each, and the mean length is the middle of the range.
  lines: ({ minLength, maxLength, width }) => ({ chance: (width * (minLength + maxLength)) / 2 }),
};

function sample({ minLength, maxLength, width }: CopySettings, rng: Rng, batchSize: number): Batch {
  const lengths = Array.from({ length: batchSize }, () => drawFrom(minLength, maxLength, rng));
  const batch = emptyBatch({
    length: 2 * Math.max(...lengths) + 1,
    batchSize,
    inputSize: width + 1,
    outputSize: width,
  });
  lengths.forEach((length, b) => {
    fill(batch, b, length, rng);
  });
  return batch;
}

/** Writes sequence `b`: `length` vectors, the delimiter, and the same vectors as targets. */
function fill(batch: Batch, b: number, length: number, rng: Rng): void {
  const { batchSize, inputSize, outputSize: width } = batch;
  for (let t = 0; t < length; t++) {
    const shown = t * batchSize + b;
    const asked = (t + length + 1) * batchSize + b;
    batch.mask[asked] = 1;
    for (let i = 0; i < width; i++) {
      const bit = rng.integer(2);
      batch.inputs[shown * inputSize + i] = bit;
      batch.targets[asked * width + i] = bit;
    }
  }
  batch.inputs[(length * batchSize + b) * inputSize + width] = 1;
}
