/** Copy: the layout of a sequence, the distribution it is drawn from, and the reference line. */
import { describe, expect, it } from 'vitest';
import { type Rng, rng } from '../../../src/core/rng.ts';
import { copy } from '../../../tasks/index.ts';
import { rows, scripted } from './batches.ts';

const defaults = copy.settings.parse({});

describe('copy', () => {
  it('lays out vectors, delimiter and answer as the paper does, each sequence at its own length', () => {
    // Draws: lengths 1 + {1, 0}, then the bits of sequence 0 (two vectors) and of sequence 1 (one vector).
    const draws = scripted([1, 0, /* 0 */ 1, 0, 1, /* */ 0, 1, 1, /* 1 */ 1, 1, 0]);
    const batch = copy.sample({ minLength: 1, maxLength: 2, width: 3 }, draws, 2);
    expect(rows(batch.inputs, batch, 4, 0)).toEqual(['1010', '0110', '0001', '0000', '0000']);
    expect(rows(batch.targets, batch, 3, 0)).toEqual(['000', '000', '000', '101', '011']);
    expect(rows(batch.mask, batch, 1, 0)).toEqual(['0', '0', '0', '1', '1']);
    expect(rows(batch.inputs, batch, 4, 1)).toEqual(['1100', '0001', '0000', '0000', '0000']);
    expect(rows(batch.targets, batch, 3, 1)).toEqual(['000', '000', '110', '000', '000']);
    expect(rows(batch.mask, batch, 1, 1)).toEqual(['0', '0', '1', '0', '0']);
  });

  it('draws every length of the range alike, and fair bits', () => {
    const batch = copy.sample(defaults, rng(3, 'lengths'), 20_000);
    const counts = new Array<number>(21).fill(0);
    for (let b = 0; b < batch.batchSize; b++) counts[scoredSteps(batch, b)]! += 1;
    expect(counts[0]).toBe(0);
    // 1000 of each expected, standard deviation 31: five of them.
    for (const count of counts.slice(1)) expect(Math.abs(count - 1000)).toBeLessThan(155);
    const scored = batch.mask.reduce((sum, m) => sum + m, 0) * 8;
    const ones = batch.targets.reduce((sum, bit) => sum + bit, 0);
    expect(Math.abs(ones / scored - 0.5)).toBeLessThan(2.5 / Math.sqrt(scored));
  });

  it('says what guessing costs: 84 bits for the paper settings, as many as are scored on average', () => {
    expect(copy.lines(defaults)).toEqual({ chance: 84 });
    const settings = { minLength: 3, maxLength: 4, width: 5 };
    const batch = copy.sample(settings, rng(1, 'line'), 10_000);
    const scoredBits = (batch.mask.reduce((sum, m) => sum + m, 0) * 5) / batch.batchSize;
    expect(Math.abs(scoredBits - copy.lines(settings).chance)).toBeLessThan(0.15);
  });

  it('generalizes to one, 1.5, 2.5, 4 and 6 times the longest sequence, each at one length', () => {
    expect(Object.keys(copy.harder(defaults))).toEqual([
      'length 20',
      'length 30',
      'length 50',
      'length 80',
      'length 120',
    ]);
    expect(copy.harder(defaults)['length 120']).toEqual({ minLength: 120, maxLength: 120, width: 8 });
    const tiny = copy.harder({ minLength: 1, maxLength: 1, width: 4 });
    expect(Object.keys(tiny)).toEqual(['length 1', 'length 2', 'length 3', 'length 4', 'length 6']);
  });

  it('keeps the harder settings valid at the edge of the schema', () => {
    const edge = copy.settings.parse({ maxLength: 10_000 });
    for (const harder of Object.values(copy.harder(edge)))
      expect(copy.settings.parse(harder)).toEqual(harder);
    expect(Object.keys(copy.harder(edge))).toEqual(['length 10000']);
  });

  it('tells its sizes and load', () => {
    expect(copy.sizes(defaults)).toEqual({ inputSize: 9, outputSize: 8, maxLength: 41 });
    expect(copy.load(defaults)).toBe(20);
  });

  it('refuses a shortest longer than the longest, in words that say what to do', () => {
    const result = copy.settings.safeParse({ minLength: 30 });
    expect(result.error?.issues[0]).toMatchObject({
      path: ['minLength'],
      message: 'expected at most maxLength 20, got 30; lower minLength or raise maxLength',
    });
    for (const bad of [
      { minLength: 0 },
      { width: 0 },
      { maxLength: 2.5 },
      { maxLenght: 3 },
      { width: 1e9 },
    ]) {
      expect(copy.settings.safeParse(bad).success).toBe(false);
    }
  });

  it('refuses a batch that cannot be held before allocating it', () => {
    const huge = { minLength: 10_000, maxLength: 10_000, width: 1024 };
    const noBits: Rng = { ...rng(1, 'x'), integer: () => 0 };
    expect(() => copy.sample(huge, noBits, 1000)).toThrow(
      /^batch: expected at most 536870912 numbers, got 20001 steps x 1000 sequences x 1025 channels/,
    );
  });
});

function scoredSteps(batch: { length: number; batchSize: number; mask: Float32Array }, b: number): number {
  let steps = 0;
  for (let t = 0; t < batch.length; t++) steps += batch.mask[t * batch.batchSize + b]!;
  return steps;
}
