/**
 * Multi-query associative recall: pairs of a key and a value, then some of the keys again among blanks; at each the value
 * that stood beside it is asked. Arora et al. 2024 (Zoology), section 4 and its code: keys and values each without
 * repetition from their half of the vocabulary; key number i comes back after a gap that follows a power law; symbol 0 is
 * the blank, or with `randomBlanks` any symbol. T = `length`. Defaults are the code's smallest setting; the figures of the
 * paper have 8192 symbols and (length, pairs) of (64, 4), (128, 8), (256, 16), (512, 64).
 */
import { z } from 'zod';
import type { Batch, Task } from '../src/core/contracts.ts';
import type { Rng } from '../src/core/rng.ts';
import { count, drawDistinct } from './ranges.ts';
import { numbered, type SymbolSequence, symbolBatch, unasked } from './symbols.ts';

const BLANK = 0;
const MOST = 100_000;

const settings = z
  .strictObject({
    vocabulary: count(4, MOST, 256, 'symbols: the first half are keys but for the blank, the second values'),
    length: count(4, 10_000, 64, 'steps of a sequence'),
    pairs: count(1, MOST, 4, 'pairs of a key and a value'),
    power: z
      .number()
      .min(0.001)
      .max(1)
      .default(0.01)
      .describe('of the gaps before a key comes back: 1 is uniform, small is soon'),
    randomBlanks: z.boolean().default(false).describe('random symbols where nothing is to be shown'),
  })
  .refine(({ pairs, vocabulary }) => pairs <= keysOf(vocabulary), {
    path: ['pairs'],
    error: ({ input }) => {
      const { pairs, vocabulary } = input as MqarSettings;
      return `expected at most the ${keysOf(vocabulary)} keys of a vocabulary of ${vocabulary}, got ${pairs}; lower it, or raise vocabulary to ${2 * pairs + 2}`;
    },
  })
  .refine(({ pairs, length }) => 4 * pairs <= length, {
    path: ['length'],
    error: ({ input }) => {
      const { pairs, length } = input as MqarSettings;
      return `expected at least ${4 * pairs} steps for ${pairs} pairs and their queries, got ${length}; raise length or lower pairs`;
    },
  });

/** `power` shapes the gaps: a query i places on has a probability in proportion to i^(power-1). */
export interface MqarSettings {
  readonly vocabulary: number;
  readonly length: number;
  readonly pairs: number;
  readonly power: number;
  readonly randomBlanks: boolean;
}

/** Symbols 1 ... vocabulary/2 - 1. */
function keysOf(vocabulary: number): number {
  return Math.floor(vocabulary / 2) - 1;
}

/** The lengths and pairs of the paper's figure 2, over those of training. */
const STRETCHES = [
  [1, 1],
  [2, 2],
  [4, 4],
  [8, 16],
] as const;

/** The multi-query associative recall task. */
export const mqar: Task<MqarSettings> = {
  name: 'mqar',
  source: 'Arora et al. 2024 (Zoology), section 4',
  summary: 'at each key that comes again, the value that stood beside it',
  loss: 'symbol',
  solvedBits: 0.1,
  settings,
  sizes: ({ vocabulary, length }) => ({ inputSize: vocabulary, outputSize: vocabulary, maxLength: length }),
  load: ({ pairs }) => pairs,
  symbols({ vocabulary }) {
    const keys = keysOf(vocabulary);
    const names = ['_', ...numbered(keys, 'k'), ...numbered(vocabulary - keys - 1, 'v')];
    return { inputs: names, outputs: names };
  },
  sample,
  harder(settings) {
    const rows = STRETCHES.map(([longer, more]) => ({
      length: Math.min(10_000, longer * settings.length),
      pairs: Math.min(more * settings.pairs, keysOf(settings.vocabulary)),
    })).map(({ length, pairs }) => ({ length, pairs: Math.min(pairs, Math.floor(length / 4)) }));
    return Object.fromEntries(
      rows.map((row) => [`${row.pairs} pairs in ${row.length} steps`, { ...settings, ...row }]),
    );
  },
  lines: ({ vocabulary, pairs }) => ({
    chance: 100 * (1 - 1 / (vocabulary - keysOf(vocabulary) - 1)),
    // Whoever knows which values were shown, and not beside what.
    noBinding: 100 * (1 - 1 / pairs),
  }),
};

function sample(settings: MqarSettings, rng: Rng, batchSize: number): Batch {
  const { vocabulary, length, pairs, power } = settings;
  const weights = gapWeights(Math.floor((length - 2 * pairs) / 2), power);
  const sequences = Array.from({ length: batchSize }, () => sequence(settings, weights, rng));
  // A sequence may end in blanks that show and ask nothing: all have the same length.
  return symbolBatch(sequences, { inputSize: vocabulary, outputSize: vocabulary });
}

function sequence(
  { vocabulary, length, pairs, randomBlanks }: MqarSettings,
  weights: readonly number[],
  rng: Rng,
): SymbolSequence {
  const keyCount = keysOf(vocabulary);
  const keys = drawDistinct(pairs, keyCount, rng).map((key) => 1 + key);
  const values = drawDistinct(pairs, vocabulary - keyCount - 1, rng).map((value) => 1 + keyCount + value);
  const shown = new Array<number>(length).fill(BLANK);
  const asked: (number | undefined)[] = unasked(length);
  keys.forEach((key, i) => {
    shown[2 * i] = key;
    shown[2 * i + 1] = values[i]!;
  });
  drawGaps(pairs, weights, rng).forEach((gap, i) => {
    shown[2 * pairs + 2 * gap] = keys[i]!;
    asked[2 * pairs + 2 * gap] = values[i]!;
  });
  if (!randomBlanks) return { shown, asked };
  return { shown: shown.map((symbol) => (symbol === BLANK ? rng.integer(vocabulary) : symbol)), asked };
}

/** In proportion to the probability of each gap. */
function gapWeights(gaps: number, power: number): number[] {
  return Array.from({ length: gaps }, (_, i) => (i + 1) ** (power - 1));
}

/** Different gaps, each drawn by its weight among those that are left. */
function drawGaps(count: number, weights: readonly number[], rng: Rng): number[] {
  const left = [...weights];
  let total = left.reduce((sum, weight) => sum + weight, 0);
  return Array.from({ length: count }, () => {
    let at = rng.uniform() * total;
    let gap = left.findIndex((weight) => {
      at -= weight;
      return weight > 0 && at < 0;
    });
    // Rounding may leave a little after the last.
    if (gap < 0) gap = left.findLastIndex((weight) => weight > 0);
    total -= left[gap]!;
    left[gap] = 0;
    return gap;
  });
}
