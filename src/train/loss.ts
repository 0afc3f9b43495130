/**
 * The loss of every task: cross-entropy summed over a sequence's scored outputs, mean over the batch, in nats
 * (Graves, Wayne and Danihelka 2014, section 4: cost per sequence). Dividing by the batch and never by the length
 * keeps gradients at the scale the papers' clipping assumes. Tensor operations only, so it traces.
 */
import type { LossKind } from '../core/contracts.ts';
import * as tf from '../core/tf.ts';

/** What the outputs of a batch should have been; rows run over time first, then over the batch. */
export interface Answers {
  /** [T*B,O] */
  readonly targets: tf.Tensor2D;
  /** [T*B], 1 where the output is scored and 0 elsewhere */
  readonly mask: tf.Tensor1D;
}

/**
 * Cross-entropy of each row of `logits` [n,O], in nats, zero where the mask is: [n].
 * `bits`: sum over O of t softplus(-z) + (1-t) softplus(z), which loses no digits at either end.
 * `symbol`: -sum over O of t logSoftmax(z).
 * `value`: sum over O of (z - t)^2 / 2.
 */
export function rowLosses(kind: LossKind, logits: tf.Tensor2D, answers: Answers): tf.Tensor1D {
  const { targets, mask } = answers;
  return tf.mul(tf.sum(losses[kind](logits, targets), 1), mask) as tf.Tensor1D;
}

const losses: Readonly<Record<LossKind, (logits: tf.Tensor2D, targets: tf.Tensor2D) => tf.Tensor>> = {
  bits: (logits, targets) =>
    tf.add(tf.mul(targets, tf.softplus(tf.neg(logits))), tf.mul(tf.sub(1, targets), tf.softplus(logits))),
  symbol: (logits, targets) => tf.neg(tf.mul(targets, tf.logSoftmax(logits))),
  value: (outputs, targets) => tf.mul(0.5, tf.square(tf.sub(outputs, targets))),
};

/** `rowLosses` of a whole batch summed and divided by the number of sequences. */
export function sequenceLoss(
  kind: LossKind,
  logits: tf.Tensor2D,
  answers: Answers & { readonly batchSize: number },
): tf.Scalar {
  return tf.div(tf.sum(rowLosses(kind, logits, answers)), answers.batchSize) as tf.Scalar;
}
