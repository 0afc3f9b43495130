/** Small models whose states and gradients go their own ways: straight through a step, transposed, broadcast when added. */
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { Model, Tree } from '../../../src/core/contracts.ts';
import { normalTensor } from '../../../src/core/init.ts';
import { rng } from '../../../src/core/rng.ts';
import * as tf from '../../../src/core/tf.ts';
import type { Pool } from '../../../src/jit/runtime/threads.ts';
import { compiled, expectAgreement, INPUTS, OUTPUTS, randomBatch } from '../../support/jit.ts';

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

type Tensors = Record<string, tf.Tensor>;
type Step = (params: Tensors, state: Tensors, input: tf.Tensor) => { output: tf.Tensor; state: Tensors };

const drawn = (shapes: Record<string, number[]>): Tensors =>
  Object.fromEntries(
    Object.entries(shapes).map(([name, shape], i) => [name, normalTensor(rng(i + 1, 'models'), shape, 0.4)]),
  );

/** A model of a step alone; its parameters are drawn, its state begins at zero. */
function modelOf(shapes: Record<string, number[]>, state: readonly number[], step: Step) {
  const params = drawn(shapes);
  const model = {
    name: 'small',
    inputSize: INPUTS,
    outputSize: OUTPUTS,
    readoutSize: OUTPUTS,
    init: () => params,
    initialState: (_: Tensors, batchSize: number) => ({ h: tf.zeros([batchSize, ...state]) }),
    step,
    readout: (_: Tensors, outputs: tf.Tensor) => tf.mul(outputs, 1),
  } as unknown as Model;
  return { model, params: params as Tree };
}

/** A model of one matrix whose output is read from what `next` makes of the product and the state. */
function accumulator(next: (product: tf.Tensor, h: tf.Tensor) => { h: tf.Tensor; seen: tf.Tensor }) {
  return modelOf({ kernel: [INPUTS, 7], out: [7, OUTPUTS] }, [7], ({ kernel, out }, { h }, input) => {
    const { h: state, seen } = next(tf.matMul(input as tf.Tensor2D, kernel as tf.Tensor2D), h!);
    return { output: tf.matMul(seen as tf.Tensor2D, out as tf.Tensor2D), state: { h: state } };
  });
}

const matrix = (input: tf.Tensor, kernel: tf.Tensor | undefined, shape: number[]) =>
  tf.reshape(tf.matMul(input as tf.Tensor2D, kernel as tf.Tensor2D), [-1, ...shape]);

const models: Record<string, () => ReturnType<typeof modelOf>> = {
  'tanh of a sum with the state': () =>
    accumulator((product, h) => {
      const next = tf.tanh(tf.add(product, h));
      return { h: next, seen: next };
    }),
  'an accumulator': () =>
    accumulator((product, h) => {
      const next = tf.add(product, h);
      return { h: next, seen: tf.tanh(next) };
    }),
  'the input before': () => accumulator((product, h) => ({ h: product, seen: tf.tanh(h) })),
  'an accumulator seen late': () =>
    accumulator((product, h) => ({ h: tf.add(product, h), seen: tf.tanh(h) })),
  'a state that is kept transposed': () =>
    modelOf({ kernel: [INPUTS, 12], out: [12, OUTPUTS] }, [3, 4], ({ kernel, out }, { h }, input) => {
      const z = tf.tanh(tf.add(matrix(input, kernel, [4, 3]), tf.reshape(h!, [-1, 4, 3])));
      const output = tf.matMul(tf.reshape(tf.mul(z, z), [-1, 12]) as tf.Tensor2D, out as tf.Tensor2D);
      return { output, state: { h: tf.transpose(z, [0, 2, 1]) } };
    }),
  'sums of one shape, added as rows and columns': () =>
    modelOf({ a: [INPUTS, 12], b: [INPUTS, 12], out: [16, OUTPUTS] }, [4], ({ a, b, out }, _, input) => {
      const lengths = (kernel: tf.Tensor | undefined) => tf.sum(tf.square(matrix(input, kernel, [4, 3])), 2);
      const d = tf.tanh(tf.add(tf.expandDims(lengths(a), 2), tf.expandDims(lengths(b), 1)));
      const output = tf.matMul(tf.reshape(d, [-1, 16]) as tf.Tensor2D, out as tf.Tensor2D);
      return { output, state: { h: tf.sum(d, 2) } };
    }),
  'pads of which one repeats': () =>
    modelOf({ a: [INPUTS, 12], b: [INPUTS, 3], out: [24, OUTPUTS] }, [4], ({ a, b, out }, _, input) => {
      const before = tf.pad(matrix(input, b, [1, 3]), [
        [0, 0],
        [0, 0],
        [3, 0],
      ]);
      const q = tf.add(
        before,
        tf.pad(matrix(input, a, [4, 3]), [
          [0, 0],
          [0, 0],
          [0, 3],
        ]),
      );
      const output = tf.matMul(tf.reshape(tf.tanh(q), [-1, 24]) as tf.Tensor2D, out as tf.Tensor2D);
      return { output, state: { h: tf.sum(q, 2) } };
    }),
};

describe('small models', () => {
  it.each(Object.entries(models))('%s: has the loss, logits and gradients of the eager one', (_, make) => {
    const subject = make();
    const program = compiled(subject, 'bits');
    for (const [length, batchSize] of [
      [2, 1],
      [2, 3],
      [3, 1],
      [7, 9],
    ] as const)
      expectAgreement(subject, program, { loss: 'bits', batch: randomBatch('bits', length, batchSize) });
    program.dispose();
  });

  it('let no thread help that has no table of its own', () => {
    const program = compiled(models['an accumulator']!(), 'bits', { threads: 2 });
    const { pool } = program.training as unknown as { pool: Pool };
    const run = vi.spyOn(pool, 'run');
    for (const batchSize of [16, 1, 3, 16]) program.measure(randomBatch('bits', 3, batchSize));
    expect(run.mock.calls.map(([, tables]) => tables.length)).toEqual([2, 2]);
    program.dispose();
  });

  it('find the same gradient again and again, on any number of threads', () => {
    const subject = models['an accumulator']!();
    const norms = [1, 2, 3].flatMap((threads) => {
      const program = compiled(subject, 'bits', { threads });
      const batch = randomBatch('bits', 3, 9);
      const found = [0, 1, 2].map(() => program.measure(batch).gradientNorm);
      program.dispose();
      return found;
    });
    expect(new Set(norms).size).toBe(1);
  });
});
