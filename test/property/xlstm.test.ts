/** Laws of xLSTM: what exponential gates weigh, and that no stabilizer changes it. */
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { exponentialGates } from '../../src/cells/xlstm/gates.ts';
import { mlstm } from '../../src/cells/xlstm/mlstm.ts';
import type { Tree } from '../../src/core/contracts.ts';
import { rng } from '../../src/core/rng.ts';
import * as tf from '../../src/core/tf.ts';
import { mapTree } from '../../src/core/tree.ts';
import { relativeError } from '../support/gradient-check.ts';
import { expectNoLeak } from '../support/leaks.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const gates = fc.array(
  fc.tuple(fc.double({ min: -200, max: 200, noNaN: true }), fc.double({ min: -200, max: 200, noNaN: true })),
  {
    minLength: 1,
    maxLength: 12,
  },
);

it('a memory times exp(m) is the sum of what was written by exp(i), faded by sigmoid(f), however far the gates are', () => {
  fc.assert(
    fc.property(gates, (steps) => {
      expectNoLeak(() => {
        tf.tidy(() => {
          let [memory, stabilizer] = [tf.scalar(0), tf.scalar(0)];
          for (const [i, f] of steps) {
            const {
              forget,
              input,
              stabilizer: next,
            } = exponentialGates(tf.scalar(i), tf.scalar(f), stabilizer);
            memory = tf.add(tf.mul(forget, memory), input);
            stabilizer = next;
          }
          // In logarithms, which hold any of these: log sigmoid(f) = -log(1 + exp(-f)).
          const logs = steps.map(([i], s) =>
            steps
              .slice(s + 1)
              .reduce((sum, [, f]) => sum - (Math.max(-f, 0) + Math.log1p(Math.exp(-Math.abs(f)))), i),
          );
          const most = Math.max(...logs);
          const expected = most + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - most), 0));
          const [kept, m] = [memory.dataSync()[0]!, stabilizer.dataSync()[0]!];
          // Far below the fading zero that m began at, float32 has nothing left of it.
          if (expected - m < -80) expect(kept).toBeLessThan(1e-30);
          else expect(Math.log(kept) + m).toBeCloseTo(expected, 2);
        });
      });
    }),
    { numRuns: 100 },
  );
});

it('mLSTM answers alike with its memory scaled by exp(-a) and a added to its stabilizer', () => {
  const cell = mlstm.create(mlstm.settings.parse({ size: 4, heads: 2 }), { inputSize: 3, maxLength: 9 });
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 1_000_000 }),
      fc.double({ min: -5, max: 5, noNaN: true }),
      (seed, a) => {
        expectNoLeak(() => {
          tf.tidy(() => {
            const stream = rng(seed, 'xlstm');
            const noisy = (leaf: tf.Tensor) =>
              tf.tensor(
                leaf.dataSync().map((value) => value + 0.5 * stream.normal()),
                leaf.shape,
              );
            const params = mapTree(cell.init(stream) as never, noisy) as Tree;
            const state = mapTree(cell.initialState(params, 1) as never, noisy) as Tree;
            const scaled = mapTree(state as never, (leaf: tf.Tensor, path) => {
              if (path.endsWith('stabilizer')) return tf.add(leaf, a);
              return path.endsWith('past') ? leaf : tf.mul(leaf, Math.exp(-a));
            }) as Tree;
            const input = tf.tensor2d([[stream.normal(), stream.normal(), stream.normal()]]);
            const [one, other] = [state, scaled].map((from) => [
              ...cell.step(params, from, input).output.dataSync(),
            ]);
            // What is added to the divisor, 1e-6, is not scaled.
            expect(relativeError(one!, other!)).toBeLessThan(1e-3);
          });
        });
      },
    ),
    { numRuns: 30 },
  );
});
