import { describe, expect, it } from 'vitest';
import { rmsNorm, rmsNormGain } from '../../../src/cells/rms-norm.ts';
import * as tf from '../../../src/core/tf.ts';
import { useBackend } from '../../support/backends.ts';
import { expectNoLeak } from '../../support/leaks.ts';

useBackend('cpu');

const expectClose = (found: tf.Tensor, expected: readonly number[]) => {
  const values = found.dataSync();
  expect(values.length).toBe(expected.length);
  expected.forEach((value, i) => {
    expect(values[i]).toBeCloseTo(value, 5);
  });
};

describe('RMSNorm', () => {
  it('divides by the root mean square of each example, and does not center', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        const x = tf.tensor2d([
          [3, 4],
          [0, -10],
        ]);
        // Mean squares 12.5 and 50.
        const [first, second] = [Math.sqrt(12.5 + 1e-5), Math.sqrt(50 + 1e-5)];
        expectClose(rmsNorm(tf.tensor1d([1, 2]), x), [3 / first, 8 / first, 0, -20 / second]);
      });
    });
  });

  it('norms head by head, the gain shared or of its own', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        const x = tf.tensor3d([100, 100, 200, -200], [1, 2, 2]);
        expectClose(rmsNorm(rmsNormGain(2), x), [1, 1, 1, -1]);
        const own = tf.tensor2d([
          [1, 2],
          [3, 4],
        ]);
        expectClose(rmsNorm(own, x), [1, 2, 3, -4]);
      });
    });
  });

  it('is finite for zeros, and its gradient there is 1 / sqrt(ε)', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        const x = tf.zeros<tf.Rank.R2>([1, 3]);
        expectClose(rmsNorm(rmsNormGain(3), x), [0, 0, 0]);
        const gradient = tf.grad((z) => tf.sum(rmsNorm(rmsNormGain(3), z)))(x);
        for (const value of gradient.dataSync()) expect(value).toBeCloseTo(1 / Math.sqrt(1e-5), 2);
      });
    });
  });
});
