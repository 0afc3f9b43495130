/**
 * Operations that give several tensors. TensorFlow.js hands out the list that its tape reads the gradient by: a cell that
 * takes parts from it with `shift` would have a wrong gradient, or none. Here the list is the caller's own. And the
 * gradient of `split` into a single part, at which its own throws.
 */
import * as tf from './import.ts';
import { mendGradient } from './register.ts';

mendGradient(
  'SplitV',
  (_, { numOrSizeSplits: parts }) => (Array.isArray(parts) ? parts.length : parts) === 1,
  (dy) => ({ x: () => tf.clone(dy as tf.Tensor) }),
);

/** Parts along an axis, of these sizes or so many of one size. */
export function split<T extends tf.Tensor>(
  x: tf.Tensor | tf.TensorLike,
  numOrSizes: number | number[],
  axis = 0,
): T[] {
  return [...tf.split<T>(x, numOrSizes, axis)];
}

/** A tensor for each place of an axis, which is gone from them. */
export function unstack<T extends tf.Tensor>(x: T | tf.TensorLike, axis = 0): tf.Tensor[] {
  return [...tf.unstack(x, axis)];
}
