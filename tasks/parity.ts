/**
 * Parity: see a string of bits, then say whether the number of ones is odd. Deletang et al. 2023, table 1 ("parity check",
 * regular languages); a linear recurrence whose eigenvalues are all positive cannot learn it (Grazzi et al. 2025).
 * A string of L bits takes T = L+1 steps: the bits, and `?`, at which the answer is asked. Lengths are drawn for each
 * string, where the paper's are alike within a batch.
 */
import { z } from 'zod';
import type { Batch, Task } from '../src/core/contracts.ts';
import type { Rng } from '../src/core/rng.ts';
import { longerStrings } from './formal.ts';
import { count, drawFrom, inOrder } from './ranges.ts';
import { symbolBatch, unasked } from './symbols.ts';

const MOST = 10_000;
const QUESTION = 2;

const settings = z
  .strictObject({
    minLength: count(1, MOST, 1, 'bits in the shortest string'),
    maxLength: count(1, MOST, 40, 'bits in the longest string'),
  })
  .refine(...inOrder('minLength', 'maxLength'));

/** Lengths are uniform in [minLength, maxLength]. */
export interface ParitySettings {
  readonly minLength: number;
  readonly maxLength: number;
}

/** The parity task. */
export const parity: Task<ParitySettings> = {
  name: 'parity',
  source: 'Deletang et al. 2023, table 1',
  summary: 'whether a string of bits has an odd number of ones',
  loss: 'symbol',
  solvedBits: 0.05,
  settings,
  sizes: ({ maxLength }) => ({ inputSize: 3, outputSize: 2, maxLength: maxLength + 1 }),
  load: () => 1,
  symbols: () => ({ inputs: ['0', '1', '?'], outputs: ['even', 'odd'] }),
  sample,
  harder: (settings) => longerStrings(settings, MOST),
  lines: () => ({ chance: 50 }),
};

function sample({ minLength, maxLength }: ParitySettings, rng: Rng, batchSize: number): Batch {
  const sequences = Array.from({ length: batchSize }, () => {
    const length = drawFrom(minLength, maxLength, rng);
    const bits = Array.from({ length }, () => rng.integer(2));
    const odd = bits.reduce((sum, bit) => sum + bit, 0) % 2;
    return { shown: [...bits, QUESTION], asked: [...unasked(length), odd] };
  });
  return symbolBatch(sequences, { inputSize: 3, outputSize: 2 });
}
