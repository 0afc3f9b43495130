import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LaneOp } from '../../src/jit/schedule/program.ts';
import { at, both, inputSize, numbers, rows } from '../support/region-ops.ts';

const line = fc.record({
  length: fc.oneof(
    fc.integer({ min: 1, max: 40 }),
    fc.integer({ min: 120, max: 136 }),
    // On both sides of a power of two, where another way of sorting begins.
    fc.integer({ min: 1015, max: 1035 }),
  ),
  lines: fc.integer({ min: 1, max: 2 }),
  inputStep: fc.constantFrom(1, 1, -1, 3, 0),
  outputStep: fc.constantFrom(1, 1, -1, 2),
  descending: fc.boolean(),
  positions: fc.boolean(),
});

/** A sort that has room for its steps, backwards too. */
function sort({
  length,
  lines,
  ...rest
}: {
  length: number;
  lines: number;
  inputStep: number;
  outputStep: number;
  descending: boolean;
  positions: boolean;
}): LaneOp {
  const { inputStep, outputStep } = rest;
  const first = (step: number) => (step < 0 ? -step * (length - 1) : 0);
  return {
    ...rest,
    kind: 'sort',
    name: 'line',
    outer: lines === 1 ? [] : [lines],
    length,
    input: at(0, 7 + first(inputStep)),
    output: at(1, 9 + first(outputStep)),
    inputStrides: lines === 1 ? [] : [5],
    outputStrides: lines === 1 ? [] : [length * Math.abs(outputStep)],
  };
}

const palette = [0, -0, 1, -1, 0.5, 1e-45, 3e38, -3e38, Infinity, -Infinity, Number.NaN];
const special = (seed: number) =>
  numbers(rows * inputSize, seed).map((value, i) =>
    i % 3 === 0 ? value : palette[Math.abs(Math.imul(i + seed, 2654435761) >>> 8) % palette.length]!,
  );

/** The output with every bit of it, and -0 told from 0. */
function expectEqual(found: ArrayLike<number>, wanted: ArrayLike<number>): void {
  const wrong = Array.from(found).findIndex((value, i) => !Object.is(value, wanted[i]));
  expect(wrong, `element ${wrong}: ${found[wrong]} for ${wanted[wrong]}`).toBe(-1);
}

describe('sorting', () => {
  it('gives exactly what its definition says, ties in their order, and writes nothing else', () => {
    fc.assert(
      fc.property(line, fc.nat(999), (drawn, seed) => {
        const { found, wanted } = both([sort(drawn)], { input: special(seed) });
        expectEqual(found, wanted);
      }),
      { numRuns: 150 },
    );
  });

  it('takes NaN for the infinity that comes last, and loses none', () => {
    fc.assert(
      fc.property(line, fc.nat(999), ({ outputStep: _, lines: __, ...drawn }, seed) => {
        const input = special(seed);
        const made = { ...drawn, lines: 1, outputStep: 1 };
        const last = drawn.descending ? -Infinity : Infinity;
        const { wanted } = both([sort({ ...made, positions: true })], {
          input: input.map((value) => (Number.isNaN(value) ? last : value)),
        });
        const { found } = both([sort(made)], { input });
        const { input: from, output: to, inputStep, length } = sort(made);
        const order = Array.from(wanted.subarray(to.offset, to.offset + length));
        const values = order.map((position) => input[from.offset + position * inputStep]!);
        expectEqual(found.subarray(to.offset, to.offset + length), drawn.positions ? order : values);
      }),
      { numRuns: 60 },
    );
  });

  it.each([true, false])('sorts a long line, positions %s', (positions) => {
    const made = sort({ length: 4000, lines: 1, inputStep: 1, outputStep: 2, descending: true, positions });
    const input = Float32Array.from({ length: rows * inputSize }, (_, i) => Math.sin(i * i));
    const { found, wanted } = both([made], { input });
    expectEqual(found, wanted);
  });
});
