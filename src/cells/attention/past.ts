/** The tokens that attention keeps: a row for each, the newest last, the places before the first one empty. */
import * as tf from '../../core/tf.ts';

/** Added to the likeness of empty places: their weight is then 0 to the last bit, since the newest place is never empty. */
const EMPTY = -1e9;

/** The rows moved up by one, the oldest let go and the newest put last. @param rows [B,h,N,d]   @param newest [B,h,d] */
export function pushed(rows: tf.Tensor4D, newest: tf.Tensor3D): tf.Tensor4D {
  const places = rows.shape[2];
  const last = tf.expandDims<tf.Tensor4D>(newest, 2);
  if (places === 1) return last;
  return tf.concat([tf.slice(rows, [0, 0, 1, 0], [-1, -1, places - 1, -1]), last], 2);
}

/** What keeps attention off the places that no token has reached, [B,1,N]. @param time tokens before the newest, [B,1] */
export function emptiness(time: tf.Tensor2D, places: number): tf.Tensor3D {
  const stepsBack = Float32Array.from({ length: places }, (_, place) => places - 1 - place);
  const empty = tf.cast(tf.greater(tf.tensor2d(stepsBack, [1, places]), time), 'float32');
  return tf.reshape(tf.mul(empty, EMPTY), [-1, 1, places]);
}
