/**
 * Rotary positions: Su et al. 2021, section 3.2.2. Numbers of a vector are taken in pairs, and each pair is turned by the
 * time step times a rate of its own, so that a query and a key meet at an angle that only their distance decides.
 */
import * as tf from '../../core/tf.ts';

/** The paper's base: the slowest pair takes almost 2 pi 10,000 steps to turn around. */
const BASE = 10_000;

/** θ_i = 10000^(-2i/d), i = 0 ... d/2 - 1, [1,d/2]. */
function rates(d: number): tf.Tensor2D {
  const theta = Float32Array.from({ length: d / 2 }, (_, i) => BASE ** ((-2 * i) / d));
  return tf.tensor2d(theta, [1, d / 2]);
}

/** cos(t θ) and sin(t θ), [B,1,d/2] each, for vectors of d numbers. @param time t, [B,1] */
export function turns(
  time: tf.Tensor2D,
  d: number,
): { readonly cos: tf.Tensor3D; readonly sin: tf.Tensor3D } {
  const angles = tf.reshape(tf.mul(time, rates(d)), [-1, 1, d / 2]) as tf.Tensor3D;
  return { cos: tf.cos(angles), sin: tf.sin(angles) };
}

/** Every pair (x_i, x_{i+d/2}) turned: the halves are paired, which is the paper's pairing in another order. @param x [B,h,d] */
export function rotate(x: tf.Tensor3D, { cos, sin }: ReturnType<typeof turns>): tf.Tensor3D {
  const [a, b] = tf.split(x, 2, 2) as [tf.Tensor3D, tf.Tensor3D];
  return tf.concat([tf.sub(tf.mul(a, cos), tf.mul(b, sin)), tf.add(tf.mul(a, sin), tf.mul(b, cos))], 2);
}
