/** The tokens that attention keeps, a row each with the newest last, and attention to them: Vaswani et al. 2017, eq. 1. */
import * as tf from '../../core/tf.ts';

/** What is attended to: by h heads, over N places. */
export interface Attended {
  /** [B,h,d] */
  readonly query: tf.Tensor3D;
  /** [B,h,N,d] */
  readonly keys: tf.Tensor4D;
  /** [B,h,N,d] */
  readonly values: tf.Tensor4D;
  /** Tokens before the newest, [B,1]: places further back than that are empty. */
  readonly time: tf.Tensor2D;
}

/** Added to the likeness of empty places: their weight is then 0 to the last bit, since the newest place is never empty. */
const EMPTY = -1e9;

/** The rows moved up by one, the oldest let go and the newest put last. @param rows [B,h,N,d]   @param newest [B,h,d] */
export function pushed(rows: tf.Tensor4D, newest: tf.Tensor3D): tf.Tensor4D {
  const places = rows.shape[2];
  const last = tf.expandDims<tf.Tensor4D>(newest, 2);
  if (places === 1) return last;
  return tf.concat([tf.slice(rows, [0, 0, 1, 0], [-1, -1, places - 1, -1]), last], 2);
}

/**
 *   w = softmax(K q / sqrt(d))        o = V' w
 * @returns the weights w [B,h,N] over the places that are filled, and o [B,h,d]
 */
export function attend({ query, keys, values, time }: Attended): {
  readonly weights: tf.Tensor3D;
  readonly read: tf.Tensor3D;
} {
  const [, heads, places, d] = keys.shape;
  const stepsBack = Float32Array.from({ length: places }, (_, place) => places - 1 - place);
  const empty = tf.cast(tf.greater(tf.tensor2d(stepsBack, [1, places]), time), 'float32');
  const row = tf.expandDims<tf.Tensor4D>(tf.mul(query, d ** -0.5), 2);
  const likeness = tf.add(
    tf.matMul(row, keys, false, true),
    tf.reshape(tf.mul(empty, EMPTY), [-1, 1, 1, places]),
  );
  const weights: tf.Tensor = tf.softmax(likeness);
  return {
    weights: tf.reshape(weights, [-1, heads, places]),
    read: tf.reshape(tf.matMul(weights, values), [-1, heads, d]),
  };
}
