/** Winner-take-all: the same as a stable sort. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { winners } from '../../../src/memories/winners.ts';

it('finds the places of the largest, the first of equal ones', () => {
  expect(winners(Float32Array.of(3, 1, 3, 2, 3), 2)).toEqual(Uint32Array.of(0, 2));
  expect(winners(Float32Array.of(1, 2), 5)).toEqual(Uint32Array.of(0, 1));
  expect(winners(Float32Array.of(1, 2), 0)).toEqual(new Uint32Array(0));
});

it('finds what a stable sort finds', () => {
  const values = fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(values, fc.nat(60), (array, count) => {
      const sorted = array.map((value, i) => ({ value, i })).sort((a, b) => b.value - a.value || a.i - b.i);
      const expected = sorted.slice(0, count).map(({ i }) => i);
      expect([...winners(Float64Array.from(array), count)]).toEqual(expected.sort((a, b) => a - b));
    }),
  );
});
