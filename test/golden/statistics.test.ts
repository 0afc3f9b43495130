/** The statistics of a comparison against scipy's, numpy's and lifelines', from test/golden/statistics/reference.py. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { quantile } from '../../src/compare/statistics/quantile.ts';
import { type Observation, survivalCurve, timeBy } from '../../src/compare/statistics/survival.ts';
import { wilson } from '../../src/compare/statistics/wilson.ts';

interface Expected {
  readonly wilson: readonly { successes: number; trials: number; low: number; high: number }[];
  readonly quantiles: readonly { values: number[]; share: number; quantile: number }[];
  readonly survival: readonly {
    observations: Observation[];
    curve: { time: number; surviving: number }[];
    median: number | null;
  }[];
}

const expected = JSON.parse(
  readFileSync(new URL('expected/statistics.json', import.meta.url), 'utf8'),
) as Expected;

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
    for (const [i, { surviving }] of curve.entries())
      expect(surviving).toBeCloseTo(row.curve[i]!.surviving, 12);
    expect(timeBy(0.5, row.observations) ?? null).toBe(row.median);
  });
});
