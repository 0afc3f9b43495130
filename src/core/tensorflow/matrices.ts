/**
 * The gradient of `matMul` where a matrix on one side meets many on the other: it is the sum over all that it met, which
 * TensorFlow.js leaves out, so that the gradient has the wrong shape and is refused.
 */
import * as tf from './import.ts';
import { mendGradient } from './register.ts';

/** Sums over the axes along which `shape` was repeated. */
function summedTo(value: tf.Tensor, shape: number[]): tf.Tensor {
  const extra = value.rank - shape.length;
  const repeated = value.shape
    .map((_, axis) => axis)
    .filter((axis) => axis < extra || (shape[axis - extra] === 1 && value.shape[axis] !== 1));
  return tf.reshape(tf.sum(value, repeated), shape);
}

const leading = (tensor: tf.Tensor) => tensor.shape.slice(0, -2).join();

mendGradient(
  'BatchMatMul',
  ([a, b]) => leading(a!) !== leading(b!),
  (upper, [a, b], { transposeA, transposeB }) => {
    const dy = upper as tf.Tensor;
    return {
      a: () =>
        summedTo(
          transposeA ? tf.matMul(b!, dy, Boolean(transposeB), true) : tf.matMul(dy, b!, false, !transposeB),
          a!.shape,
        ),
      b: () =>
        summedTo(
          transposeB ? tf.matMul(dy, a!, true, Boolean(transposeA)) : tf.matMul(a!, dy, !transposeA, false),
          b!.shape,
        ),
    };
  },
);
