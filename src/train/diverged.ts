/**
 * Where NaN or infinity came from: after a step has failed, the same batch is run again and looked at in the order
 * that numbers flow, so that the first tensor to go wrong is the one that is named.
 */
import type { Batch, LossKind, Model, Tree } from '../core/contracts.ts';
import { DivergedError } from '../core/errors.ts';
import * as tf from '../core/tf.ts';
import { leaves } from '../core/tree.ts';
import { batchTensors } from './batch-tensors.ts';
import { lossAndGradient } from './gradient.ts';
import { unroll } from './unroll.ts';

/** A training step that failed: its parameters as they were before it, and its batch. */
export interface FailedStep {
  readonly model: Model;
  readonly loss: LossKind;
  readonly params: Tree;
  readonly batch: Batch;
}

/** The error that names the first tensor that is not finite (`gradient of params.cell.kernel`). */
export function diverged(failed: FailedStep): DivergedError {
  const found: Found = { path: 'parameters after the update', value: Number.NaN };
  tf.tidy(() => {
    Object.assign(found, search(failed));
  });
  const { path, value } = found;
  return new DivergedError(
    `${path}: expected finite numbers, got ${value}; lower optimizer.rate or clip the gradient (optimizer.clipNorm)`,
  );
}

interface Found {
  readonly path: string;
  readonly value: number;
}

function search({ model, loss, params, batch }: FailedStep): Found | undefined {
  const tensors = batchTensors(batch);
  // The batch was found finite before the step.
  const given = firstNotFinite({ params });
  if (given) return given;
  let inside: Found | undefined;
  const logits = unroll(model, params, tensors.inputs, (time, { output, state }) => {
    if (inside) return;
    const found = firstNotFinite({ state, output });
    if (found) inside = { ...found, path: `${found.path} at time ${time}` };
  });
  if (inside) return inside;
  const back = lossAndGradient({ model, loss, params, tensors });
  const gradient = Object.fromEntries(
    leaves<tf.Tensor>(params).map(([path], i) => [`gradient of params.${path}`, back.gradients[i]!]),
  );
  const norm = tf.sqrt(tf.addN(back.gradients.map((part) => tf.sum(tf.square(part)))));
  return firstNotFinite({ logits, loss: back.loss, ...gradient, 'gradient norm': norm });
}

function firstNotFinite(tree: Tree): Found | undefined {
  for (const [path, leaf] of leaves<tf.Tensor>(tree)) {
    const value = leaf.dataSync().find((number) => !Number.isFinite(number));
    if (value !== undefined) return { path, value };
  }
  return undefined;
}
