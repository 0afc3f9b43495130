/**
 * Temporal links of a differentiable neural computer: Graves et al. 2016, Methods, "Temporal memory linkage". L[i,j] is
 * how far slot i was written right after slot j; rows and columns of L sum to at most 1, and its diagonal is 0.
 */
import * as tf from '../../core/tf.ts';
import { sharpen } from '../addressing/location.ts';

/** Weights below this do not count where links are sharpened: the 1e-6 of the published code. */
const SHARPENING_FLOOR = 1e-6;

/** 0 on the diagonal and 1 elsewhere, [N,N]. */
function offDiagonal(slots: number): tf.Tensor2D {
  const values = Float32Array.from({ length: slots * slots }, (_, at) => (at % (slots + 1) === 0 ? 0 : 1));
  return tf.tensor2d(values, [slots, slots]);
}

/**
 * Links after a write.
 *   L[i,j] = (1 - w[i] - w[j]) L'[i,j] + w[i] p'[j],  L[i,i] = 0                      Graves et al. 2016, Methods
 * @param links L' [B,N,N]   @param written w [B,N], sums to at most 1   @param precedence p' [B,N], before the write
 */
export function writtenLinks(links: tf.Tensor3D, written: tf.Tensor2D, precedence: tf.Tensor2D): tf.Tensor3D {
  const [batchSize, slots] = written.shape;
  const to = tf.reshape(written, [batchSize, slots, 1]);
  const from = tf.reshape(written, [batchSize, 1, slots]);
  const before = tf.reshape(precedence, [batchSize, 1, slots]);
  const kept = tf.mul(links, tf.sub(tf.sub(1, to), from));
  return tf.mul(tf.add(kept, tf.mul(to, before)), offDiagonal(slots));
}

/** How far each slot was the last one written: p = (1 - Σ w) p' + w. @param written [B,V,N]   @param precedence [B,V,N] */
export function writtenPrecedence(precedence: tf.Tensor3D, written: tf.Tensor3D): tf.Tensor3D {
  return tf.add(tf.mul(precedence, tf.sub(1, tf.sum(written, 2, true))), written);
}

/** Sharpness of what follows links, one number above 1 for each read head, [B,R,1] each. */
export interface Sharpness {
  readonly backward: tf.Tensor3D;
  readonly forward: tf.Tensor3D;
}

/**
 * Where the slots lie that were written just before, and just after, those that heads read: [B,R,N] each.
 *   b = Lᵀ w,  f = L w;  with sharpness s  d <- (d + 1e-6)^s / Σ (d + 1e-6)^s         Csordas and Schmidhuber 2019
 * @param readWeights w of the step before, [B,R,N]
 */
export function followLinks(links: tf.Tensor3D, readWeights: tf.Tensor3D, sharpness?: Sharpness) {
  const backward: tf.Tensor3D = tf.matMul(readWeights, links);
  const forward: tf.Tensor3D = tf.matMul(readWeights, links, false, true);
  if (!sharpness) return { backward, forward };
  return {
    backward: sharpen(backward, sharpness.backward, SHARPENING_FLOOR),
    forward: sharpen(forward, sharpness.forward, SHARPENING_FLOOR),
  };
}
