/**
 * What every batch begins with: zeros of the right size, and the check that they can be held. Sequences shorter than
 * the batch's length are padded with zeros and their mask stays 0 there.
 */
import type { Batch } from './contracts.ts';
import { UsageError } from './errors.ts';

/** The most numbers that one array of a batch may hold: 2 GiB of float32. */
const MOST_NUMBERS = 2 ** 29;

/**
 * A batch of zeros with an empty mask.
 * @throws UsageError when an array would hold more than 2^29 numbers, before anything is allocated
 */
export function emptyBatch(sizes: Pick<Batch, 'length' | 'batchSize' | 'inputSize' | 'outputSize'>): Batch {
  const { length, batchSize, inputSize, outputSize } = sizes;
  const channels = Math.max(inputSize, outputSize);
  const numbers = length * batchSize * channels;
  if (numbers > MOST_NUMBERS)
    throw new UsageError(
      `batch: expected at most ${MOST_NUMBERS} numbers, got ${length} steps x ${batchSize} sequences x ${channels} channels = ${numbers}; lower the batch size or the sequence length`,
    );
  return {
    ...{ length, batchSize, inputSize, outputSize },
    inputs: new Float32Array(length * batchSize * inputSize),
    targets: new Float32Array(length * batchSize * outputSize),
    mask: new Float32Array(length * batchSize),
  };
}
