/**
 * The only loop over time in the library: a model over a batch of sequences.
 * Each step runs in a scope of its own, so a pass without gradients holds one state at a time whatever the length.
 */
import { checkStep } from '../core/cell-step.ts';
import type { CellStep, Model, Tree } from '../core/contracts.ts';
import { UsageError } from '../core/errors.ts';
import * as tf from '../core/tf.ts';
import { leaves } from '../core/tree.ts';

/** Called at every time step, counted from 0. What it is shown is gone when it returns: read it or `tf.keep` it. */
export type Observer = (time: number, step: CellStep<Tree>) => void;

/**
 * Logits [T*B,O] for `inputs` [T,B,I], rows time first. The readout runs once for all steps together.
 * @throws UsageError when the sequences are longer than the model's `maxLength`
 */
export function unroll<P extends Tree, S extends Tree>(
  model: Model<P, S>,
  params: P,
  inputs: tf.Tensor3D,
  observe?: Observer,
): tf.Tensor2D {
  const [length, batchSize] = inputs.shape;
  checkLength(model, length);
  const first = model.initialState(params, batchSize);
  const notOurs = new Set<unknown>(
    [...leaves<tf.Tensor>(params), ...leaves<tf.Tensor>(first)].map(([, leaf]) => leaf),
  );
  const outputs: tf.Tensor2D[] = [];
  let state = first;
  tf.unstack(inputs, 0).forEach((input, time) => {
    const step = scopedStep(
      () => {
        const after = model.step(params, state, input as tf.Tensor2D);
        if (time === 0) checkStep(model, { before: state, after, batchSize });
        return after;
      },
      (done) => observe?.(time, done),
    );
    outputs.push(step.output);
    notOurs.add(step.output);
    release(state, step, notOurs);
    state = step.state;
  });
  return model.readout(params, tf.concat(outputs, 0));
}

/**
 * Refuses what a model's state cannot hold.
 * @throws UsageError
 */
export function checkLength(model: Pick<Model, 'name' | 'maxLength'>, length: number): void {
  if (model.maxLength === undefined || length <= model.maxLength) return;
  throw new UsageError(
    `${model.name}: expected sequences of at most ${model.maxLength} steps, got ${length}; build the model for longer ones or shorten the task`,
  );
}

/** One step whose intermediate tensors are gone when it returns; tensors a gradient needs are kept by the tape itself. */
function scopedStep<S extends Tree>(
  run: () => CellStep<S>,
  observe: (step: CellStep<S>) => void,
): { output: tf.Tensor2D; state: S } {
  const kept = tf.tidy(() => {
    const step = run();
    observe(step);
    return { output: step.output, state: step.state } as tf.TensorContainerObject;
  });
  return kept as unknown as { output: tf.Tensor2D; state: S };
}

/** Disposes of the tensors of a state that the next step has not handed on. */
function release(state: Tree, next: { output: tf.Tensor; state: Tree }, notOurs: ReadonlySet<unknown>): void {
  const handedOn = new Set<unknown>([next.output, ...leaves<tf.Tensor>(next.state).map(([, leaf]) => leaf)]);
  for (const [, leaf] of leaves<tf.Tensor>(state))
    if (!handedOn.has(leaf) && !notOurs.has(leaf)) leaf.dispose();
}
