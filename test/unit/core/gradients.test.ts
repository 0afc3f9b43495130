import { describe, expect, it } from 'vitest';
import { lessThan, overBatch, stopGradient, withoutGradient } from '../../../src/core/gradients.ts';
import * as tf from '../../../src/core/tf.ts';
import { backends, useBackend } from '../../support/backends.ts';
import { expectNoLeak } from '../../support/leaks.ts';

/** Values and gradients of sum(f(xs)), read out and disposed. */
function run(f: (...xs: tf.Tensor[]) => tf.Tensor, ...xs: number[][]) {
  return tf.tidy(() => {
    const inputs = xs.map((x) => tf.tensor1d(x));
    const result = tf.valueAndGrads((...tensors: tf.Tensor[]) => tf.sum(f(...tensors)))(inputs);
    return {
      values: [...f(...inputs).dataSync()],
      gradients: result.grads.map((gradient) => [...gradient.dataSync()]),
    };
  });
}

describe.each(backends)('gradients on %s', (backend) => {
  useBackend(backend);

  it('keeps values and gives zero through stopGradient, and one through what stands beside it', () => {
    expectNoLeak(() => {
      // d/dx of (x * stop(x)) is stop(x); the product rule without the stop would give 2x.
      const { values, gradients } = run((x) => tf.mul(x!, stopGradient(x!)), [2, -3, 0.5]);
      expect(values).toEqual([4, 9, 0.25]);
      expect(gradients).toEqual([[2, -3, 0.5]]);
    });
  });

  it('gives zeros, not an error, when the stopped value is the only path', () => {
    expectNoLeak(() => {
      expect(run((x) => stopGradient(x!), [1, 2]).gradients).toEqual([[0, 0]]);
    });
  });

  it('compares as numbers, broadcasting, with a zero gradient of each shape', () => {
    expectNoLeak(() => {
      const { values, gradients } = run((a, b) => lessThan(a!, b!), [1, 2, 3], [2]);
      expect(values).toEqual([1, 0, 0]);
      expect(gradients).toEqual([[0, 0, 0], [0]]);
    });
  });

  it('lets a mask of a parameter multiply the parameter', () => {
    expectNoLeak(() => {
      const { values, gradients } = run((a, b) => tf.mul(a!, lessThan(a!, b!)), [1, 2, 3], [2.5, 2.5, 2.5]);
      expect(values).toEqual([1, 2, 0]);
      expect(gradients[0]).toEqual([1, 1, 0]);
      expect(gradients[1]).toEqual([0, 0, 0]);
    });
  });

  it('holds for kernels that have no gradient at all', () => {
    expectNoLeak(() => {
      const second = (x: tf.Tensor) => withoutGradient((y) => tf.topk(y, 2).values, x);
      const { values, gradients } = run((x) => second(x!), [5, 1, 7]);
      expect(values).toEqual([7, 5]);
      expect(gradients).toEqual([[0, 0, 0]]);
    });
  });

  it('copies over the batch and sums the gradient back', () => {
    expectNoLeak(() => {
      const scale = tf.tensor2d([1, 10, 100, 1000, 2, 20], [3, 2]);
      const { values, gradients } = run((x) => tf.mul(overBatch(x!, 3), scale), [1, -1]);
      expect(values).toEqual([1, -10, 100, -1000, 2, -20]);
      expect(gradients).toEqual([[103, 1030]]);
      scale.dispose();
    });
  });
});
