/**
 * What every task begins with: a batch of zeros of the right size, and the check that it can be held.
 * Sequences shorter than the batch's length are padded with zeros and their mask stays 0 there.
 */
import type { Batch } from '../src/core/contracts.ts';
import { UsageError } from '../src/core/errors.ts';

/** The most numbers that one array of a batch may hold: 2 GiB of float32. */
const MOST_NUMBERS = 2 ** 29;

/**
 * A batch of zeros with an empty mask.
 * @throws UsageError when an array would hold more than 2^29 numbers, before anything is allocated
 */
export function emptyBatch(sizes: Pick<Batch, 'length' | 'batchSize' | 'inputSize' | 'outputSize'>): Batch {
  const { length, batchSize, inputSize, outputSize } = sizes;
  const numbers = length * batchSize * Math.max(inputSize, outputSize);
  if (numbers > MOST_NUMBERS) {
    throw new UsageError(
      `task: expected a batch of at most ${MOST_NUMBERS} numbers, got ${length} steps x ${batchSize} sequences x ` +
        `${Math.max(inputSize, outputSize)} channels = ${numbers}; lower the batch size or the sequence length`,
    );
  }
  return {
    length,
    batchSize,
    inputSize,
    outputSize,
    inputs: new Float32Array(length * batchSize * inputSize),
    targets: new Float32Array(length * batchSize * outputSize),
    mask: new Float32Array(length * batchSize),
  };
}
