import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '../../../../src/core/tf.ts';
import { importRecording } from '../../../../src/jit/frontend/import.ts';
import { look, trace } from '../../../../src/jit/frontend/trace.ts';
import { print } from '../../../../src/jit/ir/print.ts';

beforeAll(() => tf.setBackend('cpu'));

describe('a trace', () => {
  it('holds kernels in order, and no reshape', () => {
    const { recording } = trace([[2, 3]], ([x]) => tf.reshape(tf.tanh(tf.reshape(x!, [3, 2])), [6]));
    expect(recording.kernels.map((kernel) => kernel.name)).toEqual(['Tanh']);
    expect(recording.kernels[0]!.inputs.x!.shape).toEqual([3, 2]);
  });

  it('holds the backward pass too', () => {
    const { recording } = trace([[3]], ([x]) => tf.grad((y: tf.Tensor) => tf.sum(tf.exp(y)))(x!));
    expect(recording.kernels.map((kernel) => kernel.name)).toEqual(['Exp', 'Sum', 'Multiply', 'Multiply']);
  });

  it('keeps values from outside as they were when first used', () => {
    const outside = tf.tensor1d([1, 2, 3]);
    const traced = trace([[3]], ([x]) => {
      const sum = tf.add(x!, outside);
      outside.dispose();
      return { sum: look(sum) };
    });
    const graph = importRecording(traced, [{ name: 'x', shape: [3], dependence: 'batch' }]);
    expect(print(graph)).toBe(
      [
        '%0 batch [3] = input x',
        '%1 constant [3] = constant of 3 values',
        '%2 batch [3] = add %0 %1',
        'sum = %2',
      ].join('\n'),
    );
  });

  it('leaves the backend and the number of tensors as they were, also when it fails', () => {
    const before = tf.memory().numTensors;
    expect(() => trace([[2]], ([x]) => x!.dataSync())).toThrow(/reads a value/);
    expect(() => trace([[2]], () => trace([[2]], () => 0))).toThrow(/a trace is already running/);
    expect(() => trace([[2]], ([x]) => void x!.data())).toThrow(/reads a value/);
    expect(tf.getBackend()).toBe('cpu');
    expect(tf.memory().numTensors).toBe(before);
    expect(tf.tensor1d([4]).dataSync()[0]).toBe(4);
  });
});
