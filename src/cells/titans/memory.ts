/**
 * The memory of Titans and TTT as a network that learns while it is used: g(x) = M x, or LN(M x + b) with an inner norm.
 * What it learns from a token is the gradient of |g(k) - target|² at z = M k + b, of which the gradients of M and b are
 * made: G = gradient k', and the gradient itself.
 */
import * as tf from '../../core/tf.ts';
import { recall } from '../delta/rules.ts';
import { normalizeHeads } from '../head-norm.ts';

/** Of the inner norm, [h,d] each. */
export type InnerNorm = { readonly gain: tf.Tensor2D; readonly shift: tf.Tensor2D };

/** ε of the inner norm: that of TTT's published code. */
const EPSILON = 1e-6;

/** z = M x + b. @param memory [B,h,d,d] @param bias [B,h,d] @param x [B,h,d] */
export function through(memory: tf.Tensor4D, bias: tf.Tensor3D | undefined, x: tf.Tensor3D): tf.Tensor3D {
  const z = recall(memory, x);
  return bias ? tf.add(z, bias) : z;
}

/** g, of z: LN(z), or z itself without an inner norm. */
export function answered(norm: InnerNorm | undefined, z: tf.Tensor3D): tf.Tensor3D {
  return norm ? tf.add(tf.mul(normalizeHeads(z, EPSILON), norm.gain), norm.shift) : z;
}

/** The gradient of |g - target|² by z, [B,h,d]. */
export function surprise(norm: InnerNorm | undefined, z: tf.Tensor3D, target: tf.Tensor3D): tf.Tensor3D {
  const slope = tf.mul(tf.sub(answered(norm, z), target), 2) as tf.Tensor3D;
  if (!norm) return slope;
  const upstream = tf.mul(slope, norm.gain);
  const normed = normalizeHeads(z, EPSILON);
  const along = tf.mean(tf.mul(upstream, normed), 2, true);
  const left = tf.sub(tf.sub(upstream, tf.mean(upstream, 2, true)), tf.mul(normed, along));
  const variance = tf.mean(tf.square(tf.sub(z, tf.mean(z, 2, true))), 2, true);
  return tf.mul(left, tf.rsqrt(tf.add(variance, EPSILON)));
}
