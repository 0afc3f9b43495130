import { expect, it } from 'vitest';
import { allFinite } from '../../../src/core/finite.ts';

const { MAX_VALUE, NEGATIVE_INFINITY, NaN: nan, POSITIVE_INFINITY } = Number;

it.each([
  [true, []],
  [true, [0, -0, 5e-324, MAX_VALUE, -MAX_VALUE]],
  [true, new Float32Array(1000).fill(3e38)],
  [false, [1, nan, 1]],
  [false, [POSITIVE_INFINITY, NEGATIVE_INFINITY]],
  [false, Float32Array.of(0, 0, NEGATIVE_INFINITY)],
])('is %s for %j', (expected, values) => {
  expect(allFinite(values)).toBe(expected);
});
