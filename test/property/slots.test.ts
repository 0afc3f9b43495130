/** Laws of slots: what shares are, and that slots of a token each are attention. */
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { attend } from '../../src/cells/addressing/attend.ts';
import { gumbel, topShares } from '../../src/cells/slots/shares.ts';
import { writeSlots } from '../../src/cells/slots/slots.ts';
import { rng } from '../../src/core/rng.ts';
import * as tf from '../../src/core/tf.ts';
import { relativeError } from '../support/gradient-check.ts';
import { expectNoLeak } from '../support/leaks.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

type Random = <T extends tf.Tensor>(...shape: number[]) => T;

/** Runs a property of random tensors without a leak. */
function check(law: (random: Random, seed: number) => void): void {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1_000_000 }), (seed) => {
      const stream = rng(seed, 'slots');
      const random = <T extends tf.Tensor>(...shape: number[]) => {
        const size = shape.reduce((a, b) => a * b);
        return tf.tensor(
          Array.from({ length: size }, () => 2 * stream.normal()),
          shape,
        ) as T;
      };
      expectNoLeak(() => tf.tidy(() => law(random, seed)));
    }),
    { numRuns: 50 },
  );
}

const [batchSize, heads, slots, d] = [2, 3, 6, 4];

it('shares a write among the k slots that score highest, and leaves the others none', () => {
  check((random, seed) => {
    const k = 1 + (seed % slots);
    const scores = random<tf.Tensor3D>(batchSize, heads, slots);
    const shares = topShares(scores, k).arraySync();
    scores
      .arraySync()
      .flat()
      .forEach((row, at) => {
        const own = shares.flat()[at]!;
        expect(own.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
        const order = row.map((_, slot) => slot).sort((a, b) => row[b]! - row[a]!);
        order.forEach((slot, place) => {
          if (place < k) expect(own[slot]).toBeGreaterThan(0);
          else expect(own[slot]).toBe(0);
        });
        const ranked = order.slice(0, k).map((slot) => own[slot]!);
        expect(ranked).toEqual([...ranked].sort((a, b) => b - a));
      });
  });
});

it('is attention to the last M tokens where each takes the place of the oldest', () => {
  check((random, seed) => {
    const length = 1 + (seed % (2 * slots));
    let [keys, values] = [tf.zeros([batchSize, heads, slots, d]), tf.zeros([batchSize, heads, slots, d])] as [
      tf.Tensor4D,
      tf.Tensor4D,
    ];
    const tokens = Array.from({ length }, () => [0, 1].map(() => random<tf.Tensor3D>(batchSize, heads, d)));
    tokens.forEach(([key, value], t) => {
      const row = Float32Array.from({ length: slots }, (_, slot) => (slot === t % slots ? 0 : 1));
      const kept = tf.tile(tf.tensor3d(row, [1, 1, slots]), [batchSize, heads, 1]);
      keys = writeSlots(keys, kept, key!);
      values = writeSlots(values, kept, value!);
    });
    const query = random<tf.Tensor3D>(batchSize, heads, d);
    const last = tokens.slice(-slots);
    const rows = (part: number) =>
      tf.stack(
        last.map((token) => token[part]!),
        2,
      ) as tf.Tensor4D;
    // What no token has filled is kept out of it.
    const empty = Float32Array.from({ length: slots }, (_, slot) => (slot < length ? 0 : -1e9));
    const found = attend({ query, keys, values, score: tf.tensor3d(empty, [1, 1, slots]) });
    const expected = attend({ query, keys: rows(0), values: rows(1) });
    expect(relativeError(found.read.dataSync(), expected.read.dataSync())).toBeLessThan(1e-5);
  });
});

it('draws noise of Gumbel’s distribution, and none in evaluation', () => {
  expectNoLeak(() =>
    tf.tidy(() => {
      const stream = rng(1, 'gumbel');
      const uniform = tf.tensor1d(Array.from({ length: 20_000 }, () => stream.uniform()));
      const drawn = [...gumbel(uniform).dataSync()];
      const mean = drawn.reduce((a, b) => a + b) / drawn.length;
      const variance = drawn.reduce((sum, x) => sum + (x - mean) ** 2, 0) / drawn.length;
      // Euler's constant, and pi²/6; three standard errors are 0.027 and 0.07.
      expect(Math.abs(mean - 0.5772)).toBeLessThan(0.03);
      expect(Math.abs(variance - Math.PI ** 2 / 6)).toBeLessThan(0.1);
      // A median is -log(log 2).
      expect(drawn.filter((x) => x < -Math.log(Math.log(2))).length / drawn.length).toBeCloseTo(0.5, 1);
      const ends = gumbel(tf.tensor1d([0, 1 - 2 ** -24, 1])).dataSync();
      expect([...ends].every(Number.isFinite)).toBe(true);
      expect(ends[2]).toBe(0);
    }),
  );
});
