/** Laws of NTM addressing, access and prominence, over random and extreme controls. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { contentWeights } from '../../src/cells/addressing/content.ts';
import { interpolate, sharpen, shiftWeights } from '../../src/cells/addressing/location.ts';
import { writeMemory } from '../../src/cells/addressing/memory-access.ts';
import { ntm } from '../../src/cells/ntm/ntm.ts';
import type { NtmSettings } from '../../src/cells/ntm/settings.ts';
import { allocation } from '../../src/cells/prominence/dnc.ts';
import { leastUsed } from '../../src/cells/prominence/lru.ts';
import { recallScore } from '../../src/cells/prominence/recall.ts';
import { rng } from '../../src/core/rng.ts';
import * as tf from '../../src/core/tf.ts';
import { leaves, mapTree, treeLike } from '../../src/core/tree.ts';
import { expectNoLeak } from '../support/leaks.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const SLOTS = 7;
const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const vector = (size: number, min: number, max: number) =>
  fc.array(number(min, max), { minLength: size, maxLength: size });
const matrix = (rows: number, size: number, min: number, max: number) =>
  fc.array(vector(size, min, max), { minLength: rows, maxLength: rows });
/** Nonnegative numbers, not all zero, as a distribution; some of them exact zeros. */
const distribution = (size: number) =>
  fc.array(fc.oneof(fc.constant(0), number(1e-6, 1)), { minLength: size, maxLength: size }).map((values) => {
    const total = values.reduce((sum, value) => sum + value, 0);
    return total > 0 ? values.map((value) => value / total) : values.map(() => 1 / size);
  });
/** From 1 to the ends of what a head can ask for. */
const sharpening = fc.oneof(number(1, 4), number(25, 50));
const strength = fc.oneof(number(0, 4), number(25, 50));

const one = (row: number[]): tf.Tensor3D => tf.tensor3d([[row]]);
const scalar = (value: number): tf.Tensor3D => tf.tensor3d([[[value]]]);
const values = (tensor: tf.Tensor): number[] => [...tensor.dataSync()];
const turned = <T>(list: readonly T[], by: number): T[] =>
  list.map((_, index) => list[(index - by + list.length) % list.length]!);

function expectDistribution(weights: number[]): void {
  for (const weight of weights) expect(weight).toBeGreaterThanOrEqual(0);
  expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
}

function expectClose(actual: number[], expected: number[], digits = 5): void {
  expect(actual.length).toBe(expected.length);
  actual.forEach((value, index) => {
    expect(value).toBeCloseTo(expected[index]!, digits);
  });
}

/** Checks a law for many draws; each must leave no tensor behind. */
function law<T extends [unknown, ...unknown[]]>(
  arbitraries: { [K in keyof T]: fc.Arbitrary<T[K]> },
  holds: (...drawn: T) => void,
  numRuns = 50,
): void {
  const check = (drawn: T) => {
    expectNoLeak(() => {
      tf.tidy(() => holds(...drawn));
    });
  };
  fc.assert(fc.property(fc.tuple(...(arbitraries as never)) as fc.Arbitrary<T>, check), { numRuns });
}

describe('weights are distributions', () => {
  it('from content, at any strength', () => {
    law([matrix(SLOTS, 3, -5, 5), vector(3, -5, 5), strength], (memory, key, beta) => {
      expectDistribution(
        values(contentWeights({ memory: tf.tensor3d([memory]), key: one(key), strength: scalar(beta) })),
      );
    });
  });

  it('after interpolation, shift and sharpening', () => {
    law(
      [distribution(SLOTS), distribution(SLOTS), number(0, 1), distribution(5), sharpening],
      (content, previous, gate, shift, power) => {
        const mixed = interpolate(one(content), one(previous), scalar(gate));
        expectDistribution(values(mixed));
        const shifted = shiftWeights(mixed, one(shift));
        expectDistribution(values(shifted));
        expectDistribution(values(sharpen(shifted, scalar(power))));
      },
    );
  });
});

describe('location addressing', () => {
  it('turns with the memory: shifting turned weights is turning shifted ones', () => {
    law(
      [distribution(SLOTS), distribution(3), fc.integer({ min: 0, max: SLOTS - 1 })],
      (weights, shift, by) => {
        expectClose(
          values(shiftWeights(one(turned(weights, by)), one(shift))),
          turned(values(shiftWeights(one(weights), one(shift))), by),
        );
      },
    );
  });

  it('composes: one step and one step are two', () => {
    law([distribution(SLOTS)], (weights) => {
      const twice = shiftWeights(shiftWeights(one(weights), one([0, 0, 1])), one([0, 0, 1]));
      expectClose(values(twice), turned(weights, 2));
    });
  });

  it('keeps the order of the slots when it sharpens, and the likest slot gains', () => {
    law([distribution(SLOTS), sharpening], (weights, power) => {
      const sharp = values(sharpen(one(weights), scalar(power)));
      const largest = weights.indexOf(Math.max(...weights));
      expect(sharp[largest]).toBeGreaterThanOrEqual(weights[largest]! - 1e-6);
      weights.forEach((a, i) => {
        weights.forEach((b, j) => {
          if (a > b) expect(sharp[i]).toBeGreaterThanOrEqual(sharp[j]!);
        });
      });
    });
  });
});

describe('writing', () => {
  it('erases and then adds: a full write to one slot replaces it and leaves the others', () => {
    law(
      [matrix(SLOTS, 3, -5, 5), vector(3, -1, 1), fc.integer({ min: 0, max: SLOTS - 1 })],
      (memory, add, slot) => {
        const weights = one(memory.map((_, index) => Number(index === slot)));
        const written = writeMemory(tf.tensor3d([memory]), { weights, erase: one([1, 1, 1]), add: one(add) });
        expectClose(
          values(written),
          memory.flatMap((row, index) => (index === slot ? add : row)),
        );
      },
    );
  });

  it('does not depend on the order of the heads', () => {
    const writes = fc.tuple(distribution(SLOTS), vector(3, 0, 1), vector(3, -1, 1));
    law([matrix(SLOTS, 3, -5, 5), fc.array(writes, { minLength: 2, maxLength: 4 })], (memory, heads) => {
      const written = (list: typeof heads): number[] =>
        values(
          writeMemory(tf.tensor3d([memory]), {
            weights: tf.tensor3d([list.map(([weights]) => weights)]),
            erase: tf.tensor3d([list.map(([, erase]) => erase)]),
            add: tf.tensor3d([list.map(([, , add]) => add)]),
          }),
        );
      expectClose(written([...heads].reverse()), written(heads));
    });
  });
});

describe('prominence', () => {
  it('allocates what a sort and a running product would', () => {
    law([vector(SLOTS, 0, 1)], (drawn) => {
      // On a grid, so that ties occur and no two others are taken for equal.
      const usage = drawn.map((u) => Math.round(u * 20) / 20);
      const order = usage.map((_, slot) => slot).sort((i, j) => usage[i]! - usage[j]! || i - j);
      const expected = usage.map(() => 0);
      let product = 1;
      for (const slot of order) {
        const floored = 1e-6 + (1 - 1e-6) * usage[slot]!;
        expected[slot] = (1 - floored) * product;
        product *= floored;
      }
      const weights = values(allocation(tf.tensor2d([usage])));
      expectClose(weights, expected, 5);
      expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeLessThanOrEqual(1 + 1e-6);
    });
  });

  it('gives each write head a slot of its own, none used less than those left', () => {
    law([vector(SLOTS, 0, 40), fc.integer({ min: 1, max: SLOTS })], (usage, count) => {
      const rows = values(leastUsed(tf.tensor2d([usage]), count));
      const chosen = Array.from({ length: count }, (_, head) =>
        rows.slice(head * SLOTS, (head + 1) * SLOTS).indexOf(1),
      );
      expect(rows.filter((weight) => weight !== 0)).toEqual(Array(count).fill(1));
      expect(new Set(chosen).size).toBe(count);
      const left = usage.filter((_, slot) => !chosen.includes(slot));
      for (const slot of chosen) for (const other of left) expect(usage[slot]).toBeLessThan(other + 2e-4);
    });
  });

  it('recall makes an often read slot easier to find and harder to overwrite', () => {
    law([vector(SLOTS, 0, 10), number(-3, 3)], (usage, raw) => {
      const signs = tf.tensor3d([[[1], [-1]]]);
      const memory = tf.ones([1, SLOTS, 2]) as tf.Tensor3D;
      const score = recallScore(tf.tensor2d([usage]), tf.tensor1d([raw]), signs);
      const key = tf.ones([1, 2, 2]) as tf.Tensor3D;
      const rows = values(contentWeights({ memory, key, strength: tf.ones([1, 2, 1]), score }));
      const most = usage.indexOf(Math.max(...usage));
      const least = usage.indexOf(Math.min(...usage));
      expect(rows[most]).toBeGreaterThanOrEqual(rows[least]!);
      expect(rows[SLOTS + least]).toBeGreaterThanOrEqual(rows[SLOTS + most]!);
    });
  });
});

/** A cell with all parameters drawn, scaled up to saturate every gate. */
function saturated(changes: Partial<NtmSettings>, seed: number, scale: number) {
  const settings = { ...ntm.settings.parse({ slots: 9, width: 3, controllerSize: 4 }), ...changes };
  const cell = ntm.create(settings, { inputSize: 2, maxLength: 8 });
  const stream = rng(seed, 'saturated');
  const params = mapTree(cell.init(stream), (leaf: tf.Tensor) => {
    const noise = Float32Array.from({ length: leaf.size }, () => scale * stream.normal());
    return tf.add(leaf, tf.tensor(noise, leaf.shape));
  });
  const inputs = Array.from({ length: 8 }, () => tf.tensor2d([[stream.normal(), stream.normal()]]));
  return { cell, params, inputs };
}

describe('a whole step', () => {
  const rule = fc.constantFrom<NtmSettings['prominence'][]>('none', 'lru', 'dnc', 'recall');
  const order = fc.constantFrom<NtmSettings['order'][]>('read-then-write', 'write-then-read');

  it('keeps weights distributions and everything finite however saturated the controls', () => {
    law(
      [rule, order, fc.integer({ min: 1, max: 1e6 }), fc.constantFrom(1, 10, 50)],
      (...drawn) => {
        const [prominence, reads, seed, scale] = drawn;
        const { cell, params, inputs } = saturated({ prominence, order: reads, writeHeads: 2 }, seed, scale);
        let state = cell.initialState(params, 1);
        for (const input of inputs) {
          const step = cell.step(params, state, input);
          state = step.state;
          const probe = step.probe!;
          expectDistribution(values(probe.readWeights!));
          const written = values(probe.writeWeights!);
          for (const weights of [written.slice(0, 9), written.slice(9)]) {
            if (prominence !== 'dnc') expectDistribution(weights);
            for (const weight of weights) expect(weight).toBeGreaterThanOrEqual(0);
            expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeLessThanOrEqual(1 + 1e-5);
          }
          expect(values(probe.memory!).every(Number.isFinite)).toBe(true);
          expect(values(step.output).every(Number.isFinite)).toBe(true);
        }
      },
      20,
    );
  });

  it('has finite gradients however saturated the controls', () => {
    law(
      [rule, order, fc.integer({ min: 1, max: 1e6 }), fc.constantFrom(1, 10, 50)],
      (...drawn) => {
        const [prominence, reads, seed, scale] = drawn;
        const changes = { prominence, order: reads, addressStart: 'one-hot' as const };
        const { cell, params, inputs } = saturated(changes, seed, scale);
        const loss = (...xs: tf.Tensor[]): tf.Scalar => {
          const tree = treeLike(params, xs);
          let state = cell.initialState(tree, 1);
          const outputs = inputs.map((input) => {
            const step = cell.step(tree, state, input);
            state = step.state;
            return step.output;
          });
          return tf.sum(tf.square(tf.concat(outputs, 1)));
        };
        const given = leaves<tf.Tensor>(params).map(([, leaf]) => leaf);
        for (const gradient of tf.grads(loss)(given))
          expect(values(gradient).every(Number.isFinite)).toBe(true);
      },
      15,
    );
  });

  it('symmetry theorem: equal rows and uniform weights stay so, whatever the controller says', () => {
    const equivariant = fc.constantFrom<NtmSettings['prominence'][]>('none', 'recall');
    law(
      [equivariant, order, fc.integer({ min: 1, max: 1e6 })],
      (prominence, reads, seed) => {
        const changes = { prominence, order: reads, addressStart: 'one-hot' as const, readHeads: 2 };
        const { cell, params, inputs } = saturated(changes, seed, 2);
        const uniform = (heads: number) => tf.fill([1, heads, 9], 1 / 9);
        let state = { ...(cell.initialState(params, 1) as object) } as Record<string, tf.Tensor>;
        state = { ...state, readWeights: uniform(2), writeWeights: uniform(1) };
        for (const input of inputs) {
          const step = cell.step(params, state, input);
          state = step.state as typeof state;
          for (const name of ['readWeights', 'writeWeights'] as const) {
            const weights = values(state[name]!);
            expect(Math.max(...weights) - Math.min(...weights)).toBe(0);
          }
        }
      },
      20,
    );
  });
});
