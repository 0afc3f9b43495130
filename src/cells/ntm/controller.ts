/**
 * The controller of a Neural Turing Machine: Graves et al. 2014, section 3.4. One LSTM layer, or one feed-forward layer
 * that sees the input and what was read. The latter is tanh, not ReLU: its output stays in (-1,1) like the LSTM's, so
 * that one scale of the head layer suits both and no clipping is needed.
 */
import { overBatch } from '../../core/gradients.ts';
import { uniformKernel } from '../../core/init.ts';
import type { Rng } from '../../core/rng.ts';
import * as tf from '../../core/tf.ts';
import { type LstmParams, type LstmState, lstmParams, lstmStep } from '../lstm.ts';

/** A layer: kernel [I,H] with bias [H]; the LSTM's kernel is [I+H,4H] and it has a learned start h, c [H]. */
export type ControllerParams =
  | { readonly kernel: tf.Tensor2D; readonly bias: tf.Tensor1D }
  | (LstmParams & { readonly start: { readonly h: tf.Tensor1D; readonly c: tf.Tensor1D } });

/** The LSTM's h and c [B,H]; nothing for the feed-forward controller. */
export type ControllerState = LstmState | Record<string, never>;

/** A controller of either kind as three functions. */
export interface Controller {
  init(rng: Rng): ControllerParams;
  start(params: ControllerParams, batchSize: number): ControllerState;
  /** `output` [B,H] from `input` [B,I], the external input and what was last read. */
  step(
    params: ControllerParams,
    state: ControllerState,
    input: tf.Tensor2D,
  ): { output: tf.Tensor2D; state: ControllerState };
}

function lstmController(inputSize: number, size: number): Controller {
  type Params = Extract<ControllerParams, { start: unknown }>;
  return {
    init: (random) => ({
      ...lstmParams(random, inputSize, size),
      start: { h: tf.zeros([size]) as tf.Tensor1D, c: tf.zeros([size]) as tf.Tensor1D },
    }),
    start: (params, batchSize) => {
      const { h, c } = (params as Params).start;
      return { h: overBatch(h, batchSize), c: overBatch(c, batchSize) };
    },
    step: (params, state, input) => {
      const next = lstmStep(params, state as LstmState, input);
      return { output: next.h, state: next };
    },
  };
}

function feedForwardController(inputSize: number, size: number): Controller {
  return {
    init: (random) => ({
      kernel: uniformKernel(random, inputSize, size),
      bias: tf.zeros([size]) as tf.Tensor1D,
    }),
    start: () => ({}),
    step: (params, state, input) => ({
      output: tf.tanh(tf.add(tf.matMul(input, params.kernel), params.bias)) as tf.Tensor2D,
      state,
    }),
  };
}

/** A controller of `size` units for inputs [B,inputSize]. */
export function controller(kind: 'lstm' | 'feed-forward', inputSize: number, size: number): Controller {
  return kind === 'lstm' ? lstmController(inputSize, size) : feedForwardController(inputSize, size);
}
