/** Tasks of recall: a plain decoder with a map from keys to values gives what is asked. */
import { describe, expect, it } from 'vitest';
import { rng } from '../../../src/core/rng.ts';
import {
  capacity,
  compression,
  continuousMqar,
  fuzzyRecall,
  induction,
  mqar,
  selectiveCopy,
} from '../../../tasks/index.ts';
import { channel, sequencesOf, steps } from './read.ts';

describe('mqar', () => {
  const settings = { vocabulary: 24, length: 32, pairs: 5, power: 0.01, randomBlanks: false };

  it('asks for a value where its key comes again, each key once', () => {
    for (const { shown, asked } of sequencesOf(mqar.sample(settings, rng(1, 'data'), 100))) {
      const values = new Map(Array.from({ length: 5 }, (_, i) => [shown[2 * i]!, shown[2 * i + 1]!]));
      expect(values.size).toBe(5);
      expect([...values.keys()].every((key) => key >= 1 && key < 12)).toBe(true);
      expect([...values.values()].every((value) => value >= 12)).toBe(true);
      expect(new Set(values.values()).size).toBe(5);
      const queries = shown.slice(10);
      expect(queries.filter((symbol) => symbol !== 0).sort()).toEqual([...values.keys()].sort());
      expect(asked).toEqual([
        ...new Array(10).fill(undefined),
        ...queries.map((symbol) => values.get(symbol)),
      ]);
    }
  });

  it('draws gaps by their power: the first place is taken by far the most often, and evenly at 1', () => {
    const share = (power: number) => {
      const drawn = sequencesOf(mqar.sample({ ...settings, pairs: 1, power }, rng(2, 'data'), 2000));
      return drawn.filter(({ shown }) => shown[2] !== 0).length / 2000;
    };
    // In proportion to i^(power-1) over the 15 gaps of 30 steps.
    const weights = Array.from({ length: 15 }, (_, i) => (i + 1) ** -0.99);
    const first = 1 / weights.reduce((sum, weight) => sum + weight, 0);
    expect(Math.abs(share(0.01) - first)).toBeLessThan(0.05);
    expect(Math.abs(share(1) - 1 / 15)).toBeLessThan(0.03);
  });

  it('shows random symbols in place of blanks, and asks the same', () => {
    const batch = mqar.sample({ ...settings, randomBlanks: true }, rng(3, 'data'), 50);
    const shown = sequencesOf(batch).flatMap((sequence) => sequence.shown.slice(10));
    expect(new Set(shown).size).toBe(24);
    expect(batch.mask.reduce((sum, m) => sum + m, 0)).toBe(250);
  });

  it.each([
    [{ vocabulary: 8, pairs: 4 }, 'expected at most the 3 keys of a vocabulary of 8, got 4'],
    [{ length: 8, pairs: 3 }, 'expected at least 12 steps for 3 pairs and their queries, got 8'],
  ])('refuses %j', (wrong, message) => {
    const parsed = mqar.settings.safeParse(wrong);
    expect(parsed.success ? '' : parsed.error.issues[0]!.message).toContain(message);
  });
});

describe('continuous mqar', () => {
  it('asks for the value vector of each key vector, in another order', () => {
    const settings = { pairs: 6, keySize: 4, valueSize: 3 };
    const batch = continuousMqar.sample(settings, rng(4, 'data'), 20);
    for (let b = 0; b < 20; b++) {
      const all = steps(batch, b);
      const values = new Map(
        all.slice(0, 6).map(({ input }) => [input.slice(0, 4).join(), input.slice(4, 7)]),
      );
      for (const { input } of all.slice(0, 6)) {
        expect(Math.hypot(...input.slice(0, 4))).toBeCloseTo(1, 6);
        expect(input[7]).toBe(0);
      }
      const asked = all.slice(6);
      expect(new Set(asked.map(({ input }) => input.slice(0, 4).join()))).toEqual(new Set(values.keys()));
      for (const { input, target, scored } of asked) {
        expect(input.slice(4)).toEqual([0, 0, 0, 1]);
        expect(target).toEqual(values.get(input.slice(0, 4).join()));
        expect(scored).toBe(true);
      }
    }
  });
});

describe('capacity', () => {
  it.each([false, true])('with repeats %s: asks for the value a key was last seen with', (repeats) => {
    const settings = { keys: 7, repeats };
    const batch = capacity.sample(settings, rng(5, 'data'), 100);
    let replaced = 0;
    for (let b = 0; b < 100; b++) {
      const values = new Map<number, number>();
      for (const { input, target, scored } of steps(batch, b)) {
        const key = channel(input.slice(0, 7));
        const value = channel(input.slice(7));
        if (!scored) {
          if (values.has(key)) replaced++;
          values.set(key, value);
          continue;
        }
        expect(value).toBe(-1);
        expect(channel(target)).toBe(values.get(key));
        if (!repeats) expect(values.size).toBe(7);
      }
    }
    expect(replaced > 0).toBe(repeats);
  });
});

describe('fuzzy recall', () => {
  const settings = { vocabulary: 8, length: 40, minKey: 1, maxKey: 2, maxValue: 2 };

  it('asks for the values of long keys that came before, and learns every next symbol', () => {
    let total = 0;
    for (const { shown, asked, learned } of sequencesOf(fuzzyRecall.sample(settings, rng(6, 'data'), 100))) {
      // The last symbol is asked and never shown.
      const all = [...shown, learned.at(-1)!];
      expect(learned).toEqual(all.slice(1).map((symbol) => (symbol === 8 ? undefined : symbol)));
      const values = new Map<string, string>();
      const expected = new Array<number | undefined>(40).fill(undefined);
      let at = all.findIndex((symbol) => symbol !== 8);
      while (at < all.length) {
        const from = at;
        while (all[at]! < 4) at++;
        const key = all.slice(from, at);
        const start = at;
        while (at < all.length && all[at]! >= 4) at++;
        const value = all.slice(start, at);
        const known = values.get(key.join());
        if (known !== undefined) expect(value.join()).toBe(known);
        if (known !== undefined && key.length === 2)
          value.forEach((symbol, i) => {
            expected[start + i - 1] = symbol;
          });
        values.set(key.join(), value.join());
      }
      expect(asked).toEqual(expected);
      total += asked.filter((symbol) => symbol !== undefined).length;
    }
    expect(total).toBeGreaterThan(200);
  });
});

describe('induction', () => {
  it('asks for the letter that came after the sign', () => {
    const settings = { letters: 4, length: 9 };
    const places = new Set<number>();
    for (const { shown, asked } of sequencesOf(induction.sample(settings, rng(7, 'data'), 200))) {
      const first = shown.indexOf(4);
      expect(shown.filter((symbol) => symbol === 4)).toHaveLength(2);
      expect(shown.at(-1)).toBe(4);
      expect(asked).toEqual([...new Array(8).fill(undefined), shown[first + 1]]);
      places.add(first);
    }
    expect(places).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]));
  });
});

describe('compression', () => {
  it('asks for each letter by its place, once', () => {
    const settings = { letters: 5, length: 6 };
    for (const { shown, asked } of sequencesOf(compression.sample(settings, rng(8, 'data'), 50))) {
      const [letters, sign, places] = [shown.slice(0, 6), shown[6], shown.slice(7)];
      expect(sign).toBe(5);
      expect([...places].sort((a, b) => a - b)).toEqual([6, 7, 8, 9, 10, 11]);
      expect(asked.slice(7)).toEqual(places.map((place) => letters[place - 6]));
    }
  });
});

describe('selective copy', () => {
  it('asks for the letters in their order, after >', () => {
    const settings = { letters: 4, count: 3, length: 12 };
    const places = new Set<number>();
    for (const { shown, asked } of sequencesOf(selectiveCopy.sample(settings, rng(9, 'data'), 200))) {
      const go = shown.indexOf(5);
      expect(go).toBe(8);
      const letters = shown.slice(0, go).filter((symbol) => symbol !== 4);
      expect(asked.slice(go + 1)).toEqual(letters);
      expect(asked.slice(0, go + 1).every((symbol) => symbol === undefined)).toBe(true);
      for (let t = 0; t < go; t++) if (shown[t] !== 4) places.add(t);
    }
    expect(places.size).toBe(8);
  });
});
