/** Loss and gradient of a model on a batch by the tape of TensorFlow.js, which is the specification of both. */
import { inCell } from '../core/cell-errors.ts';
import type { LossKind, Model, Tree } from '../core/contracts.ts';
import * as tf from '../core/tf.ts';
import { leaves } from '../core/tree.ts';
import type { BatchTensors } from './batch-tensors.ts';
import { sequenceLoss } from './loss.ts';
import { unroll } from './unroll.ts';

/** The loss, and its gradient with respect to each leaf of the parameters in their order. */
export interface LossAndGradient {
  readonly loss: tf.Scalar;
  readonly gradients: readonly tf.Tensor[];
}

/** Runs a model forward and backward; a leaf that the loss does not depend on has a gradient of zeros. */
export function lossAndGradient(run: {
  readonly model: Model;
  readonly loss: LossKind;
  readonly params: Tree;
  readonly tensors: BatchTensors;
}): LossAndGradient {
  const { model, loss, params, tensors } = run;
  const parts = leaves<tf.Tensor>(params).map(([, leaf]) => leaf);
  // The engine's own function, because tf.grads refuses a model with a parameter that the loss does not depend on.
  const { value, grads } = inCell('the cell', () =>
    tf
      .engine()
      .gradients(
        () => sequenceLoss(loss, unroll(model, params, tensors.inputs), tensors),
        parts,
        undefined,
        true,
      ),
  );
  return { loss: value, gradients: parts.map((leaf, i) => grads[i] ?? tf.zerosLike(leaf)) };
}
