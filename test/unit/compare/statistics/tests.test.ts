/** Tests, their correction and their error rate: by hand, by law, and by two hundred comparisons of known truth. */
import { describe, expect, it } from 'vitest';
import { holm } from '../../../../src/compare/statistics/holm.ts';
import {
  bootstrapInterval,
  performanceProfile,
} from '../../../../src/compare/statistics/interquartile-mean.ts';
import { mannWhitney } from '../../../../src/compare/statistics/mann-whitney.ts';
import { superiority } from '../../../../src/compare/statistics/superiority.ts';
import { type Rng, rng } from '../../../../src/core/rng.ts';

const never = Number.POSITIVE_INFINITY;

describe('mannWhitney', () => {
  it('counts partitions: of three against three at best two in twenty', () => {
    expect(mannWhitney([1, 2, 3], [4, 5, never])).toEqual({ u: 0, p: 0.1, smallestP: 0.1 });
  });

  it('says nothing where nothing was reached', () => {
    expect(mannWhitney([never, never], [never, never, never]).p).toBe(1);
    const many = new Array<number>(40).fill(never);
    expect(mannWhitney(many, many).p).toBe(1);
  });

  it('is the same the other way round', () => {
    const [x, y] = [
      [3, 3, 8, never],
      [1, 3, 9, 9, never, never],
    ];
    expect(mannWhitney(x, y).p).toBeCloseTo(mannWhitney(y, x).p, 14);
    expect(mannWhitney(x, y).u + mannWhitney(y, x).u).toBe(24);
  });
});

describe('holm', () => {
  it('multiplies the smallest by all, the next by one less, and keeps their order', () => {
    // 4 * 0.005, 3 * 0.01, 2 * 0.03, and 0.04 that may not lie below the one before it.
    const adjusted = holm([0.01, 0.04, 0.03, 0.005]);
    expect(adjusted.map((p) => Number(p.toFixed(12)))).toEqual([0.03, 0.06, 0.06, 0.02]);
    expect(holm([0.7, 0.6])).toEqual([1, 1]);
    expect(holm([])).toEqual([]);
  });
});

describe('superiority', () => {
  it('mirrors itself, and has a width where samples do not overlap', () => {
    const apart = superiority([1, 2, 3], [4, 5, 6]);
    expect(apart).toMatchObject({ chance: 1, high: 1 });
    expect(apart.low).toBeGreaterThan(0.3);
    expect(apart.low).toBeLessThan(0.7);
    const back = superiority([4, 5, 6], [1, 2, 3]);
    expect(back.high).toBeCloseTo(1 - apart.low, 12);
  });
});

describe('performanceProfile', () => {
  it('weighs tasks alike, however many runs each has', () => {
    const scores = [[0.5], [0, 0, 0.5, 0.9]];
    expect(performanceProfile(scores, [0, 0.5, 0.8])).toEqual([0.75, 0.125, 0.125]);
  });
});

describe('bootstrapInterval', () => {
  it('draws within each task, and the same from the same stream', () => {
    const scores = [
      [1, 1, 1],
      [5, 5],
    ];
    const all = (runs: readonly (readonly number[])[]) => runs.flat().reduce((sum, one) => sum + one, 0);
    const interval = () => bootstrapInterval(scores, all, { random: rng(7, 'test'), resamples: 50 });
    expect(interval()).toEqual({ low: 13, high: 13 });
    const varied = () => bootstrapInterval([[1, 2, 4]], all, { random: rng(7, 'test'), resamples: 50 });
    expect(varied()).toEqual(varied());
  });
});

/** Times to solve of ten seeds: log-normal, and what takes longer than the budget never does. */
function times(random: Rng, median: number): number[] {
  return Array.from({ length: 10 }, () => {
    const time = Math.round(median * Math.exp(0.5 * random.normal()));
    return time > 15_000 ? never : time;
  });
}

/** The adjusted p of every two of these cells. */
function everyTwo(cells: readonly number[][]): number[] {
  return holm(cells.flatMap((x, i) => cells.slice(i + 1).map((y) => mannWhitney(x, y).p)));
}

describe('two hundred simulated comparisons of five cells', () => {
  const medians = (planted: number) => [planted, 8000, 8000, 8000, 8000];
  const simulate = (planted: number) => {
    const random = rng(2026, `comparison ${planted}`);
    return Array.from({ length: 200 }, () => everyTwo(medians(planted).map((at) => times(random, at))));
  };

  it('find no difference where there is none, but in one of twenty', () => {
    const alarms = simulate(8000).filter((p) => p.some((one) => one < 0.05)).length;
    // With a rate of 0.05 more than 18 of 200 come six times in a thousand; exact tests and Holm stay below it.
    expect(alarms).toBeLessThanOrEqual(18);
    expect(alarms).toBeGreaterThan(0);
  });

  it('find a cell that is four times as fast, against each of the others', () => {
    const found = simulate(2000).filter((p) => p.slice(0, 4).every((one) => one < 0.05)).length;
    expect(found).toBeGreaterThanOrEqual(190);
  });

  it('have intervals that hold the truth as often as they say', () => {
    const random = rng(2026, 'intervals');
    // Of two log-normals 0.5 apart in deviations of sqrt(2) * 0.5: P(x < y) = Phi(log(8000 / 5000) / 0.7071).
    const truth = 0.746_9;
    const held = Array.from({ length: 400 }, () => {
      const { low, high } = superiority(uncut(random, 5000), uncut(random, 8000));
      return low <= truth && truth <= high;
    }).filter(Boolean).length;
    expect(held / 400).toBeGreaterThan(0.92);
    expect(held / 400).toBeLessThan(0.99);
  });
});

function uncut(random: Rng, median: number): number[] {
  return Array.from({ length: 10 }, () => median * Math.exp(0.5 * random.normal()));
}
