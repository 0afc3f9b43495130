/** What the compiler's tests share: a model compiled and eager on the same batch, side by side. */
import { expect } from 'vitest';
import { model } from '../../src/cells/model.ts';
import type { Batch, Cell, LossKind, Model, Tree } from '../../src/core/contracts.ts';
import { rng } from '../../src/core/rng.ts';
import * as tf from '../../src/core/tf.ts';
import { leaves } from '../../src/core/tree.ts';
import { type CompiledModel, compile } from '../../src/jit/index.ts';
import { rowLosses, sequenceLoss } from '../../src/train/loss.ts';
import { schedule } from '../../src/train/schedule.ts';
import { sgd } from '../../src/train/transforms.ts';
import { unroll } from '../../src/train/unroll.ts';

/** Sizes of the batches that tests are run on. */
export const INPUTS = 5;
export const OUTPUTS = 3;

/** A batch of normal inputs, random targets, and masks that leave out about a third. */
export function randomBatch(loss: LossKind, length: number, batchSize: number, seed = 1): Batch {
  const stream = rng(seed, 'jit');
  const rows = length * batchSize;
  const inputs = Float32Array.from({ length: rows * INPUTS }, () => stream.normal());
  const targets = new Float32Array(rows * OUTPUTS);
  for (let row = 0; row < rows; row++)
    if (loss === 'symbol') targets[row * OUTPUTS + stream.integer(OUTPUTS)] = 1;
    else for (let i = 0; i < OUTPUTS; i++) targets[row * OUTPUTS + i] = stream.integer(2);
  const mask = Float32Array.from({ length: rows }, () => (stream.uniform() < 0.7 ? 1 : 0));
  mask.fill(1, rows - batchSize);
  return { length, batchSize, inputSize: INPUTS, outputSize: OUTPUTS, inputs, targets, mask };
}

/** A cell with a readout, parameters moved off their start so that none is trivial. */
export function perturbed(cell: Cell): { model: Model; params: Tree } {
  const whole = model(cell, { inputSize: INPUTS, outputSize: OUTPUTS }) as unknown as Model;
  const stream = rng(9, 'perturb');
  const params = whole.init(rng(1, 'init'));
  for (const [, leaf] of leaves<tf.Tensor>(params)) {
    const values = leaf.dataSync();
    for (let i = 0; i < values.length; i++) values[i]! += 0.1 * stream.normal();
  }
  return { model: whole, params };
}

/** Compiles a model with plain gradient descent. */
export function compiled(
  subject: { model: Model; params: Tree },
  loss: LossKind,
  options = {},
): CompiledModel {
  return compile(subject.model, (logits, answers) => rowLosses(loss, logits, answers), {
    params: subject.params,
    optimizer: sgd(schedule({ rate: 1 })),
    ...options,
  });
}

/** Loss and gradient by tfjs, the gradient as one vector. */
export function eager(
  { model: subject, params }: { model: Model; params: Tree },
  loss: LossKind,
  batch: Batch,
): { loss: number; gradient: [name: string, values: Float32Array][]; logits: Float32Array } {
  const named = leaves<tf.Tensor>(params);
  const { length, batchSize } = batch;
  return tf.tidy(() => {
    let logits: Float32Array = new Float32Array(0);
    const f = () => {
      const out = unroll(subject, params, tf.tensor3d(batch.inputs, [length, batchSize, INPUTS]));
      logits = Float32Array.from(out.dataSync());
      const targets = tf.tensor2d(batch.targets, [length * batchSize, OUTPUTS]);
      return sequenceLoss(loss, out, { targets, mask: tf.tensor1d(batch.mask), batchSize });
    };
    const tensors = named.map(([, tensor]) => tensor);
    const { value, grads } = tf.engine().gradients(f, tensors, undefined as never, true);
    return {
      loss: value.dataSync()[0]!,
      gradient: named.map(([name, tensor], i) => [
        name,
        Float32Array.from(grads[i]?.dataSync() ?? new Float32Array(tensor.size)),
      ]),
      logits,
    } as unknown as tf.TensorContainer;
  }) as unknown as ReturnType<typeof eager>;
}

/**
 * Asserts that loss, logits and every gradient agree: relative to the largest component of each tensor, and for tensors
 * whose whole gradient is a remainder of cancelling terms, to a thousandth of the largest component of all.
 * @param tolerance relative; the two sum in different orders, in float32
 */
export function expectAgreement(
  subject: { model: Model; params: Tree },
  program: CompiledModel,
  options: { loss: LossKind; batch: Batch; tolerance?: number },
): void {
  const { loss, batch, tolerance = 1e-4 } = options;
  const expected = eager(subject, loss, batch);
  const found = program.measure(batch);
  expectClose([found.loss], [expected.loss], { tolerance, name: 'loss' });
  expectClose(program.evaluate(batch).logits, expected.logits, { tolerance, name: 'logits' });
  const flat = program.gradient;
  const floor = 1e-3 * Math.max(...expected.gradient.map(([, values]) => largest(values)));
  let offset = 0;
  for (const [name, values] of expected.gradient) {
    expectClose(flat.subarray(offset, offset + values.length), values, { tolerance, name, floor });
    offset += values.length;
  }
}

const largest = (values: ArrayLike<number>) =>
  Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** Differences relative to the largest component, or to `floor` if that is larger. */
export function expectClose(
  found: ArrayLike<number>,
  expected: ArrayLike<number>,
  { tolerance, name, floor = 1e-6 }: { tolerance: number; name: string; floor?: number },
): void {
  expect(found.length, name).toBe(expected.length);
  const size = Math.max(floor, largest(expected));
  for (let i = 0; i < expected.length; i++) {
    const apart = Math.abs(found[i]! - expected[i]!) / size;
    if (!(apart <= tolerance)) expect.fail(`${name}[${i}]: expected ${expected[i]}, got ${found[i]}`);
  }
}
