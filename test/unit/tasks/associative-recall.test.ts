/** Associative recall: the layout of a sequence, its distribution, and the exact reference lines. */
import { describe, expect, it } from 'vitest';
import { rng } from '../../../src/core/rng.ts';
import { associativeRecall } from '../../../tasks/index.ts';
import { rows, scripted } from './batches.ts';

const defaults = associativeRecall.settings.parse({});

describe('associative recall', () => {
  it('lays out items, query and answer as the paper does, each sequence at its own length', () => {
    const settings = { minItems: 2, maxItems: 3, itemLength: 2, width: 2, distinctItems: false };
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
    const settings = { minItems: 4, maxItems: 4, itemLength: 3, width: 6, distinctItems: false };
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

  it('computes the no binding line exactly: equal to enumerating every set of other items', () => {
    for (const [minItems, maxItems] of [
      [2, 2],
      [3, 3],
      [2, 6],
      [5, 9],
    ] as const) {
      const { noBinding } = associativeRecall.lines({ ...defaults, minItems, maxItems });
      expect(noBinding).toBeCloseTo(18 * enumeratedEntropy(minItems, maxItems), 9);
    }
    // By hand for three items: the two others differ in a bit half the time, and then it costs one bit.
    expect(associativeRecall.lines(small(3, 1)).noBinding).toBe(0.5);
  });

  it('pays the no binding line when it predicts the mean of the other items', () => {
    const settings = small(5, 8);
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

  it('computes the optimum exactly: equal to enumerating every list and question', () => {
    for (const [items, width] of [
      [3, 1],
      [5, 1],
      [3, 2],
      [4, 2],
      [5, 2],
      [3, 4],
    ] as const)
      expect(associativeRecall.lines(small(items, width)).optimum).toBeCloseTo(
        enumeratedCost(lists(items, width, false), width, rememberingAll),
        9,
      );
    // By hand: of two or three items of 4 bits, three may begin with two equal ones, which is one list in 16; the
    // answers then differ in half the bits, at one bit each: half of 4 x 1/2 x 1/16.
    expect(associativeRecall.lines({ ...small(3, 4), minItems: 2 }).optimum).toBeCloseTo(0.0625, 12);
    // Lists of one width at which nothing is left to guess: the first item is all that can be asked for.
    expect(associativeRecall.lines(small(2, 2))).not.toHaveProperty('optimum');
    // At the paper's sizes it is 0.00007 bits.
    expect(associativeRecall.lines(defaults)).not.toHaveProperty('optimum');
  });

  it('has an optimum near chance where small items are many', () => {
    const { optimum, noBinding, chance } = associativeRecall.lines({ ...small(200, 2), minItems: 100 });
    // A quarter of the items equal the query, and what follows them is anything.
    expect(optimum).toBeGreaterThan(1.9);
    expect(optimum).toBeLessThan(noBinding!);
    expect(noBinding).toBeLessThan(chance);
  });

  it('leaves nothing to guess where items differ, and knows what guessing costs there', () => {
    for (const [items, width] of [
      [2, 1],
      [3, 2],
      [4, 2],
      [5, 3],
    ] as const) {
      const { noBinding, optimum } = associativeRecall.lines({ ...small(items, width), distinctItems: true });
      const all = lists(items, width, true);
      expect(optimum).toBeUndefined();
      expect(enumeratedCost(all, width, rememberingAll)).toBe(0);
      expect(noBinding).toBeCloseTo(enumeratedCost(all, width, forgettingTheOrder), 9);
    }
  });

  it('draws an item again that equals one before it, where items differ', () => {
    const settings = { ...small(3, 2), distinctItems: true };
    const draws = [
      0, /* */ 1, 0, /* */ 1, 0, /* again */ 0, 1, /* */ 1, 0, /* */ 0, 1, /* */ 1, 1, /* query */ 1,
    ];
    const batch = associativeRecall.sample(settings, scripted(draws), 1);
    const shown = rows(batch.inputs, batch, 4, 0).map((row) => row.slice(0, 2));
    expect([1, 3, 5].map((t) => shown[t])).toEqual(['10', '01', '11']);
    expect(rows(batch.targets, batch, 2, 0)).toEqual([...new Array(9).fill('00'), '11']);
  });

  it('draws every list of items that differ alike, all there are included', () => {
    const settings = { ...small(4, 2), distinctItems: true };
    const batch = associativeRecall.sample(settings, rng(7, 'distinct'), 4800);
    const counts = new Map<string, number>();
    for (let b = 0; b < batch.batchSize; b++) {
      const shown = rows(batch.inputs, batch, 4, b).map((row) => row.slice(0, 2));
      const list = [1, 3, 5, 7].map((t) => shown[t]).join(' ');
      counts.set(list, (counts.get(list) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    // 200 of each expected, standard deviation 14: five of them.
    for (const count of counts.values()) expect(Math.abs(count - 200)).toBeLessThan(70);
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
      distinctItems: false,
    });
    // Of 2-bit items that all differ there are four.
    const few = associativeRecall.harder({ ...small(3, 2), distinctItems: true });
    expect(Object.keys(few)).toEqual(['items 3', 'items 4']);
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
    const few = { itemLength: 1, width: 2, distinctItems: true };
    expect(associativeRecall.settings.safeParse({ ...few, maxItems: 4 }).success).toBe(true);
    expect(associativeRecall.settings.safeParse({ ...few, maxItems: 5 }).error?.issues[0]).toMatchObject({
      path: ['maxItems'],
      message:
        'expected at most the 4 items that differ in 1 x 2 bits, got 5; lower it, raise itemLength or width, or set distinctItems to false',
    });
    for (const bad of [{ minItems: 1 }, { itemLength: 0 }, { width: -6 }, { items: 3 }]) {
      expect(associativeRecall.settings.safeParse(bad).success).toBe(false);
    }
  });
});

/** Lists of so many items, each one vector of so many bits. */
function small(items: number, width: number) {
  return { minItems: items, maxItems: items, itemLength: 1, width, distinctItems: false };
}

/** Every list of items, each a number of `width` bits. */
function lists(items: number, width: number, distinct: boolean): number[][] {
  if (items === 0) return [[]];
  const all = Array.from({ length: 2 ** width }, (_, item) => item);
  return lists(items - 1, width, distinct).flatMap((list) =>
    all.filter((item) => !distinct || !list.includes(item)).map((item) => [...list, item]),
  );
}

/** What a predictor is told of a list and the item asked for, as text: it answers by what has followed whenever it was told this. */
type View = (list: readonly number[], query: number) => string;
const rememberingAll: View = (list, query) => `${list} ${query}`;
const forgettingTheOrder: View = (list, query) => `${[...list].sort((a, b) => a - b)} ${query}`;

/** Bits per sequence that the best answer to what it is told costs: the mean of every bit of the answer, counted. */
function enumeratedCost(all: readonly (readonly number[])[], width: number, view: View): number {
  const answers = new Map<string, number[]>();
  for (const list of all)
    for (let asked = 0; asked < list.length - 1; asked++) {
      const told = view(list, list[asked]!);
      const [seen = 0, ...ones] = answers.get(told) ?? new Array<number>(width + 1).fill(0);
      answers.set(told, [seen + 1, ...ones.map((count, bit) => count + ((list[asked + 1]! >> bit) & 1))]);
    }
  let cost = 0;
  let questions = 0;
  for (const [seen, ...ones] of answers.values() as Iterable<[number, ...number[]]>) {
    questions += seen;
    for (const count of ones)
      for (const part of [count, seen - count]) if (part > 0) cost -= part * Math.log2(part / seen);
  }
  return cost / questions;
}

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
