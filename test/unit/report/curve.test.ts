/** Learning curves: points where they belong, lines with their names, and no number that can break the axis. */
import { describe, expect, it } from 'vitest';
import { curve } from '../../../src/report/curve.ts';
import type { CurveRecord } from '../../../src/report/index.ts';
import { fallingCurve } from './examples.ts';

const base: CurveRecord = {
  measure: 'bits per sequence',
  training: [],
  evaluation: [
    { sequences: 0, value: 100 },
    { sequences: 500, value: 10 },
    { sequences: 1000, value: 1 },
  ],
  lines: [{ name: 'chance', value: 100 }],
};

describe('curve', () => {
  it('puts equal ratios at equal distances on the logarithmic axis', () => {
    const [a, b, c] = dots(curve(base, 400, 200).body);
    expect([a!.x, b!.x, c!.x]).toEqual([0, 200, 400]);
    expect(b!.y - a!.y).toBeCloseTo(c!.y - b!.y, 1);
    expect(a!.y).toBeLessThan(b!.y);
  });

  it('puts equal differences at equal distances on the linear one, which starts at zero', () => {
    const points = [90, 50, 10].map((value, i) => ({ sequences: i, value }));
    const [a, b, c] = dots(curve({ ...base, log: false, evaluation: points }, 400, 200).body);
    expect(b!.y - a!.y).toBeCloseTo(c!.y - b!.y, 1);
    expect(200 - c!.y).toBeCloseTo((200 - a!.y) / 9, 1);
  });

  it('names every reference line with its value, and keeps close names apart', () => {
    const lines = [
      { name: 'chance', value: 3.3 },
      { name: 'no binding', value: 3.2 },
      { name: 'solved', value: 0.1 },
      { name: 'broken', value: Number.NaN },
    ];
    const labels = levelNames(curve({ ...base, lines }, 400, 200).body);
    expect(labels.map(({ words }) => words)).toEqual(['chance 3.3', 'no binding 3.2', 'solved 0.1']);
    expect(labels[1]!.y - labels[0]!.y).toBeGreaterThanOrEqual(11);
  });

  it('keeps the names off the plane, so that no curve is struck out by the name of a line it runs along', () => {
    const along = Array.from({ length: 40 }, (_, i) => ({ sequences: 100 * i, value: i % 2 ? 99 : 101 }));
    const panel = curve({ ...base, training: along, evaluation: along }, 400, 200);
    for (const { x, words } of levelNames(panel.body)) {
      expect(x).toBeGreaterThan(400);
      // Letters of the font at this size are at most 6.4 wide on average over such words.
      expect(58 + x + 5.9 * words.length).toBeLessThan(panel.width);
    }
    for (const { x } of dots(panel.body)) expect(x).toBeLessThanOrEqual(400);
    expect(dots(panel.body)).toHaveLength(40);
  });

  it('leads every name to its line where it had to give way', () => {
    const lines = [3, 2.9, 2.8].map((value) => ({ name: 'level', value }));
    const { body } = curve({ ...base, lines }, 400, 200);
    const leads = [...body.matchAll(/<path d="M400 ([\d.]+)L407 ([\d.]+)"/g)].map((m) =>
      m.slice(1).map(Number),
    );
    const levels = [...body.matchAll(/<path d="M0 ([\d.]+)L400 \1" class="level-line"/g)].map((m) =>
      Number(m[1]),
    );
    expect(leads.map(([from]) => from)).toEqual(levels);
    const names = levelNames(body).map(({ y }) => y - 3.5);
    leads.forEach(([, to], i) => {
      expect(to).toBeCloseTo(names[i]!, 1);
    });
  });

  it('rings the evaluation at which the task was solved, and says after how many sequences', () => {
    const { body } = curve({ ...base, solvedAt: 500 }, 400, 200);
    const [ring] = [...body.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)" r="5"/g)];
    expect(Number(ring![1])).toBe(200);
    expect(body).toContain('>solved after 500<');
    expect(curve(base, 400, 200).body).not.toContain('solved after');
  });

  it('draws a solved run that sinks to zero on the edge, and does not squeeze the rest', () => {
    const evaluation = [...base.evaluation, { sequences: 2000, value: 0 }, { sequences: 3000, value: 1e-12 }];
    const points = dots(curve({ ...base, evaluation }, 400, 200).body);
    expect(points.map(({ y }) => y).every((y) => y >= 0 && y <= 200)).toBe(true);
    expect(points.at(-1)!.y).toBe(200);
    expect(points[1]!.y).toBeGreaterThan(20);
  });

  it('leaves out what is not finite, and says so when there is nothing', () => {
    const { body } = curve({ ...base, evaluation: [{ sequences: 1, value: Number.NaN }] }, 400, 200);
    expect(body).toContain('no measurements yet');
    expect(body).not.toMatch(/NaN|Infinity/);
    expect(curve({ ...base, evaluation: [], lines: [] }, 400, 200).body).not.toMatch(/NaN|Infinity/);
  });

  it('thins a long training loss and keeps its spikes', () => {
    const training = Array.from({ length: 20_000 }, (_, i) => ({
      sequences: i,
      value: i === 12_345 ? 500 : 1 + (i % 7) / 10,
    }));
    const { body } = curve({ ...base, training }, 400, 200);
    const path = body.match(/<path d="(M[^"]*)" stroke-linejoin="round" class="training-line"/)![1]!;
    expect(path.split(/[ML]/).length).toBeLessThan(1000);
    const heights = path
      .slice(1)
      .split('L')
      .map((pair) => Number(pair.split(',')[1]));
    expect(Math.min(...heights)).toBeLessThan(heights[0]! - 50);
  });

  it('is as large as it was asked to be, with room for its labels', () => {
    const bare = curve({ ...fallingCurve(), lines: [] }, 400, 200);
    expect([bare.width, bare.height]).toEqual([400 + 58 + 18, 200 + 22 + 38]);
    expect(curve(fallingCurve(), 400, 200).width).toBeGreaterThan(bare.width);
  });
});

/** Names of the dashed lines, from above to below. */
function levelNames(body: string): { x: number; y: number; words: string }[] {
  return [...body.matchAll(/<text x="([\d.]+)" y="([\d.]+)"[^>]* class="level"[^>]*>([^<]+)</g)].map((m) => ({
    x: Number(m[1]),
    y: Number(m[2]),
    words: m[3]!,
  }));
}

function dots(body: string): { x: number; y: number }[] {
  return [...body.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)" r="2.4"/g)].map((m) => ({
    x: Number(m[1]),
    y: Number(m[2]),
  }));
}
