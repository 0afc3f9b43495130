import { beforeAll, describe, expect, it } from 'vitest';
import { lstm } from '../../../src/cells/lstm.ts';
import { ntm } from '../../../src/cells/ntm/ntm.ts';
import type { Batch, Cell, CellKind, Model, Tree } from '../../../src/core/contracts.ts';
import * as tf from '../../../src/core/tf.ts';
import { leaves } from '../../../src/core/tree.ts';
import { evaluationProgram } from '../../../src/jit/compile.ts';
import { layOutMemory } from '../../../src/jit/runtime/layout.ts';
import { unroll } from '../../../src/train/unroll.ts';
import {
  compiled,
  eager,
  expectAgreement,
  expectClose,
  INPUTS,
  OUTPUTS,
  perturbed,
  randomBatch,
} from '../../support/jit.ts';

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

const make = <C>(kind: CellKind<C>, settings: object, maxLength = 1000): Cell =>
  kind.create(kind.settings.parse(settings), { inputSize: INPUTS, maxLength });

const small = { slots: 6, width: 5, controllerSize: 7 };

/** A model whose parameters at some paths are replaced. */
function changed(
  cell: Cell,
  change: (path: string, value: number, index: number) => number,
): { model: Model; params: Tree } {
  const subject = perturbed(cell);
  for (const [path, leaf] of leaves<tf.Tensor>(subject.params)) {
    const values = leaf.dataSync();
    for (let i = 0; i < values.length; i++) values[i] = change(path, values[i]!, i);
  }
  return subject;
}

/** All outputs and gradients finite on both engines and equal. */
function expectSound(subject: { model: Model; params: Tree }, batch: Batch, tolerance = 1e-4): void {
  const program = compiled(subject, 'bits');
  expectAgreement(subject, program, { loss: 'bits', batch, tolerance });
  expect(program.gradient.every(Number.isFinite)).toBe(true);
  program.dispose();
}

describe('at the edges of numbers', () => {
  it('strengths and sharpenings near 50 stay finite and equal', () => {
    // softplus of 50 is 50: every head's strength and sharpening.
    const subject = changed(make(ntm, small), (path, value, index) =>
      path.endsWith('heads.bias') && index >= 3 * small.width && index < 3 * small.width + 4 ? 50 : value,
    );
    expectSound(subject, randomBatch('bits', 12, 3), 1e-3);
  });

  it('gates driven into saturation for a long sequence', () => {
    const subject = changed(make(lstm, { size: 6 }), (path, value) =>
      path.endsWith('bias') ? value * 40 : value * 5,
    );
    expectSound(subject, randomBatch('bits', 200, 2), 1e-3);
  });

  it.each([1e-30, 1e30])('readout weights of %s', (scale) => {
    const subject = changed(make(lstm, { size: 6 }), (path, value) =>
      path.startsWith('readout') ? value * scale : value,
    );
    const batch = randomBatch('bits', 3, 2);
    const program = compiled(subject, 'bits');
    const expected = eager(subject, 'bits', batch);
    const found = program.measure(batch);
    expect(Number.isFinite(found.loss)).toBe(Number.isFinite(expected.loss));
    expectClose([found.loss], [expected.loss], { tolerance: 1e-4, name: 'loss' });
    program.dispose();
  });

  it('a batch that scores nothing has loss 0 and gradient 0', () => {
    const program = compiled(perturbed(make(ntm, small)), 'bits');
    const batch = randomBatch('bits', 4, 3);
    batch.mask.fill(0);
    expect(program.measure(batch)).toEqual({ loss: 0, gradientNorm: 0 });
    expect(program.gradient.every((value) => value === 0)).toBe(true);
    program.dispose();
  });

  it('a thousand steps', () => {
    const subject = perturbed(make(lstm, { size: 5 }));
    const program = compiled(subject, 'bits');
    const batch = randomBatch('bits', 1000, 1);
    const model = subject.model;
    const logits = tf.tidy(() =>
      Float32Array.from(
        unroll(model, subject.params, tf.tensor3d(batch.inputs, [1000, 1, INPUTS])).dataSync(),
      ),
    );
    expectClose(program.evaluate(batch).logits, logits, { tolerance: 1e-4, name: 'logits' });
    expect(Number.isFinite(program.measure(batch).gradientNorm)).toBe(true);
    program.dispose();
  });

  it('evaluates in pieces what would not fit the cache, row for row the same', () => {
    const program = compiled(perturbed(make(lstm, { size: 8 })), 'bits');
    const count = 12_000;
    const batch = randomBatch('bits', 60, count);
    expect(layOutMemory(evaluationProgram(program.graphs, false), count, 60).bytes).toBeGreaterThan(2 ** 25);
    const whole = program.evaluate(batch).logits;
    const few = { ...randomBatch('bits', 60, 1), inputs: new Float32Array(60 * INPUTS) };
    for (const row of [0, 5_999, 11_999]) {
      for (let t = 0; t < 60; t++)
        few.inputs.set(
          batch.inputs.subarray((t * count + row) * INPUTS, (t * count + row + 1) * INPUTS),
          t * INPUTS,
        );
      const own = Float32Array.from(
        { length: 60 * OUTPUTS },
        (_, i) => whole[(Math.floor(i / OUTPUTS) * count + row) * OUTPUTS + (i % OUTPUTS)]!,
      );
      expectClose(own, program.evaluate(few).logits, { tolerance: 1e-5, name: `row ${row}` });
    }
    program.dispose();
  });

  it('takes no more memory after ten thousand steps than after fifteen', () => {
    const program = compiled(perturbed(make(lstm, { size: 4 })), 'bits');
    const step = (i: number) => {
      program.measure(randomBatch('bits', 1 + (i % 3), 1 + (i % 5)));
      program.update(i);
    };
    for (let i = 1; i <= 15; i++) step(i);
    const bytes = program.training.memoryBytes;
    const tensors = tf.memory().numTensors;
    for (let i = 16; i <= 10_000; i++) step(i);
    expect(program.training.memoryBytes).toBe(bytes);
    expect(tf.memory().numTensors).toBe(tensors);
    program.dispose();
  });
});
