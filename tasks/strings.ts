/**
 * Tasks that answer a string with a string: see L letters, then give the answer letter by letter while a blank is shown.
 * Deletang et al. 2023, section 4 and table 1. T = L + the answer's length. Lengths are drawn for each string.
 */
import { z } from 'zod';
import type { Batch, Task } from '../src/core/contracts.ts';
import type { Rng } from '../src/core/rng.ts';
import { longerStrings } from './formal.ts';
import { count, drawFrom, inOrder } from './ranges.ts';
import { numbered, symbolBatch, unasked } from './symbols.ts';

const MOST = 10_000;

const settings = z
  .strictObject({
    minLength: count(1, MOST, 1, 'letters in the shortest string'),
    maxLength: count(1, MOST, 40, 'letters in the longest string'),
    letters: count(2, 1000, 2, 'letters of the alphabet'),
  })
  .refine(...inOrder('minLength', 'maxLength'));

/** Lengths are uniform in [minLength, maxLength]. */
export interface StringSettings {
  readonly minLength: number;
  readonly maxLength: number;
  readonly letters: number;
}

/** Which task it is. */
export interface StringTask extends Pick<Task, 'name' | 'source' | 'summary'> {
  /** The answer's length over the string's. */
  readonly times: number;
  /** The answer to a string. */
  answer(letters: readonly number[]): readonly number[];
}

/** A task that answers strings with strings. */
export function stringTask({ times, answer, ...about }: StringTask): Task<StringSettings> {
  const sizesOf = (letters: number) => ({ inputSize: letters + 1, outputSize: letters });
  return {
    ...about,
    loss: 'symbol',
    solvedBits: 0.05,
    settings,
    sizes: ({ maxLength, letters }) => ({ ...sizesOf(letters), maxLength: (1 + times) * maxLength }),
    load: ({ maxLength }) => maxLength,
    symbols: ({ letters }) => ({ inputs: [...numbered(letters), '_'], outputs: numbered(letters) }),
    sample(settings: StringSettings, rng: Rng, batchSize: number): Batch {
      const { minLength, maxLength, letters } = settings;
      const sequences = Array.from({ length: batchSize }, () => {
        const length = drawFrom(minLength, maxLength, rng);
        const string = Array.from({ length }, () => rng.integer(letters));
        const blanks = new Array<number>(times * length).fill(letters);
        return { shown: [...string, ...blanks], asked: [...unasked(length), ...answer(string)] };
      });
      return symbolBatch(sequences, sizesOf(letters));
    },
    harder: (settings) => longerStrings(settings, MOST),
    lines: ({ letters }) => ({ chance: 100 * (1 - 1 / letters) }),
  };
}
