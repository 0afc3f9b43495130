/**
 * What training takes at the least, known before anything is built: the parameters with their gradient and the
 * optimizer's state, and the state at each step of each sequence, which the backward pass reads again. Engines take
 * more; what does not fit by this count would be found out after minutes of work.
 */
import type { Model, Transform, Tree } from '../core/contracts.ts';
import { UsageError } from '../core/errors.ts';
import type { Rng } from '../core/rng.ts';
import * as tf from '../core/tf.ts';
import { leaves } from '../core/tree.ts';

/** How large a model is, in numbers. */
export interface ModelSize {
  readonly parameters: number;
  /** Of one sequence at one step. */
  readonly state: number;
}

/** What is trained on it. */
export interface Load {
  readonly optimizer: Transform;
  readonly batchSize: number;
  /** The most time steps of a sequence. */
  readonly length: number;
}

/**
 * The size of a model, on the backend that is current.
 * @throws UsageError on a parameter that is too large by itself
 */
export function modelSize(model: Model): ModelSize {
  const size = (tree: Tree) => leaves<tf.Tensor>(tree).reduce((sum, [, leaf]) => sum + leaf.size, 0);
  return tf.tidy(() => {
    const params = model.init(quickNumbers()) as Tree;
    return { parameters: size(params), state: size(model.initialState(params, 1) as Tree) };
  });
}

/** The shapes of a model's parameters by their paths, on the backend that is current. */
export function parameterShapes(model: Model): Readonly<Record<string, readonly number[]>> {
  const shapes: [path: string, shape: readonly number[]][] = [];
  tf.tidy(() => {
    const params = model.init(quickNumbers()) as Tree;
    for (const [path, leaf] of leaves<tf.Tensor>(params)) shapes.push([path, leaf.shape]);
  });
  return Object.fromEntries(shapes);
}

/** Numbers that cost next to nothing: only how many are drawn matters here. */
function quickNumbers(): Rng {
  let last = 0;
  const uniform = () => {
    last = (last + 0.6180339887498949) % 1;
    return last;
  };
  const state = { c: 0, s0: 0, s1: 0, s2: 0 };
  return { uniform, normal: uniform, integer: (n) => Math.floor(uniform() * n), state: () => state };
}

/** How many numbers an optimizer remembers of each parameter. */
export function stateVectors(optimizer: Transform): number {
  return tf.tidy(() => Object.keys(optimizer.init(1)).length);
}

/**
 * Refuses training that cannot fit.
 * @param limitBytes what the engine can address, or the machine has
 * @throws UsageError with the bytes, the limit and what to change
 */
export function checkFits({ parameters, state }: ModelSize, load: Load, limitBytes: number): void {
  const { optimizer, batchSize, length } = load;
  const bytes = 4 * (parameters * (2 + stateVectors(optimizer)) + state * batchSize * length);
  if (bytes <= limitBytes) return;
  throw new UsageError(
    `expected training that fits into ${limitBytes} bytes, got at least ${bytes}: ${parameters} parameters, and ${state} numbers of state for each of ${batchSize} x ${length} steps; lower the sizes of the cell, --batch or the length of the task`,
  );
}
