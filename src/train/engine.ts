/**
 * What the engines share: what one is made of, and how its arrays are named and checked.
 * An engine holds parameters and an optimizer's state and runs whole batches; `eager.ts` is the specification of it.
 */
import { inCell } from '../core/cell-errors.ts';
import { checkParams } from '../core/cell-step.ts';
import type { LossKind, Model, NamedArrays, Transform, Tree } from '../core/contracts.ts';
import { CheckpointError, UsageError } from '../core/errors.ts';
import type { Rng } from '../core/rng.ts';
import { showShape } from '../core/shape.ts';
import * as tf from '../core/tf.ts';
import { leaves } from '../core/tree.ts';

/** What an engine is made of. */
export interface EngineOptions {
  readonly model: Model;
  readonly loss: LossKind;
  readonly optimizer: Transform;
  /** The stream that the parameters are drawn from. */
  readonly initRng: Rng;
}

/**
 * Parameters as the model makes them, the caller's to dispose of.
 * @throws UsageError when they are no tensors, or none at all
 */
export function freshParams({ model, initRng }: Pick<EngineOptions, 'model' | 'initRng'>): Tree {
  const params = inCell('init', () => {
    const made = tf.tidy(() => model.init(initRng) as tf.TensorContainer) as Tree;
    checkParams(model.name, made);
    return made;
  });
  if (leaves(params).length > 0) return params;
  throw new UsageError(`${model.name}: expected parameters to learn, got none; give it a readout`);
}

/** Prefix of the parameters among an engine's arrays. */
export const PARAMS = 'params.';
/** Prefix of the optimizer's state, each part of it one flat vector over all parameters. */
export const OPTIMIZER = 'optimizer.';
/** How many steps the optimizer has made, a scalar; exact up to 2^24. */
export const STEP = `${OPTIMIZER}step`;

/** Shapes by name: what an engine expects of a checkpoint. */
export type NamedShapes = Readonly<Record<string, readonly number[]>>;

/**
 * Refuses arrays other than the engine's own. The optimizer's may be absent all together, as in a model that ships
 * without them; the optimizer then begins afresh.
 * @throws CheckpointError naming the first array that is missing, unknown or of another shape
 */
export function checkArrays(own: NamedShapes, arrays: NamedArrays): void {
  const withOptimizer = Object.keys(arrays).some((name) => name.startsWith(OPTIMIZER));
  const cure = 'the checkpoint is of another model or optimizer';
  for (const [name, shape] of Object.entries(own)) {
    if (!withOptimizer && name.startsWith(OPTIMIZER)) continue;
    const got = Object.hasOwn(arrays, name) ? showShape(arrays[name]!.shape) : 'no such array';
    if (got !== showShape(shape))
      throw new CheckpointError(`${name}: expected ${showShape(shape)}, got ${got}; ${cure}`);
  }
  const unknown = Object.entries(arrays).find(([name]) => !Object.hasOwn(own, name));
  if (unknown)
    throw new CheckpointError(
      `${unknown[0]}: expected no such array, got ${showShape(unknown[1].shape)}; ${cure}`,
    );
}
