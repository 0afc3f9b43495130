/**
 * The shares of a write: Raven, Afzal et al. 2026. Each head scores its slots, and those that score highest share it:
 *   m = sigmoid(r + noise)      s_i = m_i / (sum of the K largest m) where m_i is one of them, 0 elsewhere
 */
import { withoutGradient } from '../../core/gradients.ts';
import * as tf from '../../core/tf.ts';

/** Added to the sum that is divided by, as in the authors' code. */
const SHARE_FLOOR = 1e-9;

/** A share for each of the k slots with the highest scores; they sum to 1. @param scores [B,h,M] */
export function topShares(scores: tf.Tensor3D, k: number): tf.Tensor3D {
  const slots = scores.shape[2];
  const m = tf.sigmoid(scores);
  const chosen = withoutGradient((x) => tf.sum(tf.oneHot(tf.topk(x!, k).indices, slots), 2), scores);
  const kept: tf.Tensor3D = k < slots ? tf.mul(m, chosen) : m;
  return tf.div(kept, tf.add(tf.sum(kept, 2, true), SHARE_FLOOR));
}

/** Numbers of Gumbel's distribution, -log(-log u), of uniform u in [0,1); 0 of u = 1, as it is in evaluation. */
export function gumbel<T extends tf.Tensor>(uniform: T): T {
  return withoutGradient((u) => {
    const inside = tf.clipByValue(u!, 1e-10, 1 - 1e-7);
    const drawn = tf.neg(tf.log(tf.neg(tf.log(inside))));
    return tf.where(tf.less(u!, 1), drawn, tf.zerosLike(u!));
  }, uniform) as T;
}
