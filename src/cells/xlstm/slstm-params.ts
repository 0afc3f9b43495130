/** What sLSTM learns, and how it begins: the starts of its authors' code. h heads of d = D / h numbers. */
import type { Rng } from '../../core/rng.ts';
import * as tf from '../../core/tf.ts';
import { type ConvolutionParams, convolutionParams } from './convolution.ts';
import { smallStart } from './start.ts';

/** Learned numbers of a layer; each kernel is a block of its own for every head. */
export type SlstmParams = {
  readonly convolution?: ConvolutionParams;
  /** W of i and f, [h,d,2d] */
  readonly gates: tf.Tensor3D;
  /** W of z and o, [h,d,2d] */
  readonly writing: tf.Tensor3D;
  /** R of i, f, z and o, [h,d,4d] */
  readonly recurrent: tf.Tensor3D;
  /** b of i, f, z and o, [h,4d] */
  readonly bias: tf.Tensor2D;
  /** Gain of the norm of each head, [h,d] */
  readonly norm: tf.Tensor2D;
};

/** The sizes of a layer. */
export interface SlstmSizes {
  /** D */
  readonly size: number;
  readonly heads: number;
  /** Of the stack, and which of them this one is, from 0. */
  readonly layers: number;
  readonly at: number;
  readonly convolution: boolean;
}

/** R = 0; f from 5 down to -7 over the numbers of a head, the sooner the deeper the layer: j/(d-1) to the power 0.3 + 1.3 r. */
export function slstmParams(rng: Rng, { size, heads, layers, at, convolution }: SlstmSizes): SlstmParams {
  const d = size / heads;
  const power = 0.3 + 1.3 * (layers > 1 ? at / (layers - 1) : 0);
  const forget = Array.from({ length: d }, (_, j) => 5 - 12 * (j / (d - 1)) ** power);
  const zeros = new Array<number>(d).fill(0);
  const row = [...zeros, ...forget, ...zeros, ...zeros];
  return {
    ...(convolution && { convolution: convolutionParams(rng, size) }),
    gates: smallStart(rng, [heads, d, 2 * d], size),
    writing: smallStart(rng, [heads, d, 2 * d], size),
    recurrent: tf.zeros([heads, d, 4 * d]),
    bias: tf.tensor2d(
      Array.from({ length: heads }, () => row),
      [heads, 4 * d],
    ),
    norm: tf.ones([heads, d]),
  };
}
