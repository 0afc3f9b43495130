/** Laws of holographic memory in copies: one item comes back whole, and the noise of others falls with the copies. */
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { associativeLstm } from '../../src/cells/associative-lstm/associative-lstm.ts';
import type { Tree } from '../../src/core/contracts.ts';
import { rng } from '../../src/core/rng.ts';
import * as tf from '../../src/core/tf.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** Complex numbers in a key and a value. */
const n = 24;

/** Numbers of the input that a column of the kernel is, and how much of each: [row, weight]. */
type Wire = readonly [row: number, weight: number];

/**
 * A cell that does what its input says: r_i and the conjugate of r_o are the input's key, u is its value, all is kept and
 * shown, and its last number opens the input gate.
 */
function wired(copies: number) {
  const inputSize = 4 * n + 1;
  const options = { size: 2 * n, copies, layers: 1, recurrentUpdate: false, permutationSeed: 3 };
  const cell = associativeLstm.create(options, { inputSize, maxLength: 99 });
  const matrix = (rows: number, columns: readonly (Wire | undefined)[]) => {
    const values = new Float32Array(rows * columns.length);
    columns.forEach((wire, column) => {
      if (wire) values[wire[0] * columns.length + column] = wire[1];
    });
    return tf.tensor2d(values, [rows, columns.length]);
  };
  const from = (row: number, weight = 1) => Array.from({ length: n }, (_, k): Wire => [row + k, weight]);
  const nothing = Array<undefined>(n).fill(undefined);
  const gate = Array.from({ length: n }, (): Wire => [4 * n, 200]);
  const layer = {
    kernel: matrix(
      inputSize + 2 * n,
      [nothing, gate, nothing, from(0), from(n), from(0), from(n, -1)].flat(),
    ),
    // f and o open; i shut but for the input.
    bias: tf.tensor1d(
      Array.from({ length: 7 * n }, (_, column) => [100, -100, 100][Math.floor(column / n)] ?? 0),
    ),
    update: { kernel: matrix(inputSize, [...from(2 * n), ...from(3 * n)]), bias: tf.zeros([2 * n]) },
    start: tf.zeros([2 * n]),
  };
  return { cell, params: { layers: [layer] } as unknown as Tree };
}

/** Stores so many random pairs and asks for each: the mean square of what is wrong, over that of the values. */
function noiseToSignal(seed: number, items: number, copies: number): number {
  return tf.tidy(() => {
    const stream = rng(seed, 'holograms');
    const { cell, params } = wired(copies);
    const pairs = Array.from({ length: items }, () => {
      const phases = Array.from({ length: n }, () => 2 * Math.PI * stream.uniform());
      // Short values: no answer is so long that it would be bounded.
      const value = Array.from({ length: 2 * n }, () => 0.02 * stream.normal());
      return { key: [...phases.map(Math.cos), ...phases.map(Math.sin)], value };
    });
    let state = cell.initialState(params, 1);
    for (const { key, value } of pairs)
      state = cell.step(params, state, tf.tensor2d([[...key, ...value, 1]])).state;
    let [wrong, whole] = [0, 0];
    for (const { key, value } of pairs) {
      const asked = [...key, ...Array<number>(2 * n).fill(0), 0];
      const answer = cell.step(params, state, tf.tensor2d([asked])).output.dataSync();
      value.forEach((x, k) => {
        wrong += (answer[k]! - x) ** 2;
        whole += x * x;
      });
    }
    return wrong / whole;
  });
}

it('gives back a single item whole, in any number of copies', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1_000_000 }), fc.integer({ min: 1, max: 5 }), (seed, copies) => {
      expect(noiseToSignal(seed, 1, copies)).toBeLessThan(1e-10);
    }),
    { numRuns: 20 },
  );
});

it('has as much noise as there are other items, divided by the copies', () => {
  const mean = (items: number, copies: number) => {
    const seeds = Array.from({ length: 12 }, (_, seed) => seed);
    return seeds.reduce((sum, seed) => sum + noiseToSignal(seed, items, copies), 0) / seeds.length;
  };
  // Danihelka et al. 2016, redundant associative memory: variance (items - 1) / copies times that of a value. Two items
  // of `n` numbers share some noise between copies where orders agree, one time in n.
  for (const [items, copies] of [
    [5, 1],
    [9, 1],
    [9, 4],
    [9, 8],
  ] as const) {
    const expected = ((items - 1) / copies) * (1 + (copies - 1) / n);
    expect(mean(items, copies) / expected).toBeGreaterThan(0.85);
    expect(mean(items, copies) / expected).toBeLessThan(1.15);
  }
});
