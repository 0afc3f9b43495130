/** Synapses drawn by gaps, held to what independent coin tosses would give. */
import { describe, expect, it } from 'vitest';
import { mixed, synapseSampler } from '../../../../src/memories/brain/synapses.ts';

const rowsOf = (count: number, targets: number, probability: number) => {
  const draw = synapseSampler([12, 34], targets, probability);
  return Array.from({ length: count }, (_, source) => draw(source));
};

describe('a row', () => {
  it('is ascending, within the targets, and the same in whatever order rows are asked for', () => {
    const [forward, backward] = [synapseSampler([5, 6], 300, 0.1), synapseSampler([5, 6], 300, 0.1)];
    const first = Array.from({ length: 50 }, (_, source) => forward(source));
    for (let source = 49; source >= 0; source--) expect(backward(source)).toEqual(first[source]);
    for (const row of first) {
      expect([...row]).toEqual([...new Set(row)].sort((a, b) => a - b));
      expect(Math.max(...row)).toBeLessThan(300);
    }
    expect(synapseSampler([5, 7], 300, 0.1)(0)).not.toEqual(first[0]);
  });

  it('has every target where p is 1', () => {
    expect([...rowsOf(1, 5, 1)[0]!]).toEqual([0, 1, 2, 3, 4]);
  });
});

describe.each([
  [0.5, 400, 400],
  [0.1, 2000, 500],
  [0.002, 3000, 3000],
])('with p = %d', (probability, count, targets) => {
  const rows = rowsOf(count, targets, probability);
  const pairs = count * targets;

  it('as many synapses are there as expected, within 4 standard errors', () => {
    const total = rows.reduce((sum, { length }) => sum + length, 0);
    const error = Math.sqrt(pairs * probability * (1 - probability));
    expect(Math.abs(total - pairs * probability)).toBeLessThan(4 * error);
  });

  it('degrees vary as a binomial does, at both ends', () => {
    const into = new Float64Array(targets);
    for (const row of rows) for (const target of row) into[target]!++;
    for (const [degrees, of] of [
      [rows.map(({ length }) => length), targets],
      [[...into], count],
    ] as const) {
      const expected = of * probability;
      const variance = degrees.reduce((sum, degree) => sum + (degree - expected) ** 2, 0) / degrees.length;
      // The variance of n numbers is known to about sqrt(2/n) of itself.
      const ratio = variance / (expected * (1 - probability));
      expect(Math.abs(ratio - 1)).toBeLessThan(5 * Math.sqrt(2 / degrees.length));
    }
  });

  it('a neighbor is no likelier beside a synapse, nor in the next row', () => {
    const matrix = rows.map((row) => new Set(row));
    for (const [down, right] of [
      [0, 1],
      [1, 0],
    ] as const) {
      let both = 0;
      for (let source = 0; source + down < count; source++)
        for (const target of matrix[source]!) if (matrix[source + down]!.has(target + right)) both++;
      const expected = pairs * probability ** 2;
      expect(Math.abs(both - expected)).toBeLessThan(5 * Math.sqrt(expected) + 0.02 * expected);
    }
  });
});

it('mixing is one to one, and changes about half of the bits', () => {
  const values = Array.from({ length: 5000 }, (_, i) => mixed(i));
  expect(new Set(values).size).toBe(5000);
  let bits = 0;
  for (let i = 0; i < 4999; i++)
    bits += (values[i]! ^ values[i + 1]!).toString(2).replace(/[^1]/g, '').length;
  expect(bits / 4999).toBeGreaterThan(14);
  expect(bits / 4999).toBeLessThan(18);
});
