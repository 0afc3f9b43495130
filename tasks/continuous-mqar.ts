/**
 * Multi-query associative recall of vectors: pairs of a random key and a random value, one pair a step, then every key
 * again in another order; at each the value is asked, by squared error. The binding of `mqar` without symbols to learn:
 * what is measured is how many pairs a state can hold. Keys lie on the unit sphere, values are standard normal.
 * K pairs take T = 2K steps. Input channels: key, value, and one that is on at queries. Our own variant.
 */
import { z } from 'zod';
import { emptyBatch } from '../src/core/batch.ts';
import type { Batch, Task } from '../src/core/contracts.ts';
import type { Rng } from '../src/core/rng.ts';
import { count, drawDistinct, grid } from './ranges.ts';

const MOST_PAIRS = 5000;

const settings = z.strictObject({
  pairs: count(1, MOST_PAIRS, 8, 'pairs of a key and a value'),
  keySize: count(1, 4096, 16, 'numbers in a key'),
  valueSize: count(1, 4096, 16, 'numbers in a value'),
});

/** Sizes are in numbers. */
export interface ContinuousSettings {
  readonly pairs: number;
  readonly keySize: number;
  readonly valueSize: number;
}

const STRETCHES = [0.5, 1, 2, 4];

/** The recall of vectors. */
export const continuousMqar: Task<ContinuousSettings> = {
  name: 'continuous-mqar',
  source: 'unpublished; after Arora et al. 2024',
  summary: 'at each key vector that comes again, the value vector beside it',
  loss: 'value',
  solvedBits: 0.1,
  settings,
  sizes: ({ pairs, keySize, valueSize }) => ({ ...sizesOf(keySize, valueSize), maxLength: 2 * pairs }),
  load: ({ pairs }) => pairs,
  sample,
  harder: (settings) =>
    grid('pairs', { from: settings.pairs, stretches: STRETCHES, most: MOST_PAIRS }, (pairs) => ({
      ...settings,
      pairs,
    })),
  // Without a memory the mean, zero, is best; the mean of the values shown is a little nearer, and comes with them.
  lines: ({ pairs }) => ({ chance: 1, noBinding: 1 - 1 / pairs }),
};

function sizesOf(keySize: number, valueSize: number) {
  return { inputSize: keySize + valueSize + 1, outputSize: valueSize };
}

function sample({ pairs, keySize, valueSize }: ContinuousSettings, rng: Rng, batchSize: number): Batch {
  const batch = emptyBatch({ length: 2 * pairs, batchSize, ...sizesOf(keySize, valueSize) });
  const { inputs, targets, mask, inputSize } = batch;
  for (let b = 0; b < batchSize; b++) {
    const keys = Array.from({ length: pairs }, () => unitVector(keySize, rng));
    const values = Array.from({ length: pairs }, () => normalVector(valueSize, rng));
    keys.forEach((key, i) => {
      const row = i * batchSize + b;
      inputs.set([...key, ...values[i]!], row * inputSize);
    });
    drawDistinct(pairs, pairs, rng).forEach((pair, i) => {
      const row = (pairs + i) * batchSize + b;
      inputs.set(keys[pair]!, row * inputSize);
      inputs[(row + 1) * inputSize - 1] = 1;
      targets.set(values[pair]!, row * valueSize);
      mask[row] = 1;
    });
  }
  return batch;
}

function normalVector(size: number, rng: Rng): number[] {
  return Array.from({ length: size }, () => rng.normal());
}

function unitVector(size: number, rng: Rng): number[] {
  const vector = normalVector(size, rng);
  const norm = Math.hypot(...vector);
  return vector.map((value) => value / norm);
}
