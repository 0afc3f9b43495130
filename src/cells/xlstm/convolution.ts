/** The short convolution of xLSTM: with a bias, as in its authors' code, and SiLU behind. */
import { uniformTensor } from '../../core/init.ts';
import type { Rng } from '../../core/rng.ts';
import * as tf from '../../core/tf.ts';
import { shortConvolution, shortConvolutionKernel, silu } from '../short-convolution.ts';

/** Learned numbers: kernel [4,C], bias [C]. */
export type ConvolutionParams = { readonly kernel: tf.Tensor2D; readonly bias: tf.Tensor1D };

/** Both within 1/2, 1/sqrt(4) being the bound for a fan-in of 4. */
export function convolutionParams(rng: Rng, channels: number): ConvolutionParams {
  return { kernel: shortConvolutionKernel(rng, channels), bias: uniformTensor(rng, [channels], 0.5) };
}

/**
 *   SiLU(conv(x) + b), or x itself without a convolution
 * @param past x of the last three steps, [B,3,C], where there is a convolution
 * @param x [B,C]
 */
export function convolve(
  params: ConvolutionParams | undefined,
  past: tf.Tensor3D | undefined,
  x: tf.Tensor2D,
): { readonly seen: tf.Tensor2D; readonly past?: tf.Tensor3D } {
  if (!params || !past) return { seen: x };
  const { output, past: next } = shortConvolution(params.kernel, past, x);
  return { seen: silu(tf.add(output, params.bias)), past: next };
}
