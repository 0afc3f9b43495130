import { describe, expect, it } from 'vitest';
import { lstm, lstmParams, lstmStep } from '../../../src/cells/lstm.ts';
import { rng } from '../../../src/core/rng.ts';
import * as tf from '../../../src/core/tf.ts';
import { backends, useBackend } from '../../support/backends.ts';
import { checkSequence } from '../../support/gradient-check.ts';
import { expectConstantTensors, expectNoLeak } from '../../support/leaks.ts';
import { lstmReference } from '../../support/reference/lstm.ts';

useBackend('cpu');

/** One step of a single unit with one input: h and c. */
function oneUnit(
  kernel: number[][],
  bias: number[],
  x: number,
  h: number,
  c: number,
): [h: number, c: number] {
  return tf.tidy(() => {
    const params = { kernel: tf.tensor2d(kernel), bias: tf.tensor1d(bias) };
    const next = lstmStep(params, { h: tf.tensor2d([[h]]), c: tf.tensor2d([[c]]) }, tf.tensor2d([[x]]));
    return [next.h.dataSync()[0]!, next.c.dataSync()[0]!];
  });
}

const zeros = [
  [0, 0, 0, 0],
  [0, 0, 0, 0],
];

describe('one LSTM unit, by hand', () => {
  it('keeps sigmoid(1) of its cell when only the forget bias is set', () => {
    const [h, c] = oneUnit(zeros, [0, 1, 0, 0], 5, 0, 2);
    expect(c).toBeCloseTo(1.4621171572600098, 6);
    expect(h).toBeCloseTo(0.44903150573044787, 6);
  });

  it('writes with i and g, forgets with f, shows with o, in that order of columns', () => {
    const [h, c] = oneUnit(zeros, [100, -100, 100, 100], 0, 0, 7);
    expect(c).toBeCloseTo(1, 6);
    expect(h).toBeCloseTo(Math.tanh(1), 6);
    expect(oneUnit(zeros, [-100, 100, 100, 100], 0, 0, 7)[1]).toBeCloseTo(7, 6);
    expect(oneUnit(zeros, [100, -100, 100, -100], 0, 0, 7)[0]).toBeCloseTo(0, 6);
  });

  it('reads the input from the first row of the kernel and its last output from the second', () => {
    const kernel = [
      [0, 0, 0.5, 0],
      [0, 0, 0, 3],
    ];
    const [h, c] = oneUnit(kernel, [100, -100, 0, 0], 2, -1, 0);
    expect(c).toBeCloseTo(Math.tanh(1), 6);
    expect(h).toBeCloseTo(Math.tanh(Math.tanh(1)) / (1 + Math.exp(3)), 6);
  });
});

describe('lstmParams', () => {
  it('starts with the forget gate open and a kernel within 1/sqrt(I+H)', () => {
    expectNoLeak(() => {
      const params = lstmParams(rng(1, 'test'), 3, 2);
      expect(params.kernel.shape).toEqual([5, 8]);
      expect([...params.bias.dataSync()]).toEqual([0, 0, 1, 1, 0, 0, 0, 0]);
      const largest = Math.max(...params.kernel.dataSync().map(Math.abs));
      expect(largest).toBeLessThan(1 / Math.sqrt(5));
      expect(largest).toBeGreaterThan(0.3);
      tf.dispose([params.kernel, params.bias]);
    });
  });
});

describe.each(backends)('the lstm cell on %s', (backend) => {
  useBackend(backend);

  it.each([1, 3])('equals the float64 reference with its gradients, %i layers', (layers) => {
    checkSequence({
      cell: lstm.create({ size: 3, layers }, { inputSize: 2, maxLength: 5 }),
      reference: lstmReference(layers),
      length: 5,
    });
  });
});

describe('the lstm cell', () => {
  it('fills in the defaults, and refuses what is not a size', () => {
    expect(lstm.settings.parse({})).toEqual({ size: 100, layers: 1 });
    for (const bad of [{ size: 0 }, { layers: -1 }, { size: 1.5 }, { width: 3 }])
      expect(lstm.settings.safeParse(bad).success).toBe(false);
  });

  it('has the same number of tensors after each step', () => {
    expectConstantTensors(lstm.create({ size: 4, layers: 2 }, { inputSize: 2, maxLength: 9 }));
  });
});
