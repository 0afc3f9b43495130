/**
 * Reading from and writing to a matrix memory by weights over its slots: Graves, Wayne and Danihelka 2014,
 * sections 3.1 and 3.2. How the weights come about is for the addressing files.
 */
import * as tf from '../../core/tf.ts';

/** The product over heads: [B,V,...] -> [B,...]. tfjs's own `prod` has no gradient that works. */
export function productOverHeads<T extends tf.Tensor>(factors: tf.Tensor): T {
  const [batchSize, heads, ...rest] = factors.shape as [number, number, ...number[]];
  const each = heads === 1 ? [factors] : tf.split(factors, heads, 1);
  return tf.reshape(
    each.reduce((product, factor) => tf.mul(product, factor)),
    [batchSize, ...rest],
  ) as T;
}

/**
 * What the read heads see, head after head in one row.
 *   r = Σi w[i] M[i]                                                                  Graves et al. 2014, eq. 2
 * @param memory [B,N,W]   @param weights [B,R,N]   @returns [B,R W]
 */
export function readMemory(memory: tf.Tensor3D, weights: tf.Tensor3D): tf.Tensor2D {
  const [batchSize, , width] = memory.shape;
  return tf.reshape(tf.matMul(weights, memory), [batchSize, weights.shape[1] * width]);
}

/** What the write heads do: [B,V,N], and erase in [0,1] and add, both [B,V,W]. */
export interface Write {
  readonly weights: tf.Tensor3D;
  readonly erase: tf.Tensor3D;
  readonly add: tf.Tensor3D;
}

/** What is kept of each memory cell: Πv (1 - w_v[i] e_v[j]), [B,N,W]. */
function kept({ weights, erase }: Write): tf.Tensor3D {
  const [batchSize, heads, slots] = weights.shape;
  if (heads === 1) return tf.sub(1, tf.matMul(weights, erase, true));
  const each = tf.mul(
    tf.reshape(weights, [batchSize, heads, slots, 1]),
    tf.reshape(erase, [batchSize, heads, 1, erase.shape[2]]),
  );
  return productOverHeads(tf.sub(1, each));
}

/**
 * Memory after all write heads have erased and then added; the order of the heads does not matter.
 *   M = M' ∘ Πv (1 - w_v e_vᵀ) + Σv w_v a_vᵀ                                          Graves et al. 2014, eq. 3 and 4
 * @param memory [B,N,W]
 */
export function writeMemory(memory: tf.Tensor3D, write: Write): tf.Tensor3D {
  return tf.add(tf.mul(memory, kept(write)), tf.matMul(write.weights, write.add, true));
}
