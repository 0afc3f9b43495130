/** The other tasks of Graves et al. 2014, and adding: a plain decoder gives what is asked; the optimum is what it costs. */
import { describe, expect, it } from 'vitest';
import { rng } from '../../../src/core/rng.ts';
import { averagedBits, oneProbability } from '../../../tasks/dynamic-ngrams.ts';
import { adding, dynamicNgrams, prioritySort, repeatCopy } from '../../../tasks/index.ts';
import { steps } from './read.ts';

describe('repeat copy', () => {
  const settings = repeatCopy.settings.parse({
    maxLength: 4,
    maxRepeats: 5,
    width: 3,
    scalarTo: 5,
  });

  it.each(['scalar', 'unary'] as const)('with a %s count: so many copies, then the marker', (count) => {
    const batch = repeatCopy.sample({ ...settings, count }, rng(1, 'data'), 60);
    for (let b = 0; b < 60; b++) {
      const all = steps(batch, b);
      const length = all.findIndex(({ input }) => input[3] !== 0);
      // 1 ... 5 has mean 3 and variance 2, so the middle is told by 0, which no channel of a vector is.
      const answers = all.flatMap(({ scored, target }) => (scored ? [target.join('')] : []));
      const first = all.findIndex(({ scored }) => scored);
      const vectors = all
        .slice(0, count === 'scalar' ? first - 1 : length)
        .map(({ input }) => input.slice(0, 3).join(''));
      const repeats =
        count === 'scalar'
          ? Math.round(all[first - 1]!.input[3]! * Math.sqrt(2) + 3)
          : all.filter(({ input }) => input[3] === 1).length;
      const copies = Array.from({ length: repeats }, () => vectors.map((vector) => `${vector}0`)).flat();
      expect(answers).toEqual([...copies, '0001']);
      expect(all.slice(first).every(({ input }) => input.every((value) => value === 0))).toBe(true);
    }
  });

  it('has a count of mean 0 and variance 1 over the repeats of training', () => {
    const usual = repeatCopy.settings.parse({ maxLength: 1 });
    const batch = repeatCopy.sample(usual, rng(2, 'data'), 5000);
    const counts = Array.from({ length: 5000 }, (_, b) => steps(batch, b)[1]!.input[8]!);
    const mean = counts.reduce((sum, value) => sum + value, 0) / 5000;
    const variance = counts.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 5000;
    expect(Math.abs(mean)).toBeLessThan(0.06);
    expect(Math.abs(variance - 1)).toBeLessThan(0.06);
    expect(Math.max(...counts)).toBeCloseTo(4.5 / 2.872, 3);
  });

  it('keeps the scale of the count where the repeats are others', () => {
    const more = repeatCopy.harder(settings)['length 4, repeats 10']!;
    const batch = repeatCopy.sample(more, rng(3, 'data'), 1);
    expect(steps(batch, 0)[4]!.input[3]).toBeCloseTo(7 / Math.sqrt(2), 5);
  });
});

describe('dynamic N-grams', () => {
  const settings = { context: 5, length: 200 };
  const batch = dynamicNgrams.sample(settings, rng(4, 'data'), 3000);
  const sequences = Array.from({ length: 3000 }, (_, b) => steps(batch, b));

  it('shows each bit a step after it was asked', () => {
    for (const all of sequences.slice(0, 20))
      all.forEach(({ input, scored }, t) => {
        expect(scored).toBe(true);
        expect(input[0]).toBe(t === 0 ? 0 : all[t - 1]!.target[0]);
      });
  });

  it('costs a predictor by Krichevsky and Trofimov what the optimum says, 133 bits', () => {
    let bits = 0;
    for (const all of sequences) {
      const seen = new Map<string, [number, number]>();
      const string = all.map(({ target }) => target[0]!);
      string.forEach((bit, t) => {
        if (t < 5) {
          bits += 1;
          return;
        }
        const context = string.slice(t - 5, t).join('');
        const counts = seen.get(context) ?? [0, 0];
        const one = oneProbability(...counts);
        bits -= Math.log2(bit === 1 ? one : 1 - one);
        counts[bit]! += 1;
        seen.set(context, counts);
      });
    }
    const { optimum } = dynamicNgrams.lines(settings);
    // The defaults are told without being averaged anew.
    expect(averagedBits(settings)).toBeCloseTo(optimum!, 9);
    expect(optimum).toBeGreaterThan(132.8);
    expect(optimum).toBeLessThan(133.8);
    // A sequence's cost has a deviation of 36 bits: three of that of the mean over 3000.
    expect(Math.abs(bits / 3000 - optimum!)).toBeLessThan(2);
  });

  it('draws half of its sources nearly certain, as the Beta distribution of a half has it', () => {
    // P(p < 0.1 or p > 0.9) = 2 (2/pi) asin(sqrt(0.1)) = 0.4097. A context of one bit and long sequences show p.
    const long = dynamicNgrams.sample({ context: 1, length: 400 }, rng(5, 'data'), 400);
    const shares = Array.from({ length: 400 }, (_, b) => {
      const string = steps(long, b).map(({ target }) => target[0]!);
      const after = string.flatMap((bit, t) => (t > 0 && string[t - 1] === 1 ? [bit] : []));
      return after.length > 60 ? [after.reduce((sum, bit) => sum + bit, 0) / after.length] : [];
    }).flat();
    const certain = shares.filter((share) => share > 0.9).length / shares.length;
    expect(shares.length).toBeGreaterThan(150);
    expect(certain).toBeGreaterThan(0.2);
  });
});

describe('priority sort', () => {
  it('asks for the vectors by falling priority', () => {
    const settings = { minItems: 3, maxItems: 6, answered: 0.8, width: 4 };
    const batch = prioritySort.sample(settings, rng(6, 'data'), 60);
    for (let b = 0; b < 60; b++) {
      const all = steps(batch, b);
      const items = all.findIndex(({ input }) => input[5] === 1);
      const list = all.slice(0, items).map(({ input }) => ({
        bits: input.slice(0, 4).join(''),
        priority: input[4]!,
      }));
      expect(list.every(({ priority }) => priority >= -1 && priority < 1)).toBe(true);
      list.sort((a, c) => c.priority - a.priority);
      const answers = all.flatMap(({ scored, target }) => (scored ? [target.join('')] : []));
      expect(answers).toEqual(list.slice(0, Math.round(0.8 * items)).map(({ bits }) => bits));
    }
  });

  it('is of the paper by default: 16 of 20', () => {
    const { mask } = prioritySort.sample(prioritySort.settings.parse({}), rng(7, 'data'), 1);
    expect(mask.length).toBe(37);
    expect(mask.reduce((sum, m) => sum + m, 0)).toBe(16);
    expect(prioritySort.lines(prioritySort.settings.parse({}))).toEqual({ chance: 128 });
  });
});

describe('adding', () => {
  it('asks at the end for the sum of the two that are marked, one in each half', () => {
    const batch = adding.sample({ minLength: 2, maxLength: 11 }, rng(8, 'data'), 200);
    for (let b = 0; b < 200; b++) {
      const all = steps(batch, b);
      const last = all.findIndex(({ scored }) => scored);
      const marked = all.flatMap(({ input }, t) => (input[1] === 1 ? [t] : []));
      expect(marked).toHaveLength(2);
      expect(marked[0]).toBeLessThan((last + 1) / 2);
      expect(marked[1]).toBeGreaterThanOrEqual(Math.floor((last + 1) / 2));
      const sum = marked.reduce((total, t) => total + all[t]!.input[0]!, 0);
      expect(all[last]!.target[0]).toBeCloseTo(sum, 6);
    }
  });

  it('costs whoever says 1 a sixth', () => {
    const { targets } = adding.sample({ minLength: 4, maxLength: 4 }, rng(9, 'data'), 5000);
    const sums = [...targets].filter((value) => value !== 0);
    const error = sums.reduce((total, value) => total + (value - 1) ** 2, 0) / sums.length;
    expect(Math.abs(error - 1 / 6)).toBeLessThan(0.012);
  });
});
