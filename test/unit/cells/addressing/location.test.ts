import { beforeAll, describe, expect, it } from 'vitest';
import { interpolate, sharpen, shiftWeights } from '../../../../src/cells/addressing/location.ts';
import { productOverHeads, readMemory, writeMemory } from '../../../../src/cells/addressing/memory-access.ts';
import * as tf from '../../../../src/core/tf.ts';
import { expectNoLeak } from '../../../support/leaks.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** Runs `f` on the heads of one example and gives its result as numbers. */
function numbersOf(f: () => tf.Tensor): number[] {
  let values: number[] = [];
  expectNoLeak(() => {
    values = tf.tidy(() => [...f().dataSync()]);
  });
  return values;
}

const heads = (...rows: number[][]): tf.Tensor3D => tf.tensor3d([rows]);
const scalars = (...values: number[]): tf.Tensor3D => tf.tensor3d([values.map((value) => [value])]);

function expectClose(actual: readonly number[], expected: readonly number[], digits = 6): void {
  expect(actual.length).toBe(expected.length);
  actual.forEach((value, index) => {
    expect(value, `element ${index}`).toBeCloseTo(expected[index]!, digits);
  });
}

describe('interpolation by hand', () => {
  it('mixes content and previous weights by each head’s gate', () => {
    const mixed = numbersOf(() =>
      interpolate(heads([1, 0, 0], [1, 0, 0]), heads([0.2, 0.3, 0.5], [0, 0, 1]), scalars(0.25, 1)),
    );
    expectClose(mixed, [0.25 + 0.15, 0.225, 0.375, 1, 0, 0]);
  });

  it('never rounds below zero', () => {
    const [first] = numbersOf(() => interpolate(heads([1e-12]), heads([0.7]), scalars(1)));
    expect(first).toBe(Math.fround(1e-12));
  });
});

describe('shift by hand, offsets -range ... range', () => {
  it('moves weight by -1, 0 and +1 around the ring', () => {
    const weights = [0.5, 0.3, 0.2];
    expectClose(
      numbersOf(() => shiftWeights(heads(weights), heads([1, 0, 0]))),
      [0.3, 0.2, 0.5],
    );
    expectClose(
      numbersOf(() => shiftWeights(heads(weights), heads([0, 1, 0]))),
      weights,
    );
    expectClose(
      numbersOf(() => shiftWeights(heads(weights), heads([0, 0, 1]))),
      [0.2, 0.5, 0.3],
    );
  });

  it('spreads a point by the distribution', () => {
    expectClose(
      numbersOf(() => shiftWeights(heads([0, 1, 0]), heads([0.1, 0.6, 0.3]))),
      [0.1, 0.6, 0.3],
    );
    // From slot 0 of five, two slots to each side.
    expectClose(
      numbersOf(() => shiftWeights(heads([1, 0, 0, 0, 0]), heads([0.1, 0.2, 0.3, 0.25, 0.15]))),
      [0.3, 0.25, 0.15, 0.1, 0.2],
    );
  });

  it('moves each head by its own distribution', () => {
    expectClose(
      numbersOf(() => shiftWeights(heads([1, 0, 0], [1, 0, 0]), heads([0, 0.5, 0.5], [1, 0, 0]))),
      [0.5, 0.5, 0, 0, 0, 1],
    );
  });

  it('stays where it is with one offset', () => {
    expectClose(
      numbersOf(() => shiftWeights(heads([0.5, 0.3, 0.2]), heads([1]))),
      [0.5, 0.3, 0.2],
    );
  });
});

describe('sharpening by hand', () => {
  it('raises to the power and normalizes', () => {
    // 0.25 : 0.09 : 0.04 and 0.125 : 0.027 : 0.008
    const weights = [0.5, 0.3, 0.2];
    expectClose(
      numbersOf(() => sharpen(heads(weights, weights, weights), scalars(1, 2, 3))),
      [...weights, 0.25 / 0.38, 0.09 / 0.38, 0.04 / 0.38, 0.125 / 0.16, 0.027 / 0.16, 0.008 / 0.16],
    );
  });

  it('normalizes weights that do not sum to 1', () => {
    expectClose(
      numbersOf(() => sharpen(heads([0.1, 0.3, 0]), scalars(1))),
      [0.25, 0.75, 0],
    );
  });

  it('takes round-off below zero for zero', () => {
    expectClose(
      numbersOf(() => sharpen(heads([-1e-7, 0.5, 0.5]), scalars(3))),
      [0, 0.5, 0.5],
    );
  });

  it.each([1, 10, 18, 25, 50])('stays uniform over 128 slots at power %i', (power) => {
    const weights = numbersOf(() => sharpen(tf.fill([1, 1, 128], 1 / 128) as tf.Tensor3D, scalars(power)));
    expect(weights.every((weight) => Math.abs(weight - 1 / 128) < 1e-8)).toBe(true);
  });
});

describe('reading and writing by hand', () => {
  const memory = () => heads([1, 2], [3, 4], [5, 6]);

  it('reads the weighted sum of the slots, heads side by side', () => {
    expectClose(
      numbersOf(() => readMemory(memory(), heads([0.5, 0.25, 0.25], [0, 0, 1]))),
      [0.5 + 0.75 + 1.25, 1 + 1 + 1.5, 5, 6],
    );
  });

  it('erases and then adds', () => {
    const written = numbersOf(() =>
      writeMemory(memory(), { weights: heads([1, 0.5, 0]), erase: heads([1, 0.5]), add: heads([10, 20]) }),
    );
    // Slot 0: [1 0, 2 0.5] + [10,20]; slot 1: [3 0.5, 4 0.75] + [5,10]; slot 2 is left alone.
    expectClose(written, [10, 21, 6.5, 13, 5, 6]);
  });

  it('multiplies what two heads leave, and adds what both add', () => {
    const written = numbersOf(() =>
      writeMemory(memory(), {
        weights: heads([0.5, 0, 0], [0.5, 1, 0]),
        erase: heads([1, 0], [0.5, 1]),
        add: heads([2, 4], [1, 3]),
      }),
    );
    // Slot 0, column 0: 1 (1 - 0.5) (1 - 0.25) + 0.5 2 + 0.5 1; column 1: 2 (1) (0.5) + 2 + 1.5
    expectClose(written, [1.875, 4.5, 3 * 0.5 + 1, 0 + 3, 5, 6]);
  });

  it('multiplies over any number of heads', () => {
    expectClose(
      numbersOf(() => productOverHeads(heads([2, 3]))),
      [2, 3],
    );
    expectClose(
      numbersOf(() => productOverHeads(heads([2, 3], [5, 7], [0.5, -1]))),
      [5, -21],
    );
  });
});
