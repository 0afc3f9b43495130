/** `gather` with batch dimensions reads behind its input on the wasm backend of TensorFlow.js 4.22; here it does not. */
import { elements } from '../shape.ts';
import * as tf from './import.ts';

/**
 * Elements of `x` at these places along an axis; with `batchDims` 1, each example's own places: x [B,n,...], places [B,k].
 */
export function gather<T extends tf.Tensor>(
  x: T,
  indices: tf.Tensor | tf.TensorLike,
  axis = 0,
  batchDims = 0,
): T {
  if (batchDims !== 1 || axis !== 1 || tf.getBackend() !== 'wasm')
    return tf.gather(x, indices, axis, batchDims);
  const places = indices instanceof tf.Tensor ? indices : tf.tensor(indices, undefined, 'int32');
  const [batchSize, size, ...inner] = x.shape as [number, number, ...number[]];
  const hot = tf.oneHot(tf.reshape(tf.cast(places, 'int32'), [batchSize, -1]), size);
  const picked = tf.matMul(tf.cast(hot, 'float32'), tf.reshape(x, [batchSize, size, elements(inner)]));
  return tf.reshape(picked, [...places.shape, ...inner]) as T;
}
