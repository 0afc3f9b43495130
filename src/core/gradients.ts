/**
 * Gradients where TensorFlow.js has none or a bad one: comparisons and order statistics have no gradient there and
 * throw inside `tf.grads`; `tile` has one that cuts out and adds every copy. Cells come here for both.
 */
import * as tf from './tf.ts';

let constants = 0;

/** How often `withoutGradient` has run: where it has, a gradient may differ from the differences of the loss on purpose. */
export function constantsSoFar(): number {
  return constants;
}

/**
 * Runs `f` as one operation that is constant for the gradient: whatever kernels `f` uses, its result's gradient with
 * respect to each of `inputs` is zero, and they stay connected, so that `tf.grads` gives zeros and not an error.
 */
export function withoutGradient<T extends tf.Tensor>(
  f: (...inputs: tf.Tensor[]) => T,
  ...inputs: tf.Tensor[]
): T {
  constants++;
  const shapes = inputs.map((input) => input.shape);
  const operation = tf.customGrad((...args) => ({
    value: f(...(args.slice(0, inputs.length) as tf.Tensor[])),
    gradFunc: () => shapes.map((shape) => tf.zeros(shape)),
  }));
  return operation(...inputs) as T;
}

/** The same values, constant for the gradient. */
export function stopGradient<T extends tf.Tensor>(x: T): T {
  return withoutGradient((value) => value.clone() as T, x);
}

/** 1 where `a` < `b` and 0 elsewhere, broadcast, as float32; constant for the gradient (tfjs gives `Less` none). */
export function lessThan<T extends tf.Tensor>(a: tf.Tensor, b: tf.Tensor): T {
  return withoutGradient((x, y) => tf.cast(tf.less(x, y), 'float32') as T, a, b);
}

/**
 * One copy of `x` for each example: [...] -> [B,...]. The gradient is one sum over the batch; that of `tf.tile` is B
 * slices and as many additions.
 */
export function overBatch<T extends tf.Tensor>(x: tf.Tensor, batchSize: number): T {
  return tf.add(tf.zeros([batchSize, ...x.shape]), x) as T;
}
