/**
 * The short convolution in front of modern memories: each channel sees its own last 4 numbers, the present one included
 * (Poli et al. 2023, section 3; Gu and Dao 2023, section 3.4). The 3 rows of the past are its state, zero at the start.
 */
import { uniformTensor } from '../core/init.ts';
import type { Rng } from '../core/rng.ts';
import * as tf from '../core/tf.ts';

/** Rows that are seen at once. */
const TAPS = 4;

/** Kernel [4,C]: the newest row's weights last. U(-1/2, 1/2), 1/sqrt(4) being the bound for a fan-in of 4. */
export function shortConvolutionKernel(rng: Rng, channels: number): tf.Tensor2D {
  return uniformTensor(rng, [TAPS, channels], 1 / Math.sqrt(TAPS));
}

/** The past before the first step: three rows of zeros, [B,3,C]. */
export function shortConvolutionStart(batchSize: number, channels: number): tf.Tensor3D {
  return tf.zeros([batchSize, TAPS - 1, channels]);
}

/**
 * One time step, y(t) = Σ_j K_j x(t-3+j), j = 0..3; SiLU follows wherever it is used, see `silu`.
 * @param kernel K, [4,C]
 * @param past x(t-3), x(t-2), x(t-1), [B,3,C]
 * @param input x(t), [B,C]
 */
export function shortConvolution(
  kernel: tf.Tensor2D,
  past: tf.Tensor3D,
  input: tf.Tensor2D,
): { readonly output: tf.Tensor2D; readonly past: tf.Tensor3D } {
  const [, rows, channels] = past.shape;
  const seen = tf.concat([past, tf.reshape(input, [-1, 1, channels])], 1) as tf.Tensor3D;
  return {
    output: tf.sum(tf.mul(seen, kernel), 1),
    past: tf.slice(seen, [0, 1, 0], [-1, rows, channels]),
  };
}

/** SiLU: x sigmoid(x), Hendrycks and Gimpel 2016, section 2. */
export function silu<T extends tf.Tensor>(x: T): T {
  return tf.mul(x, tf.sigmoid(x)) as T;
}
