/** What mLSTM learns, and how it begins: the starts of its authors' code. D is the width of a layer, E = 2 D inside. */
import type { Rng } from '../../core/rng.ts';
import * as tf from '../../core/tf.ts';
import { type ConvolutionParams, convolutionParams } from './convolution.ts';
import { outputStart, smallStart } from './start.ts';

/** Numbers in a block of W_q, W_k and W_v. */
export const BLOCK = 4;

/** Learned numbers of a layer. */
export type MlstmParams = {
  /** W_up, [D,2E] */
  readonly up: tf.Tensor2D;
  readonly convolution?: ConvolutionParams;
  /** W_q, W_k and W_v, [E/4,4,4] each */
  readonly query: tf.Tensor3D;
  readonly key: tf.Tensor3D;
  readonly value: tf.Tensor3D;
  /** W_if, [3E,2h]: i of all heads, then f; bias [2h] */
  readonly gates: { readonly kernel: tf.Tensor2D; readonly bias: tf.Tensor1D };
  /** Gain of the norm of each head, [h,d] */
  readonly norm: tf.Tensor2D;
  /** s, [E] */
  readonly skip: tf.Tensor1D;
  /** W_down, [E,D] */
  readonly down: tf.Tensor2D;
};

/** The sizes of a layer. */
export interface MlstmSizes {
  /** D */
  readonly size: number;
  readonly heads: number;
  /** Of the stack. */
  readonly layers: number;
  readonly convolution: boolean;
}

/** Gates see nothing but their biases at first: f from 3 to 6 over the heads, i ~ N(0, 0.01); s = 1. */
export function mlstmParams(rng: Rng, { size, heads, layers, convolution }: MlstmSizes): MlstmParams {
  const inner = 2 * size;
  const blocks = () => smallStart<tf.Tensor3D>(rng, [inner / BLOCK, BLOCK, BLOCK], size);
  const bias = Float32Array.from({ length: 2 * heads }, (_, n) =>
    n < heads ? 0.1 * rng.normal() : 3 + (3 * (n - heads)) / Math.max(1, heads - 1),
  );
  return {
    up: smallStart(rng, [size, 2 * inner], size),
    ...(convolution && { convolution: convolutionParams(rng, inner) }),
    query: blocks(),
    key: blocks(),
    value: blocks(),
    gates: { kernel: tf.zeros([3 * inner, 2 * heads]), bias: tf.tensor1d(bias) },
    norm: tf.ones([heads, inner / heads]),
    skip: tf.ones([inner]),
    down: outputStart(rng, inner, { size, layers }),
  };
}
