/**
 * Capacity: pairs of a key and a value, then one key; the value that it was last seen with is asked, by squared error.
 * Schlag, Irie and Schmidhuber 2021, section 6.1. Both are one of `keys` symbols, one-hot. Setting 1: every key once, each
 * with another value, in random order. Setting 2 (`repeats`): twice as many pairs, keys and values drawn with replacement,
 * so that a key may come with a new value, which is to be kept instead of the old one.
 * P pairs take T = P+1 steps. Input channels: keys, then values; targets are the one-hot values.
 */
import { z } from 'zod';
import { emptyBatch } from '../src/core/batch.ts';
import type { Batch, Task } from '../src/core/contracts.ts';
import type { Rng } from '../src/core/rng.ts';
import { count, drawDistinct } from './ranges.ts';

const settings = z.strictObject({
  keys: count(2, 5000, 20, 'different keys, and as many values'),
  repeats: z
    .boolean()
    .default(false)
    .describe('setting 2: twice as many pairs, in which keys come again with other values'),
});

/** `keys` is S of the paper. */
export interface CapacitySettings {
  readonly keys: number;
  readonly repeats: boolean;
}

const pairsOf = ({ keys, repeats }: CapacitySettings) => (repeats ? 2 * keys : keys);
const sizesOf = (keys: number) => ({ inputSize: 2 * keys, outputSize: keys });

/** The capacity task. */
export const capacity: Task<CapacitySettings> = {
  name: 'capacity',
  source: 'Schlag et al. 2021, section 6.1',
  summary: 'the value that a key was last seen with, of as many as can be held',
  loss: 'value',
  // The squared error of a sequence below a thousandth, where the curves of the paper's figure 2 touch the ground.
  solvedBits: 0.0005 / Math.LN2,
  settings,
  sizes: (settings) => ({ ...sizesOf(settings.keys), maxLength: pairsOf(settings) + 1 }),
  load: ({ keys }) => keys,
  sample,
  // Sizes go with the number of keys: a model that was trained on some cannot be shown more.
  harder: (settings) => ({ 'as trained': settings }),
  // Whoever knows nothing says 1/S for every value.
  lines: ({ keys }) => ({ chance: (1 / keys) * (1 - 1 / keys) }),
};

function sample(settings: CapacitySettings, rng: Rng, batchSize: number): Batch {
  const { keys: size, repeats } = settings;
  const pairs = pairsOf(settings);
  const draw = () =>
    repeats ? Array.from({ length: pairs }, () => rng.integer(size)) : drawDistinct(pairs, size, rng);
  const batch = emptyBatch({ length: pairs + 1, batchSize, ...sizesOf(size) });
  for (let b = 0; b < batchSize; b++) {
    const keys = draw();
    const values = draw();
    const asked = keys[rng.integer(pairs)]!;
    keys.forEach((key, t) => {
      const row = (t * batchSize + b) * 2 * size;
      batch.inputs[row + key] = 1;
      batch.inputs[row + size + values[t]!] = 1;
    });
    const last = pairs * batchSize + b;
    batch.inputs[last * 2 * size + asked] = 1;
    batch.targets[last * size + values[keys.lastIndexOf(asked)]!] = 1;
    batch.mask[last] = 1;
  }
  return batch;
}
