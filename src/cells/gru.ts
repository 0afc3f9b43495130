/**
 * The gated recurrent unit: Cho et al. 2014, "Learning phrase representations using RNN encoder-decoder", section 2.3,
 * eq. 5 to 8, with the biases that the paper leaves out of its notation.
 *   r = sigmoid([x, h] K_r + b_r)     z = sigmoid([x, h] K_z + b_z)
 *   c = tanh([x, r h] K + b)          h' = z h + (1 - z) c
 * The reset gate r acts on h before the product, as in the paper; cuDNN, PyTorch and Keras' `reset_after` let it act
 * behind. Left out: peepholes and projections, which the paper has not either.
 */
import { z } from 'zod';
import type { Cell, CellKind, CellSizes } from '../core/contracts.ts';
import { overBatch } from '../core/gradients.ts';
import { uniformKernel } from '../core/init.ts';
import type { Rng } from '../core/rng.ts';
import * as tf from '../core/tf.ts';
import { chain } from './chain.ts';

const settings = z.strictObject({
  size: z.int().min(1).max(65_536).default(100).describe('units in each layer'),
  layers: z.int().min(1).max(64).default(1).describe('layers, each fed by the one below'),
});

type Settings = z.infer<typeof settings>;

/** Learned numbers of a layer: of both gates, in the order r, z, kernel [I+H,2H] and bias [2H]; of the candidate c. */
type Layer = {
  readonly gates: { readonly kernel: tf.Tensor2D; readonly bias: tf.Tensor1D };
  /** [I+H,H] and [H] */
  readonly candidate: { readonly kernel: tf.Tensor2D; readonly bias: tf.Tensor1D };
  /** h before the first step, [H] */
  readonly start: tf.Tensor1D;
};
/** Kernels uniform within 1/sqrt(I+H), biases 0 but for the update gate's, which is 1. */
function layerParams(rng: Rng, inputSize: number, size: number): Layer {
  // A unit that begins by keeping most of itself lets the gradient through, as the open forget gate of an LSTM does.
  const bias = Float32Array.from({ length: 2 * size }, (_, i) => (i < size ? 0 : 1));
  return {
    gates: { kernel: uniformKernel(rng, inputSize + size, 2 * size), bias: tf.tensor1d(bias) },
    candidate: { kernel: uniformKernel(rng, inputSize + size, size), bias: tf.zeros([size]) },
    start: tf.zeros([size]),
  };
}

/** One step of one layer. @param x [B,I] @param h [B,H] */
function gruStep({ gates, candidate }: Layer, h: tf.Tensor2D, x: tf.Tensor2D) {
  const both = tf.sigmoid(tf.add(tf.matMul(tf.concat([x, h], 1), gates.kernel), gates.bias));
  const [reset, update] = tf.split(both, 2, 1) as [tf.Tensor2D, tf.Tensor2D];
  const shown = tf.concat([x, tf.mul(reset, h) as tf.Tensor2D], 1);
  const c = tf.tanh(tf.add(tf.matMul(shown, candidate.kernel), candidate.bias));
  const next: tf.Tensor2D = tf.add(tf.mul(update, h), tf.mul(tf.sub(1, update), c));
  return { next, reset, update };
}

/** One layer, from I to H numbers. */
function layer(inputSize: number, size: number): Cell<Layer, tf.Tensor2D> {
  return {
    name: 'gru',
    inputSize,
    outputSize: size,
    probes: {
      hidden: { title: 'hidden state h', axes: ['unit'] },
      update: { title: 'update gate z, the share kept', axes: ['unit'] },
      reset: { title: 'reset gate r', axes: ['unit'] },
    },
    init: (rng) => layerParams(rng, inputSize, size),
    initialState: ({ start }, batchSize) => overBatch(start, batchSize) as tf.Tensor2D,
    step(params, h, input) {
      const { next, reset, update } = gruStep(params, h, input);
      return { output: next, state: next, probe: { hidden: next, update, reset } };
    },
  };
}

function create({ size, layers }: Settings, { inputSize }: CellSizes): Cell {
  const all = Array.from({ length: layers }, (_, index) => layer(index === 0 ? inputSize : size, size));
  return chain('gru', all) as unknown as Cell;
}

/** Stacked GRU layers with a learned initial state; the output is the top layer's h. */
export const gru: CellKind<Settings> = {
  name: 'gru',
  source: 'Cho et al. 2014, section 2.3',
  summary: 'gated recurrent unit, one or more layers',
  strengths:
    'Does what an LSTM does with one state and one gate less (Chung et al. 2014); as measured it learned copy in half the sequences that the LSTM took.',
  limits: 'Has no places to address, as the LSTM has not: no seed of three solved mqar as measured.',
  settings,
  create,
};
