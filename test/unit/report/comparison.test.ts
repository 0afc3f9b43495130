/** Several runs in one picture: every run's line, letter and words, over sequences and over seconds. */
import { Resvg } from '@resvg/resvg-js';
import { describe, expect, it } from 'vitest';
import { comparisonFigures, comparisonPage } from '../../../src/report/index.ts';
import { comparison } from './examples.ts';

const strokes = (svg: string) =>
  [
    ...svg.matchAll(
      /<path d="(M[^"]+)" stroke-linejoin="round" class="(series\d)-line"[^>]*?(?: stroke-dasharray="([^"]+)")?\/>/g,
    ),
  ].map(([, d, color, dashes]) => ({ d: d!, color, dashes }));

describe('comparison', () => {
  it('draws every run over sequences, and over seconds those that have them', () => {
    const [bySequences, bySeconds] = comparisonFigures(comparison());
    expect([bySequences!.name, bySeconds!.name]).toEqual(['curves', 'curves-by-seconds']);
    expect(strokes(bySequences!.svg)).toHaveLength(3);
    expect(strokes(bySeconds!.svg)).toHaveLength(2);
    expect(bySeconds!.svg).toContain('seconds of training not recorded');
    const untimed = comparison().runs.map((run) => ({
      ...run,
      curves: run.curves.map((points) => points.map(({ seconds: _, ...point }) => point)),
    }));
    expect(comparisonFigures({ ...comparison(), runs: untimed }).map(({ name }) => name)).toEqual(['curves']);
  });

  it('tells runs apart without color: each has another dash, and its letter where it ends', () => {
    const { svg } = comparisonFigures(comparison())[0]!;
    const lines = strokes(svg);
    expect(new Set(lines.map(({ dashes }) => dashes)).size).toBe(3);
    expect(new Set(lines.map(({ color }) => color)).size).toBe(3);
    const letters = [
      ...svg.matchAll(/<text x="([\d.]+)" y="([\d.]+)"[^>]* class="series(\d) rim"[^>]*>([A-Z])</g),
    ];
    expect(letters.map((m) => m[4]).sort()).toEqual(['A', 'B', 'C']);
    for (const [, x, , color] of letters) {
      const end = lines.find((line) => line.color === `series${color}`)!.d.match(/([\d.]+),[\d.]+$/)!;
      expect(Number(x) - Number(end[1])).toBeCloseTo(4, 0);
    }
    const ends = letters.map((m) => [Number(m[1]), Number(m[2])] as const);
    for (const [i, a] of ends.entries())
      for (const b of ends.slice(i + 1))
        expect(Math.abs(a[0] - b[0]) >= 10 || Math.abs(a[1] - b[1]) >= 10).toBe(true);
  });

  it('draws levels once, and a panel for each measure', () => {
    const record = comparison();
    const two = {
      ...record,
      measures: [{ ...record.measures[0]!, name: '% of answers wrong', log: false }, ...record.measures],
    };
    const runs = record.runs.map((run) => ({ ...run, curves: [run.curves[0]!, run.curves[0]!] }));
    const { svg } = comparisonFigures({ ...two, runs })[0]!;
    expect(strokes(svg)).toHaveLength(6);
    expect(svg).toContain('>% of answers wrong<');
    expect(svg.match(/>chance 84</g)).toHaveLength(2);
  });

  it('takes runs of nothing, of one point, and of hostile names', () => {
    const record = comparison();
    const name = '</svg><script>&';
    const runs = [
      { key: 'A', name, note: name, curves: [[]] },
      { key: 'B', name, note: name, curves: [[{ sequences: 5, value: Number.NaN }]] },
      { key: 'C', name, note: name, curves: [[{ sequences: 5, value: 3 }]] },
    ];
    for (const { svg } of comparisonFigures({ ...record, runs, title: name })) {
      expect(new Resvg(svg, { font: { loadSystemFonts: false } }).width).toBeGreaterThan(100);
      expect(svg).not.toMatch(/NaN|Infinity|<script/);
    }
    expect(comparisonPage({ ...record, runs, title: name, table: [{ name, values: [name] }] })).not.toContain(
      '<script',
    );
  });
});

describe('comparison page', () => {
  it('has a column for each run, a row for what differs, and headers for both', () => {
    const html = comparisonPage(comparison());
    expect([...html.matchAll(/<th scope="col">([^<]+)</g)].map((m) => m[1])).toEqual(['A', 'B', 'C']);
    expect([...html.matchAll(/<th scope="row">([^<]+)</g)].map((m) => m[1])).toEqual([
      'run',
      'cell.slots',
      'parameters',
    ]);
    expect(html).toContain('<td>16</td><td>64</td><td>16</td>');
    expect(html).not.toMatch(/<script|<img|src=/);
  });
});
