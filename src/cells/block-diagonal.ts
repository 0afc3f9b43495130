/**
 * Block-diagonal projections: a vector is cut into n parts, and each part has a small kernel of its own. Heads that do not
 * see each other are joined so, and xLSTM makes queries, keys and values by blocks of four numbers (Beck et al. 2024).
 */
import * as tf from '../core/tf.ts';

/** Blocks with at most so many rows are summed up number by number; wider ones are a matrix product each. */
const NARROW = 8;

/**
 *   y_n = x_n K_n for each of the n blocks
 * @param x [B,n,d]
 * @param kernel K, [n,d,e]
 * @returns [B,n,e]
 */
export function blockProduct(x: tf.Tensor3D, kernel: tf.Tensor3D): tf.Tensor3D {
  const [blocks, rows, columns] = kernel.shape;
  if (rows <= NARROW) return tf.sum(tf.mul(tf.expandDims(x, 3), kernel), 2);
  const parts = Array.from({ length: blocks }, (_, n) => {
    const own = tf.reshape(tf.slice(x, [0, n, 0], [-1, 1, rows]), [-1, rows]) as tf.Tensor2D;
    const block = tf.reshape(tf.slice(kernel, [n, 0, 0], [1, rows, columns]), [rows, columns]) as tf.Tensor2D;
    return tf.matMul(own, block);
  });
  return tf.stack(parts, 1) as tf.Tensor3D;
}
