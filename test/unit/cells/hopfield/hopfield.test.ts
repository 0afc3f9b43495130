import { describe, expect, it } from 'vitest';
import { hopfield } from '../../../../src/cells/hopfield/hopfield.ts';
import { retrieve } from '../../../../src/cells/hopfield/retrieve.ts';
import { rng } from '../../../../src/core/rng.ts';
import * as tf from '../../../../src/core/tf.ts';
import { backends, useBackend } from '../../../support/backends.ts';
import { checkSequence } from '../../../support/gradient-check.ts';
import { expectConstantTensors } from '../../../support/leaks.ts';
import { hopfieldReference } from '../../../support/reference/hopfield.ts';

useBackend('cpu');

const small = { size: 4, patterns: 5, width: 3, beta: 0, updates: 1 };
const make = (changes: object) =>
  hopfield.create(hopfield.settings.parse({ ...small, ...changes }), { inputSize: 2, maxLength: 9 });

/** Weights of two patterns, (2, 0) and (0, 1), for a state. */
function weights(state: [number, number], beta: number, updates = 1): number[] {
  return tf.tidy(() => {
    const patterns = tf.tensor2d([
      [2, 0],
      [0, 1],
    ]);
    return [...retrieve({ patterns, beta, updates }, tf.tensor2d([state])).dataSync()];
  });
}

describe('retrieval of two patterns, by hand', () => {
  it('weighs by the exponentials of beta times the products', () => {
    // Products 2 and 1, apart by ln 3 with beta = ln 3.
    const [first, second] = weights([1, 1], Math.log(3));
    expect(first).toBeCloseTo(3 / 4, 6);
    expect(second).toBeCloseTo(1 / 4, 6);
  });

  it('updates the state to the mean of the patterns by their weights, and weighs again', () => {
    // The state becomes (3/2, 1/4): products 3 and 1/4, apart by 11/4.
    expect(weights([1, 1], Math.log(3), 2)[0]).toBeCloseTo(1 / (1 + 3 ** -2.75), 6);
  });

  it('finds every pattern alike with a state of zeros', () => {
    expect(weights([0, 0], 5)).toEqual([0.5, 0.5]);
  });
});

describe('the hopfield cell', () => {
  it('puts the value of the pattern that is found beside h, and shows it to the next step', () => {
    tf.tidy(() => {
      const cell = make({ beta: 200 });
      const params = cell.init(rng(1, 'test')) as Record<string, tf.Tensor>;
      // A query of (1, 0, 0), whatever h is: pattern 3 fits it best.
      const found = {
        ...params,
        query: { kernel: tf.zeros([4, 3]), bias: tf.tensor1d([1, 0, 0]) },
        patterns: tf.tensor2d([-1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0.5, 0, 0], [5, 3]),
        values: tf.reshape(tf.range(0, 15), [5, 3]),
      } as never;
      const { output, state } = cell.step(found, cell.initialState(found, 1), tf.ones([1, 2]));
      expect([...output.dataSync()].slice(4)).toEqual([9, 10, 11]);
      expect([...(state as { read: tf.Tensor }).read.dataSync()]).toEqual([9, 10, 11]);
    });
  });

  it('takes 1 / sqrt(width) for beta where none is set', () => {
    tf.tidy(() => {
      const [usual, same, other] = [0, 1 / Math.sqrt(3), 1].map((beta) => {
        const cell = make({ beta });
        const params = cell.init(rng(1, 'test'));
        return [...cell.step(params, cell.initialState(params, 1), tf.ones([1, 2])).output.dataSync()];
      });
      expect(usual).toEqual(same);
      expect(usual).not.toEqual(other);
    });
  });

  it('refuses what is not a size', () => {
    for (const bad of [{ patterns: 0 }, { beta: -1 }, { updates: 0 }, { heads: 2 }, { width: 1.5 }])
      expect(hopfield.settings.safeParse(bad).success).toBe(false);
  });

  it('has the same number of tensors after each step', () => {
    expectConstantTensors(make({ updates: 2 }));
  });
});

describe.each(backends)('the hopfield cell on %s', (backend) => {
  useBackend(backend);

  it.each([{ updates: 1 }, { updates: 3, beta: 2 }])(
    'equals the reference with its gradients, %j',
    (changes) => {
      checkSequence({
        cell: make(changes),
        reference: hopfieldReference({ ...small, ...changes }),
        length: 5,
      });
    },
  );
});
