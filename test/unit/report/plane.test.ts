/** Planes: names that give way to each other, and axes that show what is there. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planeOf, spread } from '../../../src/report/plane.ts';

describe('spread', () => {
  it('leaves what is far enough apart, and moves the rest down, or up at the lower end', () => {
    const room = { gap: 10, low: 0, high: 100 };
    expect(spread([5, 40, 90], room)).toEqual([5, 40, 90]);
    expect(spread([5, 7, 40], room)).toEqual([5, 15, 40]);
    expect(spread([95, 99], room)).toEqual([90, 100]);
    expect(spread([], room)).toEqual([]);
  });

  it('keeps order and distance for any places, and stays within while there is room', () => {
    const places = fc.array(fc.double({ min: -20, max: 120, noNaN: true }), { maxLength: 10 });
    fc.assert(
      fc.property(places, (some) => {
        const sorted = [...some].sort((a, b) => a - b);
        const moved = spread(sorted, { gap: 10, low: 0, high: 100 });
        for (let i = 1; i < moved.length; i++) expect(moved[i]! - moved[i - 1]!).toBeGreaterThan(9.999);
        for (const place of moved) {
          expect(place).toBeGreaterThan(-0.001);
          expect(place).toBeLessThan(100.001);
        }
      }),
    );
  });
});

describe('plane', () => {
  const plane = (logX: boolean) =>
    planeOf({
      width: 300,
      height: 100,
      points: [10, 1000, 100_000].map((x) => ({ x, value: 1 })),
      levels: [],
      log: true,
      logX,
      xName: 'training sequences',
      yName: 'bits per sequence',
    });

  it('puts equal ratios of time at equal distances where time is logarithmic, else equal differences', () => {
    const log = plane(true);
    expect(log.x(1000) - log.x(10)).toBeCloseTo(log.x(100_000) - log.x(1000), 6);
    const linear = plane(false);
    expect(linear.x(100_000) - linear.x(50_000)).toBeCloseTo(linear.x(50_000), 6);
  });

  it('names its axes and ticks them in thousands', () => {
    const { axes } = plane(false);
    for (const words of ['training sequences', 'bits per sequence', '20k', '100k'])
      expect(axes).toContain(`>${words}<`);
  });
});
