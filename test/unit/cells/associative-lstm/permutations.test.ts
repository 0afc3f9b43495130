import { expect, it } from 'vitest';
import { permutations } from '../../../../src/cells/associative-lstm/permutations.ts';
import { rng } from '../../../../src/core/rng.ts';

it('gives orders in which every place is there once, others for every copy, the same for a seed', () => {
  const [first, again, other] = [3, 3, 4].map((seed) => [...permutations(rng(seed, 'test'), 3, 20)]);
  const copies = [0, 1, 2].map((s) => first!.slice(20 * s, 20 * s + 20));
  for (const copy of copies)
    expect(copy.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
  expect(new Set(copies.map(String)).size).toBe(3);
  expect(again).toEqual(first);
  expect(other).not.toEqual(first);
});

it('gives each of the six orders of three places about as often', () => {
  const counts = new Map<string, number>();
  const flat = [...permutations(rng(1, 'test'), 6000, 3)];
  for (let i = 0; i < flat.length; i += 3) {
    const order = String(flat.slice(i, i + 3));
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  expect(counts.size).toBe(6);
  // Standard deviation sqrt(6000 * 1/6 * 5/6) = 29.
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(120);
});
