/**
 * RMSNorm: Zhang and Sennrich 2019, eq. 4: a vector divided by its root mean square, times a learned gain. Over the last
 * axis alone: [B,D] with a gain of D numbers, or head by head, [B,h,d], with one of d that all heads share or [h,d].
 */
import * as tf from '../core/tf.ts';

/** ε, under the root: keeps a vector of zeros finite, and is that of the flash-linear-attention kernels. */
export const rmsNormEpsilon = 1e-5;

/** The gain's start: 1, and so nothing but the division. */
export function rmsNormGain<T extends tf.Tensor = tf.Tensor1D>(...shape: number[]): T {
  return tf.ones(shape) as T;
}

/**
 *   y = gain x / sqrt(mean(x²) + ε),  the mean over the last axis
 * @param gain the last axis' size, or any shape that broadcasts to an example's
 * @param x [B,...,d]
 */
export function rmsNorm<T extends tf.Tensor>(gain: tf.Tensor, x: T): T {
  const meanSquare = tf.mean(tf.square(x), -1, true);
  return tf.mul(tf.mul(x, tf.rsqrt(tf.add(meanSquare, rmsNormEpsilon))), gain) as T;
}
