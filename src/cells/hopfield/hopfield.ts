/**
 * A Hopfield layer around an LSTM: the layer for learned stored patterns of Ramsauer et al. 2020, section 3, which
 * associates each pattern x_i with a value v_i, asked by an LSTM whose next step sees the answer.
 *   h = LSTM([x, r])      xi = W_q h + b_q
 *   p = softmax(beta X xi), and xi <- X' p before each further one      r <- V' p      y = [h, r]
 * What is stored is learned and the same for every sequence: a memory of the task, not of what is shown. That the answer
 * goes back to the LSTM is ours, as what an NTM reads does. Left out: heads, and the layer norms of the authors' code.
 */
import { z } from 'zod';
import type { Cell, CellKind, CellSizes } from '../../core/contracts.ts';
import { overBatch } from '../../core/gradients.ts';
import { normalTensor, uniformKernel } from '../../core/init.ts';
import * as tf from '../../core/tf.ts';
import { lazyProbe } from '../lazy-probe.ts';
import { type LstmParams, type LstmState, lstmParams, lstmStep } from '../lstm.ts';
import { retrieve } from './retrieve.ts';

const count = z.int().min(1).max(65_536);
const settings = z.strictObject({
  size: count.default(96).describe('units of the LSTM (H)'),
  patterns: count.default(64).describe('stored patterns (N), each with a value'),
  width: count.default(32).describe('numbers in a pattern and in a value (W)'),
  beta: z
    .number()
    .min(0)
    .max(1e6)
    .default(0)
    .describe(
      'inverse temperature: how sharply the best pattern is told from the others; 0 = 1 / sqrt(width)',
    ),
  updates: z.int().min(1).max(64).default(1).describe('updates of the state before the value is read'),
});

type Settings = z.infer<typeof settings>;

/** Learned numbers. */
type HopfieldParams = {
  readonly controller: LstmParams & { readonly start: { readonly h: tf.Tensor1D; readonly c: tf.Tensor1D } };
  /** W_q [H,W] and b_q [W] */
  readonly query: { readonly kernel: tf.Tensor2D; readonly bias: tf.Tensor1D };
  /** X, [N,W] */
  readonly patterns: tf.Tensor2D;
  /** V, [N,W] */
  readonly values: tf.Tensor2D;
};

/** The LSTM's state, and what was last retrieved, [B,W]; nothing before the first step. */
type HopfieldState = { readonly controller: LstmState; readonly read: tf.Tensor2D };

function create(options: Settings, { inputSize }: CellSizes): Cell<HopfieldParams, HopfieldState> {
  const { size, patterns: stored, width, updates } = options;
  const beta = options.beta || 1 / Math.sqrt(width);
  return {
    name: 'hopfield',
    inputSize,
    outputSize: size + width,
    probes: {
      hidden: { title: 'hidden state h', axes: ['unit'] },
      query: { title: 'query \u03be', axes: ['entry'] },
      weights: { title: 'weights p of the stored patterns', axes: ['pattern'] },
      read: { title: 'value r that is retrieved', axes: ['entry'] },
    },
    init: (rng) => ({
      controller: {
        ...lstmParams(rng, inputSize + width, size),
        start: { h: tf.zeros([size]) as tf.Tensor1D, c: tf.zeros([size]) as tf.Tensor1D },
      },
      query: { kernel: uniformKernel(rng, size, width), bias: tf.zeros([width]) as tf.Tensor1D },
      patterns: normalTensor<tf.Tensor2D>(rng, [stored, width], 1),
      values: normalTensor<tf.Tensor2D>(rng, [stored, width], 1),
    }),
    initialState: ({ controller: { start } }, batchSize) => ({
      controller: { h: overBatch(start.h, batchSize), c: overBatch(start.c, batchSize) },
      read: tf.zeros([batchSize, width]) as tf.Tensor2D,
    }),
    step({ controller, query, patterns, values }, state, x) {
      const next = lstmStep(controller, state.controller, tf.concat([x, state.read], 1));
      const xi: tf.Tensor2D = tf.add(tf.matMul(next.h, query.kernel), query.bias);
      const weights = retrieve({ patterns, beta, updates }, xi);
      const read: tf.Tensor2D = tf.matMul(weights, values);
      return {
        output: tf.concat([next.h, read], 1) as tf.Tensor2D,
        state: { controller: next, read },
        probe: lazyProbe({ hidden: () => next.h, query: () => xi, weights: () => weights, read: () => read }),
      };
    },
  };
}

/** An LSTM around which learned patterns are stored; its output is h and what was retrieved, side by side: D = H + W. */
export const hopfield: CellKind<Settings> = {
  name: 'hopfield',
  source: 'Ramsauer et al. 2020, section 3',
  summary: 'LSTM that asks a modern Hopfield network of learned patterns',
  strengths:
    'Recalls learned patterns from a part of them in one update, and holds exponentially many (Ramsauer et al. 2020): knowledge of a task, the same for every sequence.',
  limits:
    'Stores nothing of what is shown: that is left to the LSTM, so that copy and associative recall take about as many sequences as with an LSTM alone, and no seed of three solved mqar as measured.',
  settings,
  create,
};
