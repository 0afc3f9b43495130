/** Associative recall: the layout of a sequence, its distribution, and the exact no-binding line. */
import { describe, expect, it } from 'vitest';
import { rng } from '../../../src/core/rng.ts';
import { associativeRecall } from '../../../tasks/index.ts';
import { rows, scripted } from './batches.ts';

const defaults = associativeRecall.settings.parse({});

describe('associative recall', () => {
  it('lays out items, query and answer as the paper does, each sequence at its own length', () => {
    const settings = { minItems: 2, maxItems: 3, itemLength: 2, width: 2 };
    // Draws: items 2 + {1, 0}; items of sequence 0, its query; items of sequence 1, its query.
    const sequence0 = [1, 0, 0, 1, /* */ 1, 1, 0, 0, /* */ 0, 1, 1, 1, /* query */ 1];
    const sequence1 = [1, 1, 1, 0, /* */ 0, 0, 0, 1, /* query */ 0];
    const batch = associativeRecall.sample(settings, scripted([1, 0, ...sequence0, ...sequence1]), 2);
    expect(batch.length).toBe(15);
    const padding = ['0000', '0000', '0000'];
    expect(rows(batch.inputs, batch, 4, 0)).toEqual([
      ...['0010', '1000', '0100'],
      ...['0010', '1100', '0000'],
      ...['0010', '0100', '1100'],
      ...['0001', '1100', '0000', '0001'],
      ...['0000', '0000'],
    ]);
    expect(rows(batch.targets, batch, 2, 0)).toEqual([...new Array(13).fill('00'), '01', '11']);
    expect(rows(batch.mask, batch, 1, 0).join('')).toBe('000000000000011');
    expect(rows(batch.inputs, batch, 4, 1)).toEqual([
      ...['0010', '1100', '1000'],
      ...['0010', '0000', '0100'],
      ...['0001', '1100', '1000', '0001'],
      ...['0000', '0000', ...padding],
    ]);
    expect(rows(batch.targets, batch, 2, 1)).toEqual([
      ...new Array(10).fill('00'),
      ...['00', '01', '00', '00', '00'],
    ]);
    expect(rows(batch.mask, batch, 1, 1).join('')).toBe('000000000011000');
  });

  it('asks for every item but the last alike', () => {
    const settings = { minItems: 4, maxItems: 4, itemLength: 3, width: 6 };
    const batch = associativeRecall.sample(settings, rng(5, 'query'), 3000);
    const asked = [0, 0, 0, 0];
    for (let b = 0; b < batch.batchSize; b++) {
      const steps = rows(batch.inputs, batch, 8, b)
        .join('')
        .slice(0, 8 * 20);
      const query = steps.slice(8 * 17, 8 * 20);
      const items = [0, 1, 2, 3].map((i) => steps.slice(8 * (4 * i + 1), 8 * (4 * i + 4)));
      asked[items.indexOf(query)]! += 1;
    }
    expect(asked[3]).toBe(0);
    // 1000 of each expected, standard deviation 26: five of them.
    for (const count of asked.slice(0, 3)) expect(Math.abs(count - 1000)).toBeLessThan(130);
  });

  it('draws every number of items of the range alike', () => {
    const batch = associativeRecall.sample(defaults, rng(6, 'items'), 5000);
    const counts = [0, 0, 0, 0, 0, 0, 0];
    for (let b = 0; b < batch.batchSize; b++) {
      counts[rows(batch.inputs, batch, 8, b).filter((row) => row[6] === '1').length]! += 1;
    }
    expect(counts.slice(0, 2)).toEqual([0, 0]);
    for (const count of counts.slice(2)) expect(Math.abs(count - 1000)).toBeLessThan(145);
  });

  it('says what guessing costs: 18 bits for the paper settings', () => {
    expect(associativeRecall.lines(defaults).chance).toBe(18);
  });

  it('computes the no-binding line exactly: equal to enumerating every set of other items', () => {
    for (const [minItems, maxItems] of [
      [2, 2],
      [3, 3],
      [2, 6],
      [5, 9],
    ] as const) {
      const { noBinding } = associativeRecall.lines({ minItems, maxItems, itemLength: 3, width: 6 });
      expect(noBinding).toBeCloseTo(18 * enumeratedEntropy(minItems, maxItems), 9);
    }
    // By hand for three items: the two others differ in a bit half the time, and then it costs one bit.
    expect(associativeRecall.lines({ minItems: 3, maxItems: 3, itemLength: 1, width: 1 }).noBinding).toBe(
      0.5,
    );
  });

  it('pays the no-binding line when it predicts the mean of the other items', () => {
    const settings = { minItems: 5, maxItems: 5, itemLength: 1, width: 8 };
    const batch = associativeRecall.sample(settings, rng(9, 'simulation'), 4000);
    let bits = 0;
    for (let b = 0; b < batch.batchSize; b++) {
      const shown = rows(batch.inputs, batch, 10, b).map((row) => row.slice(0, 8));
      const items = [1, 3, 5, 7, 9].map((t) => shown[t]!);
      const others = items.toSpliced(items.indexOf(shown[11]!), 1);
      const target = rows(batch.targets, batch, 8, b)[13]!;
      for (let i = 0; i < 8; i++)
        bits += costOfMean(
          others.map((item) => item[i]!),
          target[i]!,
        );
    }
    expect(Math.abs(bits / 4000 - associativeRecall.lines(settings).noBinding!)).toBeLessThan(0.1);
  });

  it('generalizes to 6, 10, 15 and 20 items', () => {
    expect(Object.keys(associativeRecall.harder(defaults))).toEqual([
      'items 6',
      'items 10',
      'items 15',
      'items 20',
    ]);
    expect(associativeRecall.harder(defaults)['items 20']).toEqual({
      minItems: 20,
      maxItems: 20,
      itemLength: 3,
      width: 6,
    });
  });

  it('tells its sizes and load', () => {
    expect(associativeRecall.sizes(defaults)).toEqual({ inputSize: 8, outputSize: 6, maxLength: 32 });
    expect(associativeRecall.load(defaults)).toBe(18);
  });

  it('refuses impossible settings', () => {
    expect(associativeRecall.settings.safeParse({ minItems: 9 }).error?.issues[0]).toMatchObject({
      path: ['minItems'],
      message: 'expected at most maxItems 6, got 9; lower minItems or raise maxItems',
    });
    for (const bad of [{ minItems: 1 }, { itemLength: 0 }, { width: -6 }, { items: 3 }]) {
      expect(associativeRecall.settings.safeParse(bad).success).toBe(false);
    }
  });
});

/** Mean entropy of a bit over all item counts and all 2^(n-1) columns of bits that the others can show. */
function enumeratedEntropy(minItems: number, maxItems: number): number {
  let total = 0;
  for (let n = minItems; n <= maxItems; n++) {
    const columns = 2 ** (n - 1);
    for (let column = 0; column < columns; column++) {
      const p = column.toString(2).replaceAll('0', '').length / (n - 1);
      if (p > 0 && p < 1) total -= (p * Math.log2(p) + (1 - p) * Math.log2(1 - p)) / columns;
    }
  }
  return total / (maxItems - minItems + 1);
}

function costOfMean(bits: readonly string[], target: string): number {
  return -Math.log2(bits.filter((bit) => bit === target).length / bits.length);
}
