/**
 * Noise for cells that ask for it (`noiseSize`), as further channels of the input: so that one program trains and
 * evaluates, and a compiled cell needs nothing new. What a training step draws is decided by the seed and the number of the
 * step alone, so a run that goes on from a checkpoint draws what one that never stopped does, and nothing is stored.
 */
import type { Batch, Model } from '../core/contracts.ts';
import { type Rng, rng } from '../core/rng.ts';
import * as tf from '../core/tf.ts';

/** A model that finds its noise in its input, and batches that have it there. */
export interface Noise {
  readonly model: Model;
  /** A batch of the training step of this number, counted from 1: uniform in [0,1). */
  training(batch: Batch, step: number): Batch;
  /** A batch on which nothing is left to chance: 1 throughout. */
  evaluation(batch: Batch): Batch;
}

/**
 * The noise of a model; without any the model and its batches are as they were.
 * @param stream gives the seed of it, after the parameters were drawn
 */
export function noiseOf(model: Model, stream: Rng): Noise {
  const { noiseSize = 0 } = model;
  if (noiseSize === 0) return { model, training: (batch) => batch, evaluation: (batch) => batch };
  const seed = stream.integer(2 ** 32);
  return {
    model: fromInput(model, noiseSize),
    training(batch, step) {
      const own = rng(seed, `noise/${step}`);
      // 24 bits, so that none is rounded to 1.
      return widened(batch, noiseSize, () => own.integer(2 ** 24) / 2 ** 24);
    },
    evaluation: (batch) => widened(batch, noiseSize, () => 1),
  };
}

function fromInput(model: Model, noiseSize: number): Model {
  const { inputSize } = model;
  return {
    ...model,
    inputSize: inputSize + noiseSize,
    noiseSize: 0,
    step(params, state, both) {
      const [input, noise] = tf.split(both, [inputSize, noiseSize], 1) as [tf.Tensor2D, tf.Tensor2D];
      return model.step(params, state, input, noise);
    },
  };
}

/** With so many channels more, drawn one after the other. */
function widened(batch: Batch, noiseSize: number, draw: () => number): Batch {
  const inputSize = batch.inputSize + noiseSize;
  const rows = batch.length * batch.batchSize;
  const inputs = new Float32Array(rows * inputSize);
  for (let row = 0; row < rows; row++) {
    const own = batch.inputs.subarray(row * batch.inputSize, (row + 1) * batch.inputSize);
    inputs.set(own, row * inputSize);
    for (let i = batch.inputSize; i < inputSize; i++) inputs[row * inputSize + i] = draw();
  }
  return { ...batch, inputSize, inputs };
}
