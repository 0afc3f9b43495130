/** A batch at the door of an engine: what it must look like, and the same as tensors. */
import type { Batch, Model } from '../core/contracts.ts';
import { UsageError } from '../core/errors.ts';
import * as tf from '../core/tf.ts';
import { checkLength } from './unroll.ts';

/** A batch as tensors; rows of targets and mask run over time first, then over the batch. */
export interface BatchTensors {
  /** [T,B,I] */
  readonly inputs: tf.Tensor3D;
  /** [T*B,O] */
  readonly targets: tf.Tensor2D;
  /** [T*B] */
  readonly mask: tf.Tensor1D;
  readonly batchSize: number;
}

/** The tensors of a batch; the caller's to dispose of. */
export function batchTensors(batch: Batch): BatchTensors {
  const { length, batchSize, inputSize, outputSize } = batch;
  return {
    inputs: tf.tensor3d(batch.inputs, [length, batchSize, inputSize]),
    targets: tf.tensor2d(batch.targets, [length * batchSize, outputSize]),
    mask: tf.tensor1d(batch.mask),
    batchSize,
  };
}

/**
 * Refuses a batch that the model was not built for, whose arrays have the wrong length or hold NaN or infinity.
 * @throws UsageError
 */
export function checkBatch(model: Model, batch: Batch): void {
  const { length, batchSize, inputSize, outputSize } = batch;
  if (length < 1 || batchSize < 1)
    throw new UsageError(
      `batch: expected at least one step and one sequence, got ${length} and ${batchSize}; mend the task`,
    );
  const expected: [name: string, want: number, got: number][] = [
    ['inputSize', model.inputSize, inputSize],
    ['outputSize', model.readoutSize, outputSize],
    ['numbers in inputs', length * batchSize * inputSize, batch.inputs.length],
    ['numbers in targets', length * batchSize * outputSize, batch.targets.length],
    ['numbers in mask', length * batchSize, batch.mask.length],
  ];
  for (const [name, want, got] of expected)
    if (want !== got)
      throw new UsageError(
        `batch: expected ${want} for ${name}, got ${got}; the task does not fit the model`,
      );
  checkLength(model, length);
  for (const name of ['inputs', 'targets', 'mask'] as const) {
    const at = firstNotFinite(batch[name]);
    if (at >= 0)
      throw new UsageError(
        `${name}: expected finite numbers, got ${batch[name][at]} at ${at}; mend the task`,
      );
  }
}

/** As `findIndex`, whose calls took a tenth of a step of fast weights, in which every thread but one waited. */
function firstNotFinite(values: Float32Array): number {
  for (let at = 0; at < values.length; at++) if (!Number.isFinite(values[at])) return at;
  return -1;
}
