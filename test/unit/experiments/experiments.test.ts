/** Experiments: the pass rule, the statistics it stands on, and those that are fast enough, with seeds not chosen for them. */
import { Resvg } from '@resvg/resvg-js';
import { describe, expect, it } from 'vitest';
import { rng } from '../../../src/core/rng.ts';
import { experiments } from '../../../src/experiments/all.ts';
import { normalizedDigits, squaredDistances } from '../../../src/experiments/digits.ts';
import { check, type Data, passed } from '../../../src/experiments/experiment.ts';
import { LETTER_SIDE, letters } from '../../../src/experiments/letters.ts';
import {
  correlation,
  erfc,
  fitLine,
  flipped,
  mean,
  randomPattern,
  standardError,
} from '../../../src/experiments/sampling.ts';

/** No data is there. */
const data: Data = { digits: () => Promise.reject(new Error('no digits here')) };

describe('the pass rule', () => {
  it('holds within its bounds and nowhere else, and of nothing it does not hold', () => {
    expect(check('x', 0.5, { least: 0.5 })).toEqual({
      name: 'x',
      measured: 0.5,
      expected: 'at least 0.5',
      pass: true,
    });
    expect(check('x', 0.49, { least: 0.5, most: 1 })).toMatchObject({
      expected: 'at least 0.5, at most 1',
      pass: false,
    });
    expect(check('x', 1.01, { most: 1 }).pass).toBe(false);
    expect(check('x', Number.NaN, { least: 0, most: 1 }).pass).toBe(false);
    const good = check('x', 1, { least: 0 });
    const bad = check('x', 1, { most: 0 });
    expect([[], [good], [good, bad]].map((checks) => passed({ checks, figures: [] }))).toEqual([
      false,
      true,
      false,
    ]);
  });
});

describe('statistics', () => {
  it('are those of the tables', () => {
    // Abramowitz and Stegun, table 7.1.
    expect(erfc(0)).toBeCloseTo(1, 7);
    expect(erfc(0.5)).toBeCloseTo(0.4795001222, 6);
    expect(erfc(2)).toBeCloseTo(0.0046777349, 8);
    expect(erfc(-1)).toBeCloseTo(1.8427007929, 6);
    expect(mean([1, 2, 6])).toBe(3);
    // Squares 4 + 1 + 9 over 2 are the variance.
    expect(standardError([1, 2, 6])).toBeCloseTo(Math.sqrt(7 / 3), 12);
    expect(standardError([5])).toBe(0);
  });

  it('find a line, and how well it fits', () => {
    expect(fitLine([0, 1, 2, 3], [1, 3, 5, 7])).toEqual({
      slope: expect.closeTo(2, 12),
      intercept: expect.closeTo(1, 12),
      rSquared: expect.closeTo(1, 12),
    });
    expect(correlation([1, 2, 3], [6, 4, 2])).toBeCloseTo(-1, 12);
    // By hand: deviations -1, 0, 1 and 0, -1, 1.
    expect(correlation([1, 2, 3], [2, 1, 3])).toBeCloseTo(0.5, 12);
  });

  it('reverse exactly the share that is asked for', () => {
    const stream = rng(1, 'test');
    const pattern = randomPattern(40, stream);
    for (const share of [0, 0.1, 0.5, 1])
      expect(flipped(pattern, share, stream).filter((spin, i) => spin !== pattern[i])).toHaveLength(
        40 * share,
      );
  });
});

describe('data', () => {
  it('has twenty-six different letters of spins', () => {
    expect(letters).toHaveLength(26);
    expect(new Set(letters.map((letter) => letter.join())).size).toBe(26);
    for (const letter of letters) {
      expect(letter).toHaveLength(LETTER_SIDE ** 2);
      expect(letter.every((spin) => spin === 1 || spin === -1)).toBe(true);
    }
    // T: a bar on top and a stem.
    expect([...letters[19]!.subarray(0, 8)]).toEqual([1, 1, 1, 1, 1, 1, 1, -1]);
    expect([...letters[19]!.subarray(56)]).toEqual([-1, -1, -1, 1, -1, -1, -1, -1]);
  });

  it('has digits over their mean', () => {
    const digits = {
      count: 2,
      pixels: 4,
      images: Uint8Array.of(0, 0, 4, 4, 1, 1, 1, 5),
      labels: Uint8Array.of(1, 2),
    };
    const [first, second] = normalizedDigits(digits, 2);
    expect([...first!]).toEqual([0, 0, 2, 2]);
    expect([...second!]).toEqual([0.5, 0.5, 0.5, 2.5]);
    expect([...squaredDistances([first!, second!], first!)]).toEqual([0, 0.25 + 0.25 + 2.25 + 0.25]);
  });
});

describe('experiments', () => {
  it('have a claim and a source, and are called by their ids', () => {
    expect(Object.keys(experiments).length).toBeGreaterThan(10);
    for (const [id, experiment] of Object.entries(experiments)) {
      expect(experiment.id).toBe(id);
      expect(id).toMatch(/^[a-z]+\.[a-z]+$/);
      expect(experiment.claim).toMatch(/\.$/);
      expect(experiment.source.length).toBeGreaterThan(5);
    }
  });

  it.each(['hopfield.dynamics', 'fly.odors'])('%s passes, draws, and is decided by its seed', async (id) => {
    const outcome = await experiments[id]!.run({ seed: 411, data });
    expect(outcome.checks.filter(({ pass }) => !pass)).toEqual([]);
    expect(passed(outcome)).toBe(true);
    for (const { svg } of outcome.figures) expect(new Resvg(svg).render().width).toBeGreaterThan(300);
    const again = await experiments[id]!.run({ seed: 411, data });
    expect(again).toEqual(outcome);
    const other = await experiments[id]!.run({ seed: 412, data });
    expect(other.checks.map(({ measured }) => measured)).not.toEqual(
      outcome.checks.map(({ measured }) => measured),
    );
  });
});
