import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { fastWeights } from '../../src/cells/fast-weights/fast-weights.ts';
import { rng } from '../../src/core/rng.ts';
import * as tf from '../../src/core/tf.ts';
import { leaves, treeLike } from '../../src/core/tree.ts';
import { relativeError, unrollEagerly } from '../support/gradient-check.ts';
import { expectNoLeak } from '../support/leaks.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** Sizes, numbers and a seed for everything random. */
const cases = fc.record({
  size: fc.integer({ min: 2, max: 12 }),
  inputSize: fc.integer({ min: 1, max: 5 }),
  length: fc.integer({ min: 1, max: 10 }),
  spare: fc.integer({ min: 0, max: 3 }),
  batchSize: fc.integer({ min: 1, max: 3 }),
  decay: fc.double({ min: 0, max: 1, noNaN: true }),
  rate: fc.double({ min: 0, max: 0.5, noNaN: true }),
  innerSteps: fc.integer({ min: 0, max: 3 }),
  layerNorm: fc.boolean(),
  seed: fc.integer({ min: 0, max: 1_000_000 }),
});
type Case = typeof cases extends fc.Arbitrary<infer C> ? C : never;

/** Outputs of all steps, then gradients of their weighted sum for each parameter, of one form. */
function run(c: Case, form: 'matrix' | 'attention'): Float32Array[] {
  const cell = fastWeights.create(
    { ...c, form, identityScale: 0.5 },
    { inputSize: c.inputSize, maxLength: c.length + c.spare },
  );
  const stream = rng(c.seed, 'property');
  const noise = (shape: number[], scale: number) =>
    tf.tensor(
      Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => scale * stream.normal()),
      shape,
    );
  // Without the norm a state grows with its own cube at each inner step: small inputs keep it of the order of 1.
  const inputScale = c.layerNorm ? 0.5 : 0.2;
  return tf.tidy(() => {
    const params = cell.init(stream);
    const moved = leaves<tf.Tensor>(params).map(([, leaf]) => tf.add(leaf, noise(leaf.shape, 0.1)));
    const inputs = Array.from(
      { length: c.length },
      () => noise([c.batchSize, c.inputSize], inputScale) as tf.Tensor2D,
    );
    const weights = inputs.map(() => noise([c.batchSize, c.size], 1));
    let outputs: Float32Array[] = [];
    const gradients = tf.grads((...xs: tf.Tensor[]) => {
      const steps = unrollEagerly(cell, treeLike(params, xs), inputs);
      outputs = steps.map((step) => step.dataSync() as Float32Array);
      return tf.addN(steps.map((step, t) => tf.sum(tf.mul(step, weights[t]!))));
    })(moved);
    return [...outputs, ...gradients.map((gradient) => gradient.dataSync() as Float32Array)];
  });
}

describe('fast weights', () => {
  it('are the same as a matrix and as attention over past states, gradients too', () => {
    fc.assert(
      fc.property(cases, (c) => {
        expectNoLeak(() => {
          const matrix = run(c, 'matrix');
          const attention = run(c, 'attention');
          expect(attention.length).toBe(matrix.length);
          matrix.forEach((values, index) => {
            expect(relativeError(attention[index]!, values)).toBeLessThan(1e-5);
          });
        });
      }),
      // One seed: where a unit's sum is zero to the last digit the two forms may round to different sides, and gradients jump.
      { numRuns: 150 },
    );
  });

  it('are linear attention with decay where nothing is rectified: S = 1, no layer norm, W = 0, all positive', () => {
    const positive = fc.double({ min: 0, max: 1, noNaN: true });
    const vectors = fc.array(fc.tuple(positive, positive, positive), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(vectors, positive, positive, (xs, decay, rate) => {
        // q = h_0 = x, k = v = h(τ): h(t+1) = x + rate Σ_τ decay^(t-τ) h(τ) [h(τ) · x]
        const past: number[][] = [];
        for (const x of xs) {
          const next: number[] = [...x];
          past.forEach((h, index) => {
            const score =
              rate * decay ** (past.length - 1 - index) * h.reduce((sum, v, k) => sum + v * x[k]!, 0);
            h.forEach((value, unit) => {
              next[unit]! += score * value;
            });
          });
          past.push(next);
        }
        const cell = fastWeights.create(
          { size: 3, decay, rate, innerSteps: 1, layerNorm: false, form: 'matrix', identityScale: 0 },
          { inputSize: 3, maxLength: 6 },
        );
        const outputs = tf.tidy(() => {
          const params = { recurrentKernel: tf.zeros([3, 3]), inputKernel: tf.eye(3) };
          return unrollEagerly(
            cell,
            params,
            xs.map((x) => tf.tensor2d([x])),
          ).map((y) => y.dataSync());
        });
        outputs.forEach((output, t) => {
          expect(relativeError(output, past[t]!)).toBeLessThan(1e-5);
        });
      }),
      { numRuns: 100 },
    );
  });
});
