/** What a training program keeps of each step, pinned for cells of one line. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Model, Tree } from '../../../../src/core/contracts.ts';
import * as tf from '../../../../src/core/tf.ts';
import { trainingProgram } from '../../../../src/jit/compile.ts';
import { traceModel } from '../../../../src/jit/frontend/model.ts';
import { schedule } from '../../../../src/train/schedule.ts';
import { sgd } from '../../../../src/train/transforms.ts';

beforeAll(() => tf.setBackend('cpu'));

/** Floats of each buffer that has a record for each step of each row; a state has one step more. */
function keptPerStep(next: (seen: tf.Tensor2D, h: tf.Tensor2D) => tf.Tensor): Record<string, number> {
  const params = { kernel: tf.ones([3, 4]) };
  const model = {
    name: 'small',
    inputSize: 3,
    outputSize: 4,
    readoutSize: 4,
    init: () => params,
    initialState: (_: unknown, batchSize: number) => ({ h: tf.zeros([batchSize, 4]) }),
    step({ kernel }: typeof params, { h }: { h: tf.Tensor2D }, input: tf.Tensor2D) {
      const output = next(tf.matMul(input, kernel as tf.Tensor2D), h);
      return { output, state: { h: output } };
    },
    readout: (_: unknown, outputs: tf.Tensor) => tf.mul(outputs, 1),
  } as unknown as Model;
  const squares = (logits: tf.Tensor2D) => tf.sum(tf.square(logits), 1) as tf.Tensor1D;
  const graphs = traceModel(model, params as unknown as Tree, squares);
  const { buffers } = trainingProgram(graphs, sgd(schedule({ rate: 1 })));
  const all = buffers.filter((buffer) => buffer.kind === 'rows' && buffer.slots === 'all');
  const named = all.map(({ name, size }) => [name.replace(/\d+$/, 'N'), size] as const);
  const outside = ['input', 'output', 'target', 'mask', 'd.output'];
  return Object.fromEntries(named.filter(([name]) => !outside.includes(name)));
}

describe('a step keeps for the way back', () => {
  it('nothing but its state where the derivative is known by it: tanh', () => {
    // d tanh(z) = 1 - h²; the gradient of z is an operand of the kernel's gradient, beside the input.
    expect(keptPerStep((seen, h) => tf.tanh(tf.add(seen, h)))).toEqual({ 'state.h': 4, 'step.operandN': 4 });
  });

  it('the value that a comparison needs, in one record a step: relu', () => {
    expect(keptPerStep((seen, h) => tf.relu(tf.add(seen, h)))).toEqual({
      'state.h': 4,
      'step.operandN': 4,
      'kept.record': 4,
    });
  });

  it('the factor of a product that is not in memory anyway, and the sum that is too small to compute again', () => {
    const kept = (record: number) => ({ 'state.h': 4, 'step.operandN': 4, 'kept.record': record });
    expect(keptPerStep((seen, h) => tf.mul(tf.sigmoid(seen), h))).toEqual(kept(4));
    expect(keptPerStep((seen, h) => tf.mul(tf.sigmoid(seen), tf.add(h, 1)))).toEqual(kept(8));
  });

  it('nothing where the step is linear', () => {
    expect(keptPerStep((seen, h) => tf.add(seen, tf.mul(h, 0.5)))).toEqual({
      'state.h': 4,
      'step.operandN': 4,
    });
  });
});
