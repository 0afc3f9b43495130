import { describe, expect, it } from 'vitest';
import { solve } from '../../../src/cells/mesa/conjugate-gradient.ts';
import { mesa } from '../../../src/cells/mesa/mesa.ts';
import type { Cell } from '../../../src/core/contracts.ts';
import { UsageError } from '../../../src/core/errors.ts';
import { rng } from '../../../src/core/rng.ts';
import * as tf from '../../../src/core/tf.ts';
import { backends, useBackend } from '../../support/backends.ts';
import { checkSequence, relativeError } from '../../support/gradient-check.ts';
import { expectConstantTensors, expectNoLeak } from '../../support/leaks.ts';
import { mesaReference } from '../../support/reference/mesa.ts';

useBackend('cpu');

const make = (changes: object): Cell =>
  mesa.create(mesa.settings.parse({ size: 4, heads: 2, ...changes }), { inputSize: 3, maxLength: 7 });

describe.each(backends)('mesa on %s', (backend) => {
  useBackend(backend);

  it('equals the float64 reference with its gradients', () => {
    checkSequence({ cell: make({}), reference: mesaReference({ layers: 1, heads: 2 }), length: 7 });
  });
});

describe('conjugate gradients', () => {
  const H = [2, 1, 1, 3];
  const lambda = [1, 1];
  const run = (steps: number, b: number[], h = H) => [
    ...solve(
      { H: tf.tensor4d(h, [1, 1, 2, 2]), lambda: tf.tensor3d(lambda, [1, 1, 2]) },
      tf.tensor3d(b, [1, 1, 2]),
      steps,
    ).dataSync(),
  ];

  it('take one step along b, and are exact after two of two unknowns', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        // A = [3 1; 1 4], b = [1, 0]: b'b / b'A b = 1/3; and A^-1 = [4 -1; -1 3] / 11.
        expect(relativeError(run(1, [1, 0]), [1 / 3, 0])).toBeLessThan(1e-6);
        for (const steps of [2, 3, 10, 40])
          expect(relativeError(run(steps, [1, 0]), [4 / 11, -1 / 11])).toBeLessThan(1e-6);
      });
    });
  });

  it('answer 0 to 0, and at once where all keys are still to come', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        expect(run(10, [0, 0])).toEqual([0, 0]);
        expect(relativeError(run(10, [0.6, -0.8], [0, 0, 0, 0]), [0.6, -0.8])).toBeLessThan(1e-6);
      });
    });
  });

  it('have the gradient of the solution, also in what the steps never saw', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        // H = 0 and Diag(1): x = b after one step, and d(c'x) = -(A^-1 c)' dA x = -c x'; by lambda its diagonal; by b c.
        const [b, c] = [
          [2, 1],
          [3, -1],
        ];
        const slopes = tf.grads((h: tf.Tensor, l: tf.Tensor, right: tf.Tensor) => {
          const system = { H: h as tf.Tensor4D, lambda: l as tf.Tensor3D };
          return tf.sum(tf.mul(solve(system, right as tf.Tensor3D, 4), tf.tensor3d(c!, [1, 1, 2])));
        })([tf.zeros([1, 1, 2, 2]), tf.ones([1, 1, 2]), tf.tensor3d(b!, [1, 1, 2])]);
        const expected = [
          [-6, -3, 2, 1],
          [-6, 1],
          [3, -1],
        ];
        slopes.forEach((slope, i) => {
          expect(relativeError(slope.dataSync(), expected[i]!)).toBeLessThan(1e-6);
        });
      });
    });
  });
});

describe('mesa', () => {
  it.each([
    [
      { size: 10, heads: 4 },
      'mesa: expected heads that divide size 10, got 4; take 1, 2 or 5 heads, or size 12',
    ],
  ])('refuses %j', (settings, message) => {
    expect(() => make(settings)).toThrow(UsageError);
    expect(() => make(settings)).toThrow(message);
  });

  it('shows how keys lie, what stands under them, and what is looked up, of each layer and head', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        const cell = make({ layers: 3, size: 6 });
        const params = cell.init(rng(1, 'test'));
        const { probe } = cell.step(params, cell.initialState(params, 5), tf.ones([5, 3]));
        for (const name of Object.keys(probe!))
          expect(cell.probes![name]!.axes, name).toHaveLength(probe![name]!.rank - 1);
        const [vector, matrix] = [
          [5, 3, 2, 3],
          [5, 3, 2, 3, 3],
        ];
        expect(Object.fromEntries(Object.entries(probe!).map(([name, { shape }]) => [name, shape]))).toEqual({
          ...{ query: vector, key: vector, solution: vector, keys: matrix, values: matrix },
          ...{ beta: [5, 3, 2], gamma: [5, 3, 2] },
        });
      });
    });
  });

  it('has the same number of tensors after each step', () => {
    expectConstantTensors(make({ layers: 2 }));
  });
});
