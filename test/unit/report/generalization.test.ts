/** The plot of a generalization grid: where training ended, and errors in percent at their settings. */
import { describe, expect, it } from 'vitest';
import { type GeneralizationRecord, generalizationFigure } from '../../../src/report/index.ts';

const record: GeneralizationRecord = {
  title: 'copy with ntm',
  subtitle: 'mine',
  xName: 'length',
  measure: '% of bits wrong',
  trained: { from: 1, to: 20 },
  points: [
    { at: 20, wrong: 0, inexact: 0 },
    { at: 40, wrong: 5, inexact: 80 },
    { at: 80, wrong: 50, inexact: 100 },
  ],
  lines: [{ name: 'chance', value: 50 }],
};

/** Circles of a color, from the left. */
const dots = (svg: string, color: string) =>
  [...svg.matchAll(new RegExp(`<circle cx="([\\d.]+)" cy="([\\d.]+)" r="3" class="${color}"`, 'g'))].map(
    (m) => [Number(m[1]), Number(m[2])],
  );

describe('generalization', () => {
  it('puts settings and percentages where they belong', () => {
    const { svg } = generalizationFigure(record);
    expect(dots(svg, 'series0')).toEqual([
      [140, 300],
      [280, 285],
      [560, 150],
    ]);
    expect(dots(svg, 'series2').map(([, y]) => y)).toEqual([300, 60, 0]);
    expect(svg).toContain('>chance 50<');
  });

  it('shades what it was trained on, and ends it with a line that says so', () => {
    const { svg } = generalizationFigure(record);
    expect(svg).toMatch(/<rect x="7" width="133" height="300" class="blank"/);
    expect(svg).toContain('d="M140 0L140 300"');
    expect(svg).toContain('>trained on 1 to 20<');
    const single = generalizationFigure({ ...record, trained: { from: 4, to: 4 } }).svg;
    expect(single).toContain('>trained on 4<');
  });

  it('draws one line where a sequence is one answer', () => {
    const points = record.points.map(({ at, wrong }) => ({ at, wrong, inexact: wrong }));
    const { svg } = generalizationFigure({ ...record, points });
    expect(dots(svg, 'series2')).toEqual([]);
    expect(svg).not.toContain('with any error<');
  });

  it('says its numbers in words, and passes over what is not finite', () => {
    const points = [...record.points, { at: 160, wrong: Number.NaN, inexact: 100 }];
    const { svg, description } = generalizationFigure({ ...record, points });
    expect(description).toContain('40: 5 % and 80 %');
    expect(svg).not.toMatch(/NaN|Infinity/);
  });
});
