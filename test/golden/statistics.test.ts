/** The statistics of a comparison against scipy's, numpy's and lifelines', from test/golden/statistics/reference.py. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bootstrapInterval, interquartileMean } from '../../src/compare/statistics/interquartile-mean.ts';
import { mannWhitney } from '../../src/compare/statistics/mann-whitney.ts';
import { normalTail } from '../../src/compare/statistics/normal.ts';
import { quantile } from '../../src/compare/statistics/quantile.ts';
import { superiority } from '../../src/compare/statistics/superiority.ts';
import { type Observation, survivalCurve, timeBy } from '../../src/compare/statistics/survival.ts';
import { wilson } from '../../src/compare/statistics/wilson.ts';
import { rng } from '../../src/core/rng.ts';

interface Expected {
  readonly wilson: readonly { successes: number; trials: number; low: number; high: number }[];
  readonly quantiles: readonly { values: number[]; share: number; quantile: number }[];
  readonly survival: readonly {
    observations: Observation[];
    curve: { time: number; surviving: number; low: number; high: number }[];
    median: number | null;
  }[];
  readonly two: readonly {
    x: (number | 'never')[];
    y: (number | 'never')[];
    u: number;
    p: number;
    superiority: { chance: number; low: number; high: number };
  }[];
  readonly tails: readonly { z: number; tail: number }[];
  readonly interquartile: { scores: number[][]; mean: number; low: number; high: number };
}

const expected = JSON.parse(
  readFileSync(new URL('expected/statistics.json', import.meta.url), 'utf8'),
) as Expected;

const timesOf = (told: readonly (number | 'never')[]) =>
  told.map((time) => (time === 'never' ? Number.POSITIVE_INFINITY : time));

describe('statistics', () => {
  it.each(expected.wilson)("Wilson's interval of $successes of $trials is scipy's", (row) => {
    const { low, high } = wilson(row.successes, row.trials);
    expect(low).toBeCloseTo(row.low, 12);
    expect(high).toBeCloseTo(row.high, 12);
  });

  it("quantiles are numpy's", () => {
    for (const { values, share, quantile: value } of expected.quantiles)
      expect(quantile(values, share)).toBeCloseTo(value, 12);
  });

  it.each(expected.survival)("the survival curve and its median are lifelines' ($#)", (row) => {
    const curve = survivalCurve(row.observations);
    expect(curve.map(({ time }) => time)).toEqual(row.curve.map(({ time }) => time));
    for (const [i, { surviving, band }] of curve.entries()) {
      expect(surviving).toBeCloseTo(row.curve[i]!.surviving, 12);
      expect(band.low).toBeCloseTo(row.curve[i]!.low, 10);
      expect(band.high).toBeCloseTo(row.curve[i]!.high, 10);
    }
    expect(timeBy(0.5, row.observations) ?? null).toBe(row.median);
  });

  it.each(expected.two)("Mann and Whitney's test and the chance to be first are scipy's ($#)", (row) => {
    const [x, y] = [timesOf(row.x), timesOf(row.y)];
    const { u, p } = mannWhitney(x, y);
    expect(u).toBe(row.u);
    expect(p / row.p).toBeCloseTo(1, 10);
    const { chance, low, high } = superiority(x, y);
    expect(chance).toBeCloseTo(row.superiority.chance, 12);
    expect(low).toBeCloseTo(row.superiority.low, 10);
    expect(high).toBeCloseTo(row.superiority.high, 10);
  });

  it.each(expected.tails)("the normal tail beyond $z is scipy's", ({ z, tail }) => {
    expect(normalTail(z) / tail).toBeCloseTo(1, 12);
  });

  it("the interquartile mean is rliable's, its interval that of scipy's bootstrap", () => {
    const { scores, mean, low, high } = expected.interquartile;
    const middle = (runs: readonly (readonly number[])[]) => interquartileMean(runs.flat());
    expect(middle(scores)).toBeCloseTo(mean, 12);
    const found = bootstrapInterval(scores, middle, { random: rng(1, 'test'), resamples: 20_000 });
    // Both ends are quantiles of 20,000 draws: their standard error is under 0.0006.
    expect(Math.abs(found.low - low)).toBeLessThan(0.003);
    expect(Math.abs(found.high - high)).toBeLessThan(0.003);
  });
});
