/**
 * Repeat copy: see a sequence of random binary vectors and a number, then give the sequence back so many times and end with
 * a marker. Graves et al. 2014, section 4.2. L vectors and R repeats take T = L + 1 + L R + 1 steps with the paper's count.
 * `count` says how R is shown: `scalar`, as in the paper, is one number on a channel of its own, of mean 0 and variance 1
 * over the numbers of training, so that others cannot be told well; `unary` holds the channel at 1 for R steps, which
 * any number can be. Output channels: the vector, and the marker, which is 1 at the last step only.
 */
import { z } from 'zod';
import { emptyBatch } from '../src/core/batch.ts';
import type { Batch, Task } from '../src/core/contracts.ts';
import type { Rng } from '../src/core/rng.ts';
import { count, drawFrom, inOrder } from './ranges.ts';

const MOST = 1000;

const settings = z
  .strictObject({
    minLength: count(1, MOST, 1, 'vectors in the shortest sequence'),
    maxLength: count(1, MOST, 10, 'vectors in the longest sequence'),
    minRepeats: count(1, MOST, 1, 'the fewest repeats'),
    maxRepeats: count(1, MOST, 10, 'the most repeats'),
    width: count(1, 1024, 8, 'bits in a vector'),
    count: z
      .enum(['scalar', 'unary'])
      .default('scalar')
      .describe('how the number of repeats is shown: one number, or a one for each'),
    scalarFrom: count(1, MOST, 1, 'the fewest repeats that the scalar is scaled for'),
    scalarTo: count(1, MOST, 10, 'the most repeats that the scalar is scaled for'),
  })
  .refine(...inOrder('minLength', 'maxLength'))
  .refine(...inOrder('minRepeats', 'maxRepeats'))
  .refine(...inOrder('scalarFrom', 'scalarTo'));

/** Lengths and repeats are uniform in their ranges. The scalar keeps its scale where the repeats of a test are others. */
export interface RepeatCopySettings {
  readonly minLength: number;
  readonly maxLength: number;
  readonly minRepeats: number;
  readonly maxRepeats: number;
  readonly width: number;
  readonly count: 'scalar' | 'unary';
  readonly scalarFrom: number;
  readonly scalarTo: number;
}

/** Graves shows twice the length and twice the repeats. */
const STRETCH = 2;

const sizesOf = (width: number) => ({ inputSize: width + 1, outputSize: width + 1 });

/** The repeat copy task. */
export const repeatCopy: Task<RepeatCopySettings> = {
  name: 'repeat-copy',
  source: 'Graves et al. 2014, section 4.2',
  summary: 'give back a sequence of random binary vectors a number of times',
  loss: 'bits',
  solvedBits: 0.05,
  settings,
  sizes(settings) {
    const { maxLength, maxRepeats, width } = settings;
    return { ...sizesOf(width), maxLength: stepsOf(settings, maxLength, maxRepeats) };
  },
  load: ({ maxLength }) => maxLength,
  sample,
  harder(settings) {
    const { maxLength, maxRepeats } = settings;
    const row = (length: number, repeats: number) => {
      const range = { minLength: length, maxLength: length, minRepeats: repeats, maxRepeats: repeats };
      return [`length ${length}, repeats ${repeats}`, { ...settings, ...range }] as const;
    };
    const [longer, more] = [maxLength, maxRepeats].map((most) => Math.min(MOST, STRETCH * most)) as [
      number,
      number,
    ];
    return Object.fromEntries([
      row(maxLength, maxRepeats),
      row(longer, maxRepeats),
      row(maxLength, more),
      row(longer, more),
    ]);
  },
  // Every bit by a guess of one half, the marker's too.
  lines({ minLength, maxLength, minRepeats, maxRepeats, width }) {
    const [length, repeats] = [(minLength + maxLength) / 2, (minRepeats + maxRepeats) / 2];
    return { chance: (width + 1) * (length * repeats + 1) };
  },
};

function stepsOf({ count }: RepeatCopySettings, length: number, repeats: number): number {
  return length + (count === 'scalar' ? 1 : repeats + 1) + length * repeats + 1;
}

function sample(settings: RepeatCopySettings, rng: Rng, batchSize: number): Batch {
  const { minLength, maxLength, minRepeats, maxRepeats, width } = settings;
  const drawn = Array.from({ length: batchSize }, () => ({
    length: drawFrom(minLength, maxLength, rng),
    repeats: drawFrom(minRepeats, maxRepeats, rng),
  }));
  const batch = emptyBatch({
    length: Math.max(...drawn.map(({ length, repeats }) => stepsOf(settings, length, repeats))),
    batchSize,
    ...sizesOf(width),
  });
  drawn.forEach(({ length, repeats }, b) => {
    const vectors = Array.from({ length }, () => Array.from({ length: width }, () => rng.integer(2)));
    fill(batch, b, { vectors, shownCount: shownCount(settings, repeats), repeats });
  });
  return batch;
}

/** What the count's channel shows, step by step. */
function shownCount({ count, scalarFrom, scalarTo }: RepeatCopySettings, repeats: number): number[] {
  // The silent step after the ones tells that there are no more.
  if (count === 'unary') return [...new Array<number>(repeats).fill(1), 0];
  const numbers = scalarTo - scalarFrom + 1;
  const deviation = Math.sqrt((numbers ** 2 - 1) / 12) || 1;
  return [(repeats - (scalarFrom + scalarTo) / 2) / deviation];
}

function fill(
  { batchSize, inputSize, inputs, targets, mask }: Batch,
  b: number,
  told: {
    readonly vectors: readonly (readonly number[])[];
    readonly shownCount: readonly number[];
    readonly repeats: number;
  },
): void {
  const { vectors, shownCount: counted, repeats } = told;
  const marker = inputSize - 1;
  let row = b;
  const next = () => {
    const at = row;
    row += batchSize;
    return at;
  };
  for (const vector of vectors) inputs.set(vector, next() * inputSize);
  for (const value of counted) inputs[next() * inputSize + marker] = value;
  for (let i = 0; i < repeats; i++)
    for (const vector of vectors) {
      const at = next();
      targets.set(vector, at * inputSize);
      mask[at] = 1;
    }
  const last = next();
  targets[last * inputSize + marker] = 1;
  mask[last] = 1;
}
