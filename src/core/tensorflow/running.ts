/**
 * Running sums and products along an axis that may be counted from the end, which TensorFlow.js takes for another one; and
 * the gradient of `cumsum` along another axis than the last, which is wrong there.
 */
import * as tf from './import.ts';
import { axisOf, mendGradient } from './register.ts';

/** Sums of all elements up to each along an axis; `exclusive` leaves the element itself out, `reverse` begins at the end. */
export function cumsum<T extends tf.Tensor>(x: T, axis = 0, exclusive = false, reverse = false): T {
  return tf.cumsum(x, axisOf(axis, x.rank), exclusive, reverse) as T;
}

/** Products of all elements up to each along an axis; `exclusive` and `reverse` as for `cumsum`. */
export function cumprod<T extends tf.Tensor>(x: T, axis = 0, exclusive = false, reverse = false): T {
  return tf.cumprod(x, axisOf(axis, x.rank), exclusive, reverse);
}

mendGradient(
  'Cumsum',
  ([x], { axis }) => axisOf(axis as number, x!.rank) !== x!.rank - 1,
  (dy, _, { axis, exclusive, reverse }) => ({
    x: () => tf.cumsum(dy as tf.Tensor, axis as number, exclusive as boolean, !reverse),
  }),
);
