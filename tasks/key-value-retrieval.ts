/**
 * Key-value retrieval: `c9k8j3f1??c` -> `9`.  Ba et al. 2016, section 4.1 ("associative retrieval").
 * A string is K pairs of a letter and a digit, `??`, and one of the letters again: T = 2K+3 one-hot symbols over
 * 26 letters, 10 digits and `?` (in this order). Letters are drawn without replacement, digits with. The answer
 * is the digit of the asked letter: one softmax over 10 at the last step, and nothing else is scored.
 * The paper draws 100,000 training strings once; here every batch is fresh, so there is nothing to overfit.
 */
import { z } from 'zod';
import { emptyBatch } from '../src/core/batch.ts';
import type { Batch, Task } from '../src/core/contracts.ts';
import type { Rng } from '../src/core/rng.ts';
import { drawDistinct, grid } from './ranges.ts';

const LETTERS = 26;
const DIGITS = 10;
const QUESTION = LETTERS + DIGITS;
const SYMBOLS = QUESTION + 1;

const settings = z.strictObject({
  pairs: z.int().min(1).max(LETTERS).default(4).describe('letter-digit pairs in a string'),
});

/** `pairs` is the same for every string: K of the paper. */
export interface RetrievalSettings {
  readonly pairs: number;
}

/** 4, 8, 16 and 25 pairs for the default. */
const STRETCHES = [1, 2, 4, 6.25];

/** The key-value retrieval task. */
export const keyValueRetrieval: Task<RetrievalSettings> = {
  name: 'key-value-retrieval',
  source: 'Ba et al. 2016, section 4.1',
  summary: 'answer with the digit that stood beside a letter',
  loss: 'symbol',
  // A wrong answer gives the right digit a probability of at most 1/2 and so costs at least one bit: below
  // 0.1 bits at most 10 % of the answers are wrong, far under any no binding error (45 % at K = 2, more above).
  solvedBits: 0.1,
  settings,
  sizes: ({ pairs }) => ({ inputSize: SYMBOLS, outputSize: DIGITS, maxLength: 2 * pairs + 3 }),
  load: ({ pairs }) => pairs,
  symbols: () => ({ inputs: [...'abcdefghijklmnopqrstuvwxyz0123456789?'], outputs: [...'0123456789'] }),
  sample,
  harder: ({ pairs: from }) =>
    grid('pairs', { from, stretches: STRETCHES, most: LETTERS }, (pairs) => ({ pairs })),
  lines: ({ pairs }) => ({
    chance: 100 * (1 - 1 / DIGITS),
    noBinding: 100 * (1 - expectedLargestCount(pairs) / pairs),
  }),
};

function sample({ pairs }: RetrievalSettings, rng: Rng, batchSize: number): Batch {
  const length = 2 * pairs + 3;
  const batch = emptyBatch({ length, batchSize, inputSize: SYMBOLS, outputSize: DIGITS });
  for (let b = 0; b < batchSize; b++) {
    const letters = drawDistinct(pairs, LETTERS, rng);
    const digits = Array.from({ length: pairs }, () => rng.integer(DIGITS));
    const asked = rng.integer(pairs);
    const shown = letters.flatMap((letter, i) => [letter, LETTERS + digits[i]!]);
    [...shown, QUESTION, QUESTION, letters[asked]!].forEach((symbol, t) => {
      batch.inputs[(t * batchSize + b) * SYMBOLS + symbol] = 1;
    });
    const last = (length - 1) * batchSize + b;
    batch.targets[last * DIGITS + digits[asked]!] = 1;
    batch.mask[last] = 1;
  }
  return batch;
}

/**
 * How often the most frequent digit is expected among K random ones. Whoever knows which digits were shown but
 * not whose they are answers with that digit, and is right with probability E[largest count] / K.
 *   E = sum_{m=0}^{K-1} P(largest > m),   P(largest <= m) = K!/10^K [x^K] (sum_{j<=m} x^j/j!)^10
 */
function expectedLargestCount(pairs: number): number {
  let expected = 0;
  for (let most = 0; most < pairs; most++) expected += 1 - probabilityNoneAbove(most, pairs);
  return expected;
}

/** P(no digit comes more than `most` times), digit by digit: `ways[n]` is n!/10^n times the coefficient of x^n. */
function probabilityNoneAbove(most: number, pairs: number): number {
  let ways = [1, ...new Array<number>(pairs).fill(0)];
  for (let digit = 0; digit < DIGITS; digit++) {
    ways = ways.map((_, n) => {
      let sum = 0;
      for (let j = 0, term = 1; j <= Math.min(most, n); j++, term *= (n - j + 1) / (j * DIGITS)) {
        sum += term * ways[n - j]!;
      }
      return sum;
    });
  }
  return ways[pairs]!;
}
