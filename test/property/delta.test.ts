/** Laws of the linear family: what its memories keep exactly, and which of its rules are the same. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { delta } from '../../src/cells/delta/delta.ts';
import { type DeltaRuleName, deltaRules, fade, recall, write } from '../../src/cells/delta/rules.ts';
import type { Cell, Tree } from '../../src/core/contracts.ts';
import { rng } from '../../src/core/rng.ts';
import * as tf from '../../src/core/tf.ts';
import { leaves, mapTree } from '../../src/core/tree.ts';
import { relativeError, unrollEagerly } from '../support/gradient-check.ts';
import { expectNoLeak } from '../support/leaks.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

type Vector = number[];
const dot = (a: Vector, b: Vector) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

/** So many vectors of normal numbers, of one size. */
const vectors = (stream: ReturnType<typeof rng>, count: number, size: number): Vector[] =>
  Array.from({ length: count }, () => Array.from({ length: size }, () => stream.normal()));

/** Gram and Schmidt's, each at right angles to those before it and of length 1. */
function orthonormal(given: readonly Vector[]): Vector[] {
  const found: Vector[] = [];
  for (const vector of given) {
    const rest = found.reduce((x, unit) => {
      const along = dot(x, unit);
      return x.map((value, i) => value - along * unit[i]!);
    }, vector);
    const length = Math.sqrt(dot(rest, rest));
    found.push(rest.map((value) => value / length));
  }
  return found;
}

/** One head of one example. */
const head = (x: Vector) => tf.tensor3d(x, [1, 1, x.length]);
const empty = (values: number, keys: number) => tf.zeros<tf.Rank.R4>([1, 1, values, keys]);
const read = (memory: tf.Tensor4D, key: Vector) => [...recall(memory, head(key)).dataSync()];

/** A pair written with this strength. */
const put = (rule: DeltaRuleName, memory: tf.Tensor4D, [key, value, strength]: [Vector, Vector, number?]) =>
  write(deltaRules[rule], memory, {
    key: head(key),
    value: head(value),
    strength: strength === undefined ? undefined : tf.tensor2d([[strength]]),
  });

const sizes = fc.record({
  keys: fc.integer({ min: 1, max: 8 }),
  values: fc.integer({ min: 1, max: 6 }),
  seed: fc.integer({ min: 0, max: 1_000_000 }),
});

/** Runs a property of two sizes and a stream, without a leak. */
function check(law: (sizes: { keys: number; values: number }, stream: ReturnType<typeof rng>) => void): void {
  fc.assert(
    fc.property(sizes, ({ seed, ...rest }) => {
      expectNoLeak(() => tf.tidy(() => law(rest, rng(seed, 'delta'))));
    }),
  );
}

describe('a memory of the delta rule', () => {
  it('is an exact table where keys are orthonormal and beta = 1, also when a key is written again', () => {
    check(({ keys, values }, stream) => {
      const units = orthonormal(vectors(stream, keys, keys));
      const table = vectors(stream, keys, values);
      let memory = empty(values, keys);
      units.forEach((key, i) => {
        memory = put('delta', memory, [key, table[i]!, 1]);
      });
      const again = stream.integer(keys);
      [table[again]] = vectors(stream, 1, values) as [Vector];
      memory = put('delta', memory, [units[again]!, table[again]!, 1]);
      units.forEach((key, i) => {
        expect(relativeError(read(memory, key), table[i]!)).toBeLessThan(1e-5);
      });
    });
  });

  it('is as it was after a write with beta = 0', () => {
    check(({ keys, values }, stream) => {
      const start = tf.tensor4d(vectors(stream, 1, keys * values)[0]!, [1, 1, values, keys]);
      const [key, value] = [vectors(stream, 1, keys)[0]!, vectors(stream, 1, values)[0]!];
      expect([...put('delta', start, [key, value, 0]).dataSync()]).toEqual([...start.dataSync()]);
    });
  });

  it('is mirrored by beta = 2 and back again, and does not grow by taking back with any beta in [0, 2]', () => {
    check(({ keys, values }, stream) => {
      const start = tf.tensor4d(vectors(stream, 1, keys * values)[0]!, [1, 1, values, keys]);
      const [key] = orthonormal(vectors(stream, 1, keys)) as [Vector];
      const nothing = Array<number>(values).fill(0);
      const mirrored = put('delta', start, [key, nothing, 2]);
      expect(
        relativeError(
          read(mirrored, key),
          read(start, key).map((x) => -x),
        ),
      ).toBeLessThan(1e-5);
      const back = put('delta', mirrored, [key, nothing, 2]);
      expect(relativeError(back.dataSync(), start.dataSync())).toBeLessThan(1e-5);
      const norm = (memory: tf.Tensor) => tf.norm(memory).dataSync()[0]!;
      const any = put('delta', start, [key, nothing, 2 * stream.uniform()]);
      expect(norm(any)).toBeLessThanOrEqual(norm(start) * (1 + 1e-6));
    });
  });
});

describe('a memory of sums', () => {
  it('is attention with linear weights over all that was shown', () => {
    check(({ keys, values }, stream) => {
      const length = 1 + stream.integer(6);
      const [ks, vs] = [vectors(stream, length, keys), vectors(stream, length, values)];
      const [query] = vectors(stream, 1, keys) as [Vector];
      let memory = empty(values, keys);
      ks.forEach((key, i) => {
        memory = put('sum', memory, [key, vs[i]!]);
      });
      const attended = Array.from({ length: values }, (_, r) =>
        ks.reduce((sum, key, i) => sum + dot(key, query) * vs[i]![r]!, 0),
      );
      expect(relativeError(read(memory, query), attended)).toBeLessThan(1e-5);
    });
  });

  it('fades by the product of all gates since', () => {
    check(({ keys, values }, stream) => {
      const [key, value] = [vectors(stream, 1, keys)[0]!, vectors(stream, 1, values)[0]!];
      let memory = put('gated-sum', empty(values, keys), [key, value]);
      const left = Array<number>(keys).fill(1);
      for (let t = 0; t < 4; t++) {
        const alpha = left.map(() => stream.uniform());
        memory = fade(memory, head(alpha));
        alpha.forEach((kept, c) => {
          left[c]! *= kept;
        });
      }
      const expected = value.flatMap((v) => key.map((k, c) => v * k * left[c]!));
      expect(relativeError(memory.dataSync(), expected)).toBeLessThan(1e-5);
    });
  });
});

const settings = { size: 6, heads: 2, keySize: 3, valueSize: 2, layers: 2 };
const make = (changes: object): Cell =>
  delta.create(delta.settings.parse({ ...settings, ...changes }), { inputSize: 3, maxLength: 9 });

/** Outputs over a few steps of random inputs. */
function outputs(cell: Cell, params: Tree, seed: number): Float32Array {
  const stream = rng(seed, 'inputs');
  const inputs = Array.from({ length: 6 }, () => tf.tensor2d(vectors(stream, 2, 3)));
  return Float32Array.from(unrollEagerly(cell, params, inputs).flatMap((output) => [...output.dataSync()]));
}

describe('rules of the linear family', () => {
  const seeds = fc.integer({ min: 0, max: 1_000_000 });

  it.each([
    ['product', 'delta'],
    ['gated-product', 'gated-delta'],
  ])('%s with one write a token is %s, to the bit', (product, single) => {
    fc.assert(
      fc.property(seeds, fc.boolean(), (seed, negativeEigenvalues) => {
        expectNoLeak(() =>
          tf.tidy(() => {
            const [many, one] = [product, single].map((rule) =>
              make({ rule, steps: 1, negativeEigenvalues }),
            );
            const params = many!.init(rng(seed, 'init'));
            expect(outputs(many!, params, seed)).toEqual(outputs(one!, params, seed));
          }),
        );
      }),
      { numRuns: 20 },
    );
  });

  it.each(['scalar', 'channel'])('gated-delta that forgets nothing is delta, gate %s', (gate) => {
    fc.assert(
      fc.property(seeds, (seed) => {
        expectNoLeak(() =>
          tf.tidy(() => {
            const gated = make({ rule: 'gated-delta', gate });
            const plain = make({ rule: 'delta' });
            const drawn = gated.init(rng(seed, 'init'));
            // e^-100 of any dt leaves alpha = 1; the gate's own columns stand last.
            const open = mapTree(drawn, (leaf: tf.Tensor, path) =>
              path.endsWith('decay.A') ? tf.fill(leaf.shape, -100) : leaf,
            );
            const byPath = new Map(leaves<tf.Tensor>(drawn));
            const same = mapTree(plain.init(rng(1, 'init')), (leaf: tf.Tensor, path) =>
              tf.slice(
                byPath.get(path)!,
                leaf.shape.map(() => 0),
                leaf.shape,
              ),
            );
            const [found, expected] = [outputs(gated, open, seed), outputs(plain, same, seed)];
            expect(relativeError(found, expected)).toBeLessThan(1e-6);
          }),
        );
      }),
      { numRuns: 20 },
    );
  });
});
