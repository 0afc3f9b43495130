/**
 * A cell with what joins it to a task: an optional linear embedding of the input before it, an optional rectified
 * layer after it (both as in Ba et al. 2016, section 4), and the linear readout to logits.
 */
import type { Cell, Model, Tree } from '../core/contracts.ts';
import { UsageError } from '../core/errors.ts';
import { uniformKernel } from '../core/init.ts';
import type { Rng } from '../core/rng.ts';
import * as tf from '../core/tf.ts';

/** The sizes around a cell. */
export interface ModelOptions {
  /** I, of the task */
  readonly inputSize: number;
  /** O, of the task */
  readonly outputSize: number;
  /** Size of the linear input embedding, which is then the cell's input size; 0 = none. */
  readonly embeddingSize?: number;
  /** Size of the ReLU layer before the readout; 0 = none. */
  readonly hiddenSize?: number;
}

/** An affine layer: kernel [in,out], bias [out]. */
type Dense = { readonly kernel: tf.Tensor2D; readonly bias: tf.Tensor1D };

/** The learned numbers of a model. */
export type ModelParams = {
  readonly embedding?: { readonly kernel: tf.Tensor2D };
  readonly cell: Tree;
  readonly hidden?: Dense;
  readonly readout: Dense;
};

const denseParams = (rng: Rng, fanIn: number, fanOut: number): Dense => ({
  kernel: uniformKernel(rng, fanIn, fanOut),
  bias: tf.zeros([fanOut]),
});

const dense = ({ kernel, bias }: Dense, x: tf.Tensor2D): tf.Tensor2D => tf.add(tf.matMul(x, kernel), bias);

/**
 * The model that shows a cell its input, embedded if asked for, and reads logits from its output.
 *   logits = V relu(U output + a) + b with a hidden layer, V output + b without
 * @throws UsageError when the cell was not made for the embedding's size, or the input's where there is none
 */
export function model(cell: Cell, options: ModelOptions): Model<ModelParams> {
  const { inputSize, outputSize, embeddingSize = 0, hiddenSize = 0 } = options;
  const cellInput = embeddingSize || inputSize;
  if (cell.inputSize !== cellInput)
    throw new UsageError(
      `model: expected a cell of input size ${cellInput}, got ${cell.inputSize}; create the cell with the size of the embedding`,
    );
  return {
    ...cell,
    inputSize,
    readoutSize: outputSize,
    init: (rng) => ({
      ...(embeddingSize > 0 ? { embedding: { kernel: uniformKernel(rng, inputSize, embeddingSize) } } : {}),
      cell: cell.init(rng),
      ...(hiddenSize > 0 ? { hidden: denseParams(rng, cell.outputSize, hiddenSize) } : {}),
      readout: denseParams(rng, hiddenSize || cell.outputSize, outputSize),
    }),
    initialState: (params, batchSize) => cell.initialState(params.cell, batchSize),
    step(params, state, input, noise) {
      const shown: tf.Tensor2D = params.embedding ? tf.matMul(input, params.embedding.kernel) : input;
      return cell.step(params.cell, state, shown, noise);
    },
    readout: (params, outputs) =>
      dense(params.readout, params.hidden ? tf.relu(dense(params.hidden, outputs)) : outputs),
  };
}
