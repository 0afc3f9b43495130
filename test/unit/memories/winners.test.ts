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

it('of equal values at the edge those of the largest rank win, where there is one', () => {
  const values = Float64Array.of(3, 1, 3, 5, 3);
  expect([...winners(values, 3)]).toEqual([0, 2, 3]);
  expect([...winners(values, 3, (place) => [1, 9, 3, 0, 2][place]!)]).toEqual([2, 3, 4]);
  expect([...winners(values, 1, (place) => place)]).toEqual([3]);
});
