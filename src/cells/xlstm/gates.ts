/**
 * The exponential gates of xLSTM and what keeps them finite: Beck et al. 2024, section 2.2. A memory that is the sum of
 * exp(i) times what was written, faded by sigmoid(f) at each step since, is kept divided by exp(m).
 */
import * as tf from '../../core/tf.ts';

/** The gates of a step, in (0,1], and m after it. */
export interface ExponentialGates<T extends tf.Tensor> {
  /** F, the share of the memory that is kept. */
  readonly forget: T;
  /** I, how much is written. */
  readonly input: T;
  /** m */
  readonly stabilizer: T;
}

/**
 *   m = max(log sigmoid(f) + m', i)     F = exp(log sigmoid(f) + m' - m)     I = exp(i - m)
 * @param i, f before their functions, of any shape
 * @param before m', m a step ago, of the same shape
 */
export function exponentialGates<T extends tf.Tensor>(i: T, f: T, before: T): ExponentialGates<T> {
  const faded = tf.sub(before, tf.softplus(tf.neg(f)));
  const stabilizer = tf.maximum(faded, i) as T;
  return {
    forget: tf.exp(tf.sub(faded, stabilizer)) as T,
    input: tf.exp(tf.sub(i, stabilizer)) as T,
    stabilizer,
  };
}
