/**
 * Batch normalization by statistics that are given, made of operations that every engine has: of the kernel of
 * TensorFlow.js the gradient fails where there is no scale.
 *   y = (x - mean) / sqrt(variance + epsilon) scale + offset
 */
import * as tf from './import.ts';

type Operand = tf.Tensor | tf.TensorLike;

/** Each argument is broadcast against x [...,C]; without an offset it is 0, without a scale 1. */
export function batchNorm<T extends tf.Tensor>(
  ...[x, mean, variance, offset, scale, varianceEpsilon = 1e-3]: [
    x: T,
    mean: Operand,
    variance: Operand,
    offset?: Operand,
    scale?: Operand,
    varianceEpsilon?: number,
  ]
): T {
  const deviation = tf.sqrt(tf.add(variance, varianceEpsilon));
  const unit = tf.div(tf.sub(x, mean), deviation);
  const scaled = scale === undefined ? unit : tf.mul(unit, scale);
  return (offset === undefined ? scaled : tf.add(scaled, offset)) as T;
}

/** `batchNorm` of x [B,C]. */
export const batchNorm2d: typeof batchNorm<tf.Tensor2D> = batchNorm;
/** `batchNorm` of x [B,T,C]. */
export const batchNorm3d: typeof batchNorm<tf.Tensor3D> = batchNorm;
/** `batchNorm` of x [B,H,W,C]. */
export const batchNorm4d: typeof batchNorm<tf.Tensor4D> = batchNorm;
