/** Retrieval by a continuous Hopfield network: Ramsauer et al. 2020, "Hopfield networks is all you need", section 2. */
import * as tf from '../../core/tf.ts';

/** What is stored, and how it is looked for. */
export interface Stored {
  /** X, one pattern a row, [N,W] */
  readonly patterns: tf.Tensor2D;
  /** The inverse temperature: how much better than the others a pattern must fit to be found alone, above 0 */
  readonly beta: number;
  /** How often the state is updated, from 1 */
  readonly updates: number;
}

/**
 *   p = softmax(beta X xi)      xi <- X' p, so often
 * Of patterns that are well separated for this beta, the first update finds the one that is nearest; of others it finds
 * a mean of those that are alike.
 * @param query the first state xi, [B,W]
 * @returns p of the last update, [B,N]; what is associated with the patterns is read with it
 */
export function retrieve({ patterns, beta, updates }: Stored, query: tf.Tensor2D): tf.Tensor2D {
  const weights = (state: tf.Tensor2D): tf.Tensor2D =>
    tf.softmax(tf.matMul(tf.mul<tf.Tensor2D>(state, beta), patterns, false, true));
  let found = weights(query);
  for (let update = 1; update < updates; update++) found = weights(tf.matMul(found, patterns));
  return found;
}
