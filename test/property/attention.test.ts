/** Laws of attention: what it reads with one key, with equal keys, and wherever a sequence begins. */
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { attend } from '../../src/cells/addressing/attend.ts';
import { emptiness, pushed } from '../../src/cells/attention/past.ts';
import { rotate, turns } from '../../src/cells/attention/rotary.ts';
import { rng } from '../../src/core/rng.ts';
import * as tf from '../../src/core/tf.ts';
import { relativeError } from '../support/gradient-check.ts';
import { expectNoLeak } from '../support/leaks.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const [batchSize, heads, places, d] = [2, 3, 5, 4];

/** Runs a property of random vectors without a leak. */
function check(law: (random: <T extends tf.Tensor>(...shape: number[]) => T, seed: number) => void): void {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1_000_000 }), (seed) => {
      const stream = rng(seed, 'attention');
      const random = <T extends tf.Tensor>(...shape: number[]) => {
        const size = shape.reduce((a, b) => a * b);
        return tf.tensor(
          Array.from({ length: size }, () => 3 * stream.normal()),
          shape,
        ) as T;
      };
      expectNoLeak(() => tf.tidy(() => law(random, seed)));
    }),
    { numRuns: 50 },
  );
}

const vectors = [batchSize, heads, d] as const;
const rows = [batchSize, heads, places, d] as const;

it('with one key returns its value, to the last bit', () => {
  check((random) => {
    // Whatever stands in places that are empty is not seen.
    const value = random<tf.Tensor3D>(...vectors);
    const { read } = attend({
      query: random(...vectors),
      keys: pushed(random(...rows), random(...vectors)),
      values: pushed(random(...rows), value),
      score: emptiness(tf.zeros([batchSize, 1]), places),
    });
    expect([...read.dataSync()]).toEqual([...value.dataSync()]);
  });
});

it('of keys that are all the same returns the mean of the values', () => {
  check((random) => {
    const values = random<tf.Tensor4D>(...rows);
    const keys = tf.tile(random<tf.Tensor4D>(batchSize, heads, 1, d), [1, 1, places, 1]);
    const { read } = attend({ query: random(...vectors), keys, values });
    expect(relativeError(read.dataSync(), tf.mean(values, 2).dataSync())).toBeLessThan(1e-6);
  });
});

it('returns the value of the key that the query is, where keys are long and at right angles', () => {
  check((random, seed) => {
    const sought = seed % d;
    const keys = tf.tile(tf.reshape(tf.mul(tf.eye(d), 10), [1, 1, d, d]), [
      batchSize,
      heads,
      1,
      1,
    ]) as tf.Tensor4D;
    const values = random<tf.Tensor4D>(batchSize, heads, d, d);
    const query = tf.reshape(tf.slice(keys, [0, 0, sought, 0], [-1, -1, 1, -1]), [...vectors]) as tf.Tensor3D;
    const { read } = attend({ query, keys, values });
    const expected = tf.slice(values, [0, 0, sought, 0], [-1, -1, 1, -1]);
    expect(relativeError(read.dataSync(), expected.dataSync())).toBeLessThan(1e-5);
  });
});

it('turns a query and a key so that only their distance matters, and keeps their lengths', () => {
  check((random, seed) => {
    const [q, k] = [random<tf.Tensor3D>(...vectors), random<tf.Tensor3D>(...vectors)];
    const at = (time: number) => turns(tf.fill([batchSize, 1], time), d);
    const met = (time: number, distance: number) =>
      tf.sum(tf.mul(rotate(q, at(time + distance)), rotate(k, at(time))), 2).dataSync();
    const [time, distance] = [seed % 97, seed % 13];
    expect(relativeError(met(time, distance), met(0, distance))).toBeLessThan(1e-4);
    const length = (x: tf.Tensor3D) => tf.norm(x, 2, 2).dataSync();
    expect(relativeError(length(rotate(q, at(time))), length(q))).toBeLessThan(1e-6);
  });
});
