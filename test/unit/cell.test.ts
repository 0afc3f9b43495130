import { beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import { defineCell, defineTask, emptyBatch, rng, tf, uniformKernel, z } from '../../src/cell.ts';
import * as ours from '../../src/core/tf.ts';

beforeAll(() => tf.setBackend('cpu'));

const leaky = defineCell({
  name: 'leaky',
  settings: z.strictObject({ size: z.int().min(1).default(7), leak: z.number().default(0.5) }),
  create: ({ size, leak }, { inputSize }) => ({
    name: 'leaky',
    inputSize,
    outputSize: size,
    init: (stream) => ({ kernel: uniformKernel(stream, inputSize, size) }),
    initialState: (_, batchSize) => ({ h: tf.zeros<tf.Rank.R2>([batchSize, size]) }),
    step(params, { h }, input) {
      expectTypeOf(params.kernel).toEqualTypeOf<tf.Tensor2D>();
      expectTypeOf(h).toEqualTypeOf<tf.Tensor2D>();
      const next = tf.add(tf.mul(h, leak), tf.matMul(input, params.kernel)) as tf.Tensor2D;
      return { output: next, state: { h: next } };
    },
  }),
});

describe('a cell that is defined', () => {
  it('has types from its schema and functions', () => {
    expectTypeOf(leaky.create).parameter(0).toEqualTypeOf<{ size: number; leak: number }>();
    expect(leaky.settings.parse({})).toEqual({ size: 7, leak: 0.5 });
  });

  it('need not say where it is from', () => {
    expect(leaky).toMatchObject({ name: 'leaky', source: 'unpublished', summary: 'leaky' });
  });

  it('steps', () => {
    const cell = leaky.create({ size: 2, leak: 0.25 }, { inputSize: 1, maxLength: 1 });
    const value = tf.tidy(() => {
      const params = { kernel: tf.tensor2d([[3, 5]]) };
      const state = { h: tf.tensor2d([[4, 8]]) };
      return cell.step(params, state, tf.tensor2d([[2]])).output.arraySync();
    });
    // 4/4 + 2 3 and 8/4 + 2 5
    expect(value).toEqual([[7, 12]]);
  });
});

describe('a task that is defined', () => {
  const echo = defineTask({
    name: 'echo',
    summary: 'say what was said',
    loss: 'bits',
    solvedBits: 0.01,
    settings: z.strictObject({ width: z.int().default(2) }),
    sizes: ({ width }) => ({ inputSize: width, outputSize: width, maxLength: 1 }),
    load: () => 1,
    sample({ width }, stream, batchSize) {
      const batch = emptyBatch({ length: 1, batchSize, inputSize: width, outputSize: width });
      batch.mask.fill(1);
      for (let i = 0; i < batch.inputs.length; i++) batch.inputs[i] = batch.targets[i] = stream.integer(2);
      return batch;
    },
    lines: ({ width }) => ({ chance: width }),
  });

  it('has types from its schema, and a grid of what it is trained on', () => {
    expectTypeOf(echo.sample).parameter(0).toEqualTypeOf<{ width: number }>();
    expect(echo.harder({ width: 3 })).toEqual({ 'as trained': { width: 3 } });
    expect(echo).toMatchObject({ source: 'unpublished', summary: 'say what was said' });
    expect(echo.sample({ width: 3 }, rng(1, 'data'), 5).inputs).toHaveLength(15);
  });
});

it('the kit has the TensorFlow.js of the engines', () => {
  expect(tf.engine()).toBe(ours.engine());
});
