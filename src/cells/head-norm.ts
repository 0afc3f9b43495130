/**
 * Layer normalization of each head alone: Ba et al. 2016b, eq. 3, over the d numbers of a head, as GroupNorm with a group
 * for each head (Wu and He 2018) and the multi-head norm of xLSTM are. Gain and bias are the cell's own.
 */
import * as tf from '../core/tf.ts';

/**
 *   (x - mean(x)) / sqrt(var(x) + ε)
 * @param x [B,h,d]
 */
export function normalizeHeads(x: tf.Tensor3D, epsilon: number): tf.Tensor3D {
  const centered = tf.sub(x, tf.mean(x, 2, true));
  const variance = tf.mean(tf.square(centered), 2, true);
  return tf.mul(centered, tf.rsqrt(tf.add(variance, epsilon)));
}
