import { describe, expect, it } from 'vitest';
import { associativeLstm } from '../../../../src/cells/associative-lstm/associative-lstm.ts';
import { rng } from '../../../../src/core/rng.ts';
import * as tf from '../../../../src/core/tf.ts';
import { backends, useBackend } from '../../../support/backends.ts';
import { checkSequence } from '../../../support/gradient-check.ts';
import { expectConstantTensors } from '../../../support/leaks.ts';
import { associativeLstmReference } from '../../../support/reference/associative-lstm.ts';
import { ordersOf } from './orders.ts';

useBackend('cpu');

const small = { size: 4, copies: 2, layers: 1, recurrentUpdate: true, permutationSeed: 1 };
const make = (changes: object, inputSize = 3) =>
  associativeLstm.create(associativeLstm.settings.parse({ ...small, ...changes }), {
    inputSize,
    maxLength: 9,
  });

/**
 * One number of one copy after a step: biases of f, i, o, r_i (re, im), r_o (re, im) and u (re, im), all kernels 0, c
 * before the step.
 */
function oneNumber(biases: number[], c: [number, number] = [0, 0]) {
  return tf.tidy(() => {
    const cell = make({ size: 2, copies: 1 }, 1);
    const layer = {
      kernel: tf.zeros([3, 7]),
      bias: tf.tensor1d(biases.slice(0, 7)),
      update: { kernel: tf.zeros([3, 2]), bias: tf.tensor1d(biases.slice(7)) },
      start: tf.zeros([2]),
    };
    const [re, im] = c.map((part) => tf.tensor3d([[[part]]]));
    const before = { layers: [{ h: tf.zeros([1, 2]), c: { re, im } }] };
    const { output, state } = cell.step({ layers: [layer] } as never, before as never, tf.zeros([1, 1]));
    const [{ c: after }] = (state as { layers: [{ c: { re: tf.Tensor; im: tf.Tensor } }] }).layers;
    return {
      h: [...output.dataSync()],
      c: [after.re.dataSync()[0]!, after.im.dataSync()[0]!],
    };
  });
}

function expectClose(actual: readonly number[], expected: readonly number[]) {
  expect(actual).toHaveLength(expected.length);
  expected.forEach((value, i) => {
    expect(actual[i]).toBeCloseTo(value, 5);
  });
}

const [open, shut] = [100, -100];

describe('one number of an Associative LSTM, by hand', () => {
  it('writes key times value, and finds the value by the conjugate of the key', () => {
    // (.6 + .8i)(.5 - .25i) = .5 + .25i, and by .6 - .8i back to .5 - .25i.
    const { h, c } = oneNumber([open, open, open, 0.6, 0.8, 0.6, -0.8, 0.5, -0.25]);
    expectClose(c, [0.5, 0.25]);
    expectClose(h, [0.5, -0.25]);
  });

  it('finds the value turned by twice the angle with the key itself', () => {
    // i asked again: i i = -1.
    expectClose(oneNumber([open, open, open, 0, 1, 0, 1, 0.5, 0]).h, [-0.5, 0]);
  });

  it('bounds keys, values and answers by 1 and leaves their phase, and what is within as it is', () => {
    const { c, h } = oneNumber([open, open, open, 3, 4, 6, -8, 30, 0], [0, 0]);
    expectClose(c, [0.6, 0.8]);
    expectClose(h, [1, 0]);
    expectClose(oneNumber([open, open, open, 0.3, 0, 1, 0, 0.2, 0]).c, [0.06, 0]);
    // The answer alone is too long: 1 times 5i.
    expectClose(oneNumber([open, shut, open, 0, 0, 1, 0, 0, 0], [0, 5]).h, [0, 1]);
  });

  it('keeps by f, writes by i and shows by o, each for both parts', () => {
    expectClose(oneNumber([open, shut, shut, 1, 0, 1, 0, 0.5, 0.5], [0.3, -0.7]).c, [0.3, -0.7]);
    expectClose(oneNumber([shut, open, shut, 1, 0, 1, 0, 0.5, 0.5], [0.3, -0.7]).c, [0.5, 0.5]);
    expectClose(oneNumber([shut, open, shut, 1, 0, 1, 0, 0.5, 0.5]).h, [0, 0]);
    const half = oneNumber([0, 0, 0, 1, 0, 1, 0, 0.5, 1 / 3], [0.2, 0.4]);
    expectClose(half.c, [0.35, 0.2 + 1 / 6]);
    expectClose(half.h, [0.175, 0.1 + 1 / 12]);
  });
});

describe('the associative-lstm cell', () => {
  it('starts empty, with f at sigmoid(1) and kernels within 1/sqrt(fan-in)', () => {
    tf.tidy(() => {
      const cell = make({ recurrentUpdate: false });
      const params = cell.init(rng(1, 'test'));
      const [layer] = (params as { layers: Record<string, tf.Tensor & { kernel: tf.Tensor }>[] }).layers;
      expect([...layer!.bias!.dataSync()]).toEqual([1, 1, ...Array(12).fill(0)]);
      expect(Math.max(...layer!.kernel!.dataSync().map(Math.abs))).toBeLessThan(1 / Math.sqrt(7));
      expect(layer!.update!.kernel.shape).toEqual([3, 4]);
      expect(Math.max(...layer!.update!.kernel.dataSync().map(Math.abs))).toBeLessThan(1 / Math.sqrt(3));
      const { layers } = cell.initialState(params, 2) as {
        layers: { c: { re: tf.Tensor; im: tf.Tensor } }[];
      };
      for (const part of [layers[0]!.c.re, layers[0]!.c.im])
        expect([...part.dataSync()]).toEqual(Array(8).fill(0));
    });
  });

  it('begins with the same orders whatever seeds the parameters, and with others for another permutationSeed', () => {
    tf.tidy(() => {
      const answers = [1, 1, 2].map((permutationSeed) => {
        const cell = make({ size: 40, permutationSeed });
        const params = cell.init(rng(5, 'test'));
        const { output } = cell.step(params, cell.initialState(params, 1), tf.ones([1, 3]));
        return [...output.dataSync()];
      });
      expect(answers[1]).toEqual(answers[0]);
      // A copy answers in its own order: with one item alone that is no loss, but it is another number.
      expect(answers[2]).not.toEqual(answers[0]);
    });
  });

  it('refuses a size that has no halves, and what is not a size', () => {
    expect(() => make({ size: 7 })).toThrow(
      /^associative-lstm: expected an even size, .* got 7; take 6 or 8$/,
    );
    for (const bad of [{ size: 1 }, { copies: 0 }, { layers: 1.5 }, { permutationSeed: -1 }, { heads: 2 }])
      expect(associativeLstm.settings.safeParse(bad).success).toBe(false);
  });

  it('has the same number of tensors after each step', () => {
    expectConstantTensors(make({ layers: 2 }));
  });
});

describe.each(backends)('the associative-lstm cell on %s', (backend) => {
  useBackend(backend);

  it.each([
    { layers: 1, recurrentUpdate: true },
    { layers: 2, recurrentUpdate: false },
  ])('equals the reference with its gradients, %j', (changes) => {
    const options = { ...small, ...changes };
    checkSequence({
      cell: make(changes, 2),
      reference: associativeLstmReference({ ...options, orders: ordersOf(options) }),
      length: 5,
    });
  });
});
