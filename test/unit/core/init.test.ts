import { beforeAll, describe, expect, it } from 'vitest';
import {
  glorotKernel,
  normalTensor,
  scaledIdentity,
  uniformKernel,
  uniformTensor,
} from '../../../src/core/init.ts';
import { rng } from '../../../src/core/rng.ts';
import * as tf from '../../../src/core/tf.ts';
import { expectNoLeak } from '../../support/leaks.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** Shape, values, mean, deviation and largest magnitude of a tensor, which is disposed. */
function facts(tensor: tf.Tensor) {
  const values = [...tensor.dataSync()];
  tensor.dispose();
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return {
    shape: tensor.shape,
    values,
    mean,
    deviation: Math.sqrt(variance),
    largest: Math.max(...values.map(Math.abs)),
  };
}

/** What a uniform tensor of 10,000 values within `bound` must look like. */
function expectUniform(tensor: tf.Tensor, shape: number[], bound: number): void {
  const seen = facts(tensor);
  expect(seen.shape).toEqual(shape);
  expect(seen.largest).toBeLessThanOrEqual(Math.fround(bound));
  expect(seen.largest).toBeGreaterThan(0.99 * bound);
  expect(Math.abs(seen.mean)).toBeLessThan(0.03 * bound);
  expect(seen.deviation).toBeCloseTo(bound / Math.sqrt(3), 2);
}

describe('initial values', () => {
  it('are uniform within the bound', () => {
    expectNoLeak(() => {
      expectUniform(uniformTensor(rng(1, 'test'), [10, 25, 40], 0.5), [10, 25, 40], 0.5);
    });
  });

  it('are within 1/sqrt(fanIn) for a kernel', () => {
    expectNoLeak(() => {
      expectUniform(uniformKernel(rng(1, 'test'), 25, 400), [25, 400], 0.2);
    });
  });

  it('are within gain sqrt(6 / (fanIn + fanOut)) for a Glorot kernel', () => {
    expectNoLeak(() => {
      expectUniform(glorotKernel(rng(1, 'test'), 50, 200), [50, 200], Math.sqrt(6 / 250));
      expectUniform(glorotKernel(rng(1, 'test'), 50, 200, 1.4), [50, 200], 1.4 * Math.sqrt(6 / 250));
    });
  });

  it('are normal with the deviation', () => {
    expectNoLeak(() => {
      const seen = facts(normalTensor(rng(1, 'test'), [100, 100], 0.3));
      expect(seen.shape).toEqual([100, 100]);
      expect(Math.abs(seen.mean)).toBeLessThan(0.015);
      expect(seen.deviation).toBeCloseTo(0.3, 2);
    });
  });

  it('are a scaled identity', () => {
    expectNoLeak(() => {
      expect(facts(scaledIdentity(3, 0.5)).values).toEqual([0.5, 0, 0, 0, 0.5, 0, 0, 0, 0.5]);
    });
  });

  it('are the same for the same stream, and go on in it', () => {
    expectNoLeak(() => {
      const stream = rng(2, 'test');
      const first = facts(uniformKernel(stream, 3, 4)).values;
      const second = facts(uniformKernel(stream, 3, 4)).values;
      expect(facts(uniformKernel(rng(2, 'test'), 3, 4)).values).toEqual(first);
      expect(second).not.toEqual(first);
    });
  });
});
