/** Laws of MesaNet: with enough steps it answers as the least-squares fit of all that was shown. */
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { fade, outer, recall } from '../../src/cells/delta/rules.ts';
import { solve } from '../../src/cells/mesa/conjugate-gradient.ts';
import { mesa } from '../../src/cells/mesa/mesa.ts';
import type { Tree } from '../../src/core/contracts.ts';
import { rng } from '../../src/core/rng.ts';
import * as tf from '../../src/core/tf.ts';
import { mapTree } from '../../src/core/tree.ts';
import { relativeError } from '../support/gradient-check.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { leastSquares } from '../support/reference/mesa.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const sizes = fc.record({ d: fc.integer({ min: 2, max: 12 }), seed: fc.integer({ min: 0, max: 1_000_000 }) });

it('its two matrices and the system answer as least squares, each token weighed by all gates since', () => {
  fc.assert(
    fc.property(sizes, ({ d, seed }) => {
      expectNoLeak(() =>
        tf.tidy(() => {
          const stream = rng(seed, 'mesa');
          const vector = (size: number) => Float64Array.from({ length: size }, () => stream.normal());
          const unit = (x: Float64Array) => {
            const length = Math.hypot(...x);
            return x.map((value) => value / length);
          };
          const tokens = Array.from({ length: 1 + stream.integer(20) }, () => ({
            ...{ k: unit(vector(d)), v: vector(3), beta: stream.uniform() },
            gamma: 0.9 + 0.1 * stream.uniform(),
          }));
          const lambda = vector(d).map((x) => 0.25 + Math.abs(x));
          const q = unit(vector(d));
          const head = (x: ArrayLike<number>) => tf.tensor3d(Array.from(x), [1, 1, x.length]);
          let H = tf.zeros<tf.Rank.R4>([1, 1, d, d]);
          let J = tf.zeros<tf.Rank.R4>([1, 1, 3, d]);
          for (const { k, v, beta, gamma } of tokens) {
            const [key, kept] = [tf.mul(head(k), beta) as tf.Tensor3D, tf.fill<tf.Rank.R3>([1, 1, 1], gamma)];
            H = tf.add(fade(H, kept), outer(head(k), key));
            J = tf.add(fade(J, kept), outer(head(v), key));
          }
          const found = recall(J, solve({ H, lambda: head(lambda) }, head(q), 2 * d));
          expect(relativeError(found.dataSync(), leastSquares(tokens, lambda, q))).toBeLessThan(1e-4);
        }),
      );
    }),
  );
});

it('what it looks up solves the system of what it shows: (H + Lambda) x = q', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1_000_000 }), (seed) => {
      expectNoLeak(() =>
        tf.tidy(() => {
          const stream = rng(seed, 'mesa');
          const cell = mesa.create(mesa.settings.parse({ size: 2, heads: 1 }), {
            inputSize: 3,
            maxLength: 9,
          });
          const params = mapTree(cell.init(stream) as never, (leaf: tf.Tensor) =>
            tf.tensor(
              leaf.dataSync().map((value) => value + 0.5 * stream.normal()),
              leaf.shape,
            ),
          ) as unknown as { layers: { layer: { lambda: tf.Tensor } }[] };
          const Lambda = params.layers[0]!.layer.lambda.dataSync().map((x) => 0.25 + Math.log1p(Math.exp(x)));
          let state = cell.initialState(params as unknown as Tree, 1);
          for (let t = 0; t < 8; t++) {
            const input = tf.tensor2d([[stream.normal(), stream.normal(), stream.normal()]]);
            const step = cell.step(params as unknown as Tree, state, input);
            state = step.state;
            const [H, x, q] = ['keys', 'solution', 'query'].map((name) => step.probe![name]!.dataSync());
            const back = [0, 1].map(
              (i) => H![2 * i]! * x![0]! + H![2 * i + 1]! * x![1]! + Lambda[i]! * x![i]!,
            );
            expect(relativeError(back, q!)).toBeLessThan(1e-5);
          }
        }),
      );
    }),
    { numRuns: 30 },
  );
});
