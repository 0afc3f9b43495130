/**
 * Long short-term memory: Hochreiter and Schmidhuber 1997 with the forget gate of Gers, Schmidhuber and Cummins 2000.
 *   i, f, o = sigmoid([x, h] K + b)      g = tanh([x, h] K + b)
 *   c' = f c + i g                       h' = o tanh(c')
 * Left out: peephole connections (Gers and Schmidhuber 2000), projection, the skip connections that Graves 2013 adds
 * between stacked layers, and truncation of the gradient (it flows through the whole sequence).
 */
import { z } from 'zod';
import type { Cell, CellKind, CellSizes } from '../core/contracts.ts';
import { overBatch } from '../core/gradients.ts';
import { uniformKernel } from '../core/init.ts';
import type { Rng } from '../core/rng.ts';
import * as tf from '../core/tf.ts';
import { chain } from './chain.ts';

/** Learned numbers of one layer: kernel [I+H,4H], bias [4H]; gates in the order i, f, g, o. */
export type LstmParams = { readonly kernel: tf.Tensor2D; readonly bias: tf.Tensor1D };

/** What one layer hands on: output h [B,H] and cell c [B,H]. */
export type LstmState = { readonly h: tf.Tensor2D; readonly c: tf.Tensor2D };

/** Parameters of one layer: the kernel uniform within 1/sqrt(I+H), the forget gate's bias 1 and the others 0. */
export function lstmParams(rng: Rng, inputSize: number, size: number): LstmParams {
  // A gate that starts open lets the gradient through from the first step on: Gers et al. 2000, section 4.
  const bias = Float32Array.from({ length: 4 * size }, (_, i) => (i >= size && i < 2 * size ? 1 : 0));
  return { kernel: uniformKernel(rng, inputSize + size, 4 * size), bias: tf.tensor1d(bias) };
}

/**
 * One time step of one layer, all four gates in one product.
 *   i, f, o = sigmoid([x, h] K + b)   g = tanh([x, h] K + b)   c' = f c + i g   h' = o tanh(c')    Gers et al. 2000
 * @param input [B,I]
 */
export function lstmStep(params: LstmParams, state: LstmState, input: tf.Tensor2D): LstmState {
  const gates = tf.add(tf.matMul(tf.concat([input, state.h], 1), params.kernel), params.bias);
  const [i, f, g, o] = tf.split(gates as tf.Tensor2D, 4, 1) as [
    tf.Tensor2D,
    tf.Tensor2D,
    tf.Tensor2D,
    tf.Tensor2D,
  ];
  const c = tf.add(tf.mul(tf.sigmoid(f), state.c), tf.mul(tf.sigmoid(i), tf.tanh(g))) as tf.Tensor2D;
  return { h: tf.mul(tf.sigmoid(o), tf.tanh(c)), c };
}

const settings = z.strictObject({
  size: z.int().min(1).max(65_536).default(100).describe('units in each layer'),
  layers: z.int().min(1).max(64).default(1).describe('layers, each fed by the one below'),
});

type Settings = z.infer<typeof settings>;
/** A layer with the state it starts from, h and c [H]: the "bias values" of Graves et al. 2014. */
type Layer = LstmParams & { readonly start: { readonly h: tf.Tensor1D; readonly c: tf.Tensor1D } };

/** One layer, from I to H numbers. */
function layer(inputSize: number, size: number): Cell<Layer, LstmState> {
  return {
    name: 'lstm',
    inputSize,
    outputSize: size,
    probes: {
      hidden: { title: 'hidden state h', axes: ['unit'] },
      cells: { title: 'memory cells c', axes: ['unit'] },
    },
    init: (rng) => ({
      ...lstmParams(rng, inputSize, size),
      start: { h: tf.zeros([size]) as tf.Tensor1D, c: tf.zeros([size]) as tf.Tensor1D },
    }),
    initialState: ({ start }, batchSize) => ({
      h: overBatch(start.h, batchSize),
      c: overBatch(start.c, batchSize),
    }),
    step(params, state, input) {
      const next = lstmStep(params, state, input);
      return { output: next.h, state: next, probe: { hidden: next.h, cells: next.c } };
    },
  };
}

function create({ size, layers }: Settings, { inputSize }: CellSizes): Cell {
  const all = Array.from({ length: layers }, (_, index) => layer(index === 0 ? inputSize : size, size));
  return chain('lstm', all) as unknown as Cell;
}

/** Stacked LSTM layers with a learned initial state; the output is the top layer's h. The NTM paper's baseline is 3 x 256. */
export const lstm: CellKind<Settings> = {
  name: 'lstm',
  source: 'Hochreiter and Schmidhuber 1997; Gers, Schmidhuber and Cummins 2000',
  summary: 'long short-term memory, one or more layers',
  strengths:
    'Keeps numbers over long lags behind gates (Hochreiter and Schmidhuber 1997): solved copy and associative recall with every seed, as measured, and a step costs little.',
  limits:
    'Has no places to address: on copy it is wrong beyond the lengths it was trained on (Graves et al. 2014, section 4.1), and no seed of three solved mqar as measured.',
  settings,
  create,
};
