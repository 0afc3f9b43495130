/** Attention to the rows of a memory by unnormalized likeness: Vaswani et al. 2017, section 3.2.1, eq. 1, for one query a head. */
import * as tf from '../../core/tf.ts';

/** What is attended to: by h heads, over N rows each. */
export interface Attended {
  /** q, [B,h,d]; whoever wants it scaled scales it */
  readonly query: tf.Tensor3D;
  /** K and V, [B,h,N,d] */
  readonly keys: tf.Tensor4D;
  readonly values: tf.Tensor4D;
  /** Added to the likeness before the softmax, [B,h,N] or [B,1,N]; none by default */
  readonly score?: tf.Tensor3D | undefined;
}

/**
 *   w = softmax(K q + score)        o = V' w
 * @returns w [B,h,N], each row of which sums to 1, and o [B,h,d]
 */
export function attend({ query, keys, values, score }: Attended): {
  readonly weights: tf.Tensor3D;
  readonly read: tf.Tensor3D;
} {
  const [, heads, rows, d] = keys.shape;
  const across = tf.matMul(tf.expandDims<tf.Tensor4D>(query, 2), keys, false, true);
  const likeness = tf.reshape(across, [-1, heads, rows]) as tf.Tensor3D;
  const weights: tf.Tensor3D = tf.softmax(score ? tf.add(likeness, score) : likeness);
  const read = tf.matMul(tf.expandDims<tf.Tensor4D>(weights, 2), values);
  return { weights, read: tf.reshape(read, [-1, heads, d]) };
}
