/**
 * The smallest model, task and batch that the tests of training need: a tanh recurrence whose output is its state, and
 * an echo of the last bit. Written here, so that these tests stand on nothing but training itself.
 */

import { z } from 'zod';
import type { Batch, LossKind, Model, Task } from '../../../src/core/contracts.ts';
import { type Rng, rng } from '../../../src/core/rng.ts';
import * as tf from '../../../src/core/tf.ts';

export const HIDDEN = 3;

export interface ToyParams {
  [name: string]: tf.Tensor | { [name: string]: tf.Tensor };
  cell: { kernel: tf.Tensor; recurrent: tf.Tensor; start: tf.Tensor };
  readout: { kernel: tf.Tensor; bias: tf.Tensor };
}

const normal = (stream: Rng, shape: number[]) =>
  tf.tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 0.5 * stream.normal()),
    shape,
  );

/** h_t = tanh(x K + h_{t-1} R), h_0 learned; logits = h W + b. Options break it in ways a test asks for. */
export function toyModel(
  options: { inputSize?: number; outputSize?: number; maxLength?: number; extraParameter?: boolean } = {},
): Model<ToyParams, { hidden: tf.Tensor2D }> {
  const { inputSize = 2, outputSize = 2, maxLength, extraParameter = false } = options;
  return {
    name: 'toy',
    inputSize,
    outputSize: HIDDEN,
    readoutSize: outputSize,
    ...(maxLength === undefined ? {} : { maxLength }),
    init: (stream) => ({
      cell: {
        kernel: normal(stream, [inputSize, HIDDEN]),
        recurrent: normal(stream, [HIDDEN, HIDDEN]),
        start: normal(stream, [1, HIDDEN]),
      },
      readout: { kernel: normal(stream, [HIDDEN, outputSize]), bias: normal(stream, [outputSize]) },
      ...(extraParameter ? { unused: normal(stream, [2]) } : {}),
    }),
    initialState: ({ cell }, batchSize) => ({ hidden: tf.tile(cell.start as tf.Tensor2D, [batchSize, 1]) }),
    step({ cell }, { hidden }, input) {
      const next = tf.tanh(
        tf.add(
          tf.matMul(input, cell.kernel as tf.Tensor2D),
          tf.matMul(hidden, cell.recurrent as tf.Tensor2D),
        ),
      ) as tf.Tensor2D;
      return {
        output: next,
        state: { hidden: next },
        probe: { hidden: next, energy: tf.sum(tf.square(next), 1) },
      };
    },
    readout: ({ readout }, outputs) =>
      tf.add(tf.matMul(outputs, readout.kernel as tf.Tensor2D), readout.bias) as tf.Tensor2D,
  };
}

/** A batch of random inputs, targets and masks; every sequence has at least one scored step. */
export function toyBatch(seed: number, length = 3, batchSize = 2, loss: LossKind = 'bits'): Batch {
  const stream = rng(seed, 'toy');
  const [inputSize, outputSize] = [2, 2];
  const values = (size: number, value: () => number) => Float32Array.from({ length: size }, value);
  const targets = values(length * batchSize * outputSize, () => stream.integer(2));
  if (loss === 'symbol')
    for (let row = 0; row < length * batchSize; row++) {
      const symbol = stream.integer(outputSize);
      for (let i = 0; i < outputSize; i++) targets[row * outputSize + i] = i === symbol ? 1 : 0;
    }
  const mask = values(length * batchSize, () => stream.integer(2));
  mask.fill(1, (length - 1) * batchSize);
  const inputs = values(length * batchSize * inputSize, () => stream.normal());
  return { length, batchSize, inputSize, outputSize, inputs, targets, mask };
}

interface EchoSettings {
  length: number;
}

/** Say each pair of bits as it comes: learned in a few dozen steps. */
export const echo: Task<EchoSettings> = {
  name: 'echo',
  source: 'a test',
  summary: 'say each pair of bits as it comes',
  loss: 'bits',
  solvedBits: 1,
  settings: z.object({ length: z.number() }),
  sizes: ({ length }) => ({ inputSize: 2, outputSize: 2, maxLength: length }),
  load: () => 1,
  sample({ length }, stream, batchSize) {
    const inputs = Float32Array.from({ length: length * batchSize * 2 }, () => stream.integer(2));
    const mask = new Float32Array(length * batchSize).fill(1);
    return { length, batchSize, inputSize: 2, outputSize: 2, inputs, targets: inputs.slice(), mask };
  },
  harder: (settings) => ({ longer: { length: 2 * settings.length } }),
  lines: ({ length }) => ({ chance: 2 * length }),
};
