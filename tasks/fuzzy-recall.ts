/**
 * Fuzzy recall: keys and values of one to three symbols each, one after another; where a key comes again, so does its
 * value. Poli et al. 2024 (MAD), appendix B, with several queries: a key is some symbols of the first half of the
 * vocabulary, all different, a value the same of the second. Training learns every next symbol (`learned`), as MAD does.
 * Scored are the values of keys that came before and have the most symbols: the shorter ones may be the beginning of a
 * longer, so that what comes next cannot be known; MAD tests on keys of the most symbols only. The last key is one of
 * these. T = `length`, from the first pair to the last but one symbol; blanks come first where pairs do not fill it.
 */
import { z } from 'zod';
import type { Batch, Task } from '../src/core/contracts.ts';
import type { Rng } from '../src/core/rng.ts';
import { count, drawDistinct, drawFrom, inOrder } from './ranges.ts';
import { numbered, type SymbolSequence, symbolBatch } from './symbols.ts';

const settings = z
  .strictObject({
    vocabulary: count(4, 10_000, 14, 'symbols beside the blank; half of them make keys'),
    length: count(4, 10_000, 128, 'steps of a sequence'),
    minKey: count(1, 10, 1, 'symbols of the shortest keys'),
    maxKey: count(1, 10, 3, 'symbols of the longest keys'),
    maxValue: count(1, 10, 3, 'symbols of the longest values'),
  })
  .refine(...inOrder('minKey', 'maxKey'))
  .refine(({ maxKey, maxValue, vocabulary }) => 2 * Math.max(maxKey, maxValue) <= vocabulary, {
    path: ['vocabulary'],
    error: ({ input }) => {
      const { maxKey, maxValue, vocabulary } = input as FuzzySettings;
      return `expected at least ${2 * Math.max(maxKey, maxValue)} symbols for keys of ${maxKey} and values of ${maxValue}, got ${vocabulary}; raise vocabulary`;
    },
  })
  .refine(({ maxKey, maxValue, length }) => 2 * (maxKey + maxValue) <= length + 1, {
    path: ['length'],
    error: ({ input }) => {
      const { maxKey, maxValue, length } = input as FuzzySettings;
      return `expected at least ${2 * (maxKey + maxValue) - 1} steps for a pair and the same again, got ${length}; raise length`;
    },
  });

/** Sizes of keys are uniform in [minKey, maxKey], those of values in [1, maxValue]. */
export interface FuzzySettings {
  readonly vocabulary: number;
  readonly length: number;
  readonly minKey: number;
  readonly maxKey: number;
  readonly maxValue: number;
}

const halfOf = (vocabulary: number) => Math.floor(vocabulary / 2);

/** The fuzzy recall task. */
export const fuzzyRecall: Task<FuzzySettings> = {
  name: 'fuzzy-recall',
  source: 'Poli et al. 2024 (MAD), appendix B',
  summary: 'the value of a key, both of several symbols',
  loss: 'symbol',
  solvedBits: 0.1,
  settings,
  sizes: ({ vocabulary, length }) => ({
    inputSize: vocabulary + 1,
    outputSize: vocabulary,
    maxLength: length,
  }),
  load: ({ length, minKey }) => Math.floor(length / (minKey + 1)),
  symbols({ vocabulary }) {
    const keys = halfOf(vocabulary);
    const names = [...numbered(keys, 'k'), ...numbered(vocabulary - keys, 'v')];
    return { inputs: [...names, '_'], outputs: names };
  },
  sample,
  harder: (settings) => ({
    [`length ${settings.length}`]: settings,
    'longest keys': { ...settings, minKey: settings.maxKey },
    [`length ${2 * settings.length}`]: { ...settings, length: Math.min(10_000, 2 * settings.length) },
  }),
  lines: ({ vocabulary }) => ({ chance: 100 * (1 - 1 / (vocabulary - halfOf(vocabulary))) }),
};

function sample(settings: FuzzySettings, rng: Rng, batchSize: number): Batch {
  const sequences = Array.from({ length: batchSize }, () => sequence(settings, rng));
  return symbolBatch(sequences, { inputSize: settings.vocabulary + 1, outputSize: settings.vocabulary });
}

interface Pair {
  readonly key: readonly number[];
  readonly value: readonly number[];
}

function sequence(settings: FuzzySettings, rng: Rng): SymbolSequence {
  const { vocabulary, length, maxKey } = settings;
  const pairs = drawPairs(settings, rng);
  const symbols = pairs.flatMap(({ key, value }) => [...key, ...value]);
  const blanks = length + 1 - symbols.length;
  const seen = new Set<string>();
  // What comes next, at each symbol: the last one is only asked for.
  const isAsked = pairs.flatMap(({ key, value }) => {
    const known = seen.has(key.join()) && key.length === maxKey;
    seen.add(key.join());
    return [...key.map(() => false), ...value.map(() => known)];
  });
  const all: (number | undefined)[] = [...new Array<undefined>(blanks).fill(undefined), ...symbols];
  const asked = [...new Array<boolean>(blanks).fill(false), ...isAsked];
  return {
    shown: all.slice(0, -1).map((symbol) => symbol ?? vocabulary),
    asked: all.slice(1).map((symbol, t) => (asked[t + 1] ? symbol : undefined)),
    learned: all.slice(1),
  };
}

/** Pairs that fill `length` + 1 symbols but for a few; the last repeats one of a key of the most symbols. */
function drawPairs(settings: FuzzySettings, rng: Rng): Pair[] {
  const { length, minKey, maxKey } = settings;
  const values = new Map<string, readonly number[]>();
  const draw = (least: number): Pair => {
    const key = drawKey(settings, drawFrom(least, maxKey, rng), rng);
    const value = values.get(key.join()) ?? drawValue(settings, rng);
    values.set(key.join(), value);
    return { key, value };
  };
  const size = ({ key, value }: Pair) => key.length + value.length;
  const last = draw(maxKey);
  const pairs = [last];
  let left = length + 1 - 2 * size(last);
  for (;;) {
    const pair = draw(minKey);
    if (size(pair) > left) break;
    pairs.push(pair);
    left -= size(pair);
  }
  // The pair that is asked last comes first at any place.
  const at = rng.integer(pairs.length);
  return [...pairs.slice(1, at + 1), last, ...pairs.slice(at + 1), last];
}

function drawKey({ vocabulary }: FuzzySettings, size: number, rng: Rng): number[] {
  return drawDistinct(size, halfOf(vocabulary), rng);
}

function drawValue({ vocabulary, maxValue }: FuzzySettings, rng: Rng): number[] {
  const keys = halfOf(vocabulary);
  return drawDistinct(drawFrom(1, maxValue, rng), vocabulary - keys, rng).map((symbol) => keys + symbol);
}
