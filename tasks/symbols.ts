/**
 * Sequences of symbols, one a step, as a batch: inputs and targets one-hot. A model with `model.embeddingSize` multiplies
 * the one-hot input with a matrix, which is a learned embedding.
 */

import { emptyBatch } from '../src/core/batch.ts';
import type { Batch } from '../src/core/contracts.ts';

/** One sequence: the symbol shown at each step, and the one that is asked for. */
export interface SymbolSequence {
  /** Input channels; steps after the last show nothing. */
  readonly shown: readonly number[];
  /** Output channels by step; undefined where nothing is scored. */
  readonly asked: readonly (number | undefined)[];
  /** What training learns at each step, where that is more than what is asked. */
  readonly learned?: readonly (number | undefined)[];
}

/** A batch of sequences of any lengths; `inputSize` and `outputSize` are the numbers of symbols. */
export function symbolBatch(
  sequences: readonly SymbolSequence[],
  { inputSize, outputSize }: Pick<Batch, 'inputSize' | 'outputSize'>,
): Batch {
  const batchSize = sequences.length;
  const length = Math.max(...sequences.map(({ shown, asked }) => Math.max(shown.length, asked.length)));
  const batch = emptyBatch({ length, batchSize, inputSize, outputSize });
  const trainMask = sequences.some(({ learned }) => learned)
    ? new Float32Array(batch.mask.length)
    : undefined;
  sequences.forEach(({ shown, asked, learned = asked }, b) => {
    shown.forEach((symbol, t) => {
      batch.inputs[(t * batchSize + b) * inputSize + symbol] = 1;
    });
    for (const [symbols, mask] of [[asked, batch.mask] as const, [learned, trainMask] as const])
      symbols.forEach((symbol, t) => {
        if (symbol === undefined || mask === undefined) return;
        batch.targets[(t * batchSize + b) * outputSize + symbol] = 1;
        mask[t * batchSize + b] = 1;
      });
  });
  return { ...batch, ...(trainMask && { trainMask }) };
}

/** Nothing asked for `steps` steps. */
export function unasked(steps: number): undefined[] {
  return new Array<undefined>(steps).fill(undefined);
}

/** Symbols that are numbers, under a name where there are several kinds: `k0`, `k1`. */
export function numbered(count: number, prefix = ''): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${i}`);
}
