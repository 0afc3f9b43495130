/** Whole reports: which pictures there are, odd records, hostile names, and documents that any reader takes. */
import { Resvg } from '@resvg/resvg-js';
import { describe, expect, it } from 'vitest';
import { figures, page, type ReportRecord } from '../../../src/report/index.ts';
import { array, copyMachine, copyReport, fallingCurve } from './examples.ts';

const names = (record: ReportRecord) => figures(record).map(({ name }) => name);

/** Reads a document as XML and draws it: throws when it is not well formed. */
function drawn(svg: string): { width: number; height: number } {
  const image = new Resvg(svg, { font: { loadSystemFonts: false } });
  return { width: image.width, height: image.height };
}

describe('figures', () => {
  it('draws every kind of picture of a sequence', () => {
    expect(names(copyReport())).toEqual(['overview', 'strips', 'heads', 'gates', 'usage', 'memory', 'curve']);
  });

  it('leaves out pictures that would show nothing', () => {
    const bare = { ...copyMachine(3), probes: {} };
    expect(names({ title: 't', subtitle: '', sequences: [bare] })).toEqual(['overview', 'strips']);
    expect(names({ title: 't', subtitle: '', sequences: [], curves: [fallingCurve()] })).toEqual(['curve']);
    expect(names({ title: 't', subtitle: '', sequences: [] })).toEqual([]);
    const empty = { ...copyMachine(3), ...emptyArrays(), probes: {} };
    expect(names({ title: 't', subtitle: '', sequences: [empty] })).toEqual([]);
  });

  it('gives pictures of several sequences names and titles of their own', () => {
    const record = { ...copyReport(), sequences: [copyMachine(2), copyMachine(5)] };
    const all = figures(record);
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
    expect(all.find(({ name }) => name === '2-heads')!.title).toBe('Where the heads point: length 5');
  });

  it('draws a sequence of one step, and one of 301', () => {
    const one = {
      name: 'one',
      inputs: array([1, 3], (_, i) => i / 2),
      targets: array([1, 2], () => 1),
      outputs: array([1, 2], () => 0.3),
      mask: array([1], () => 1),
      probes: {
        gate: array([1, 2], (_, i) => i),
        memory: array([1, 4, 3], (_, i, j) => i - j),
        usage: array([1, 12], () => 1),
      },
    };
    const long = copyMachine(150, 16, 2);
    for (const sequence of [one, long]) {
      for (const { svg } of figures({ ...copyReport(), sequences: [sequence] })) {
        const { width, height } = drawn(svg);
        expect(width).toBeGreaterThan(100);
        expect(width).toBeLessThan(1500);
        expect(height).toBeLessThan(1600);
      }
    }
  });

  it('draws NaN and infinity everywhere as what they are', () => {
    const machine = copyMachine(4);
    const broken = (shape: readonly number[]) =>
      array(
        shape,
        (...index) =>
          [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e38][index.at(-1)! % 4]!,
      );
    const sequence = {
      ...machine,
      outputs: broken(machine.outputs.shape),
      mask: array(machine.mask.shape, (t) => (t === 8 ? Number.NaN : machine.mask.data[t]!)),
      probes: Object.fromEntries(
        Object.entries(machine.probes).map(([name, { shape }]) => [name, broken(shape)]),
      ),
    };
    const evaluation = [Number.NaN, Number.POSITIVE_INFINITY, 1].map((value, i) => ({ sequences: i, value }));
    for (const { svg } of figures({
      ...copyReport(),
      sequences: [sequence],
      curves: [{ ...fallingCurve(), evaluation }],
    })) {
      drawn(svg);
      expect(svg.replaceAll('NaN, \u221e', '')).not.toMatch(/NaN|Infinity/);
    }
  });

  it('takes any name for a name', () => {
    const hostile = `</svg><script>alert(1)</script> "quoted" & \u0000\ud800 ]]> <!--`;
    const record: ReportRecord = {
      title: hostile,
      subtitle: hostile,
      facts: { [hostile]: hostile },
      sequences: [
        {
          ...copyMachine(2),
          name: hostile,
          probes: { [hostile]: array([5, 2, 12], () => 1) },
          inputNames: [hostile],
          outputNames: [hostile],
        },
      ],
      curves: [{ ...fallingCurve(), measure: hostile, lines: [{ name: hostile, value: 1 }] }],
    };
    for (const { svg, name } of figures(record)) {
      drawn(svg);
      expect(name).toMatch(/^[a-z0-9-]+$/);
      expect(svg).not.toContain('<script');
    }
    expect(page(record)).not.toContain('<script');
  });

  it('says itself in words: a title, a description and a role', () => {
    for (const { svg, name, title } of figures(copyReport())) {
      expect(svg).toContain(`role="img" aria-labelledby="${name}-title ${name}-description"`);
      expect(svg).toContain(`<title id="${name}-title">${title}</title>`);
      expect(svg).toMatch(new RegExp(`<desc id="${name}-description">.{20,}</desc>`));
      expect(svg.startsWith('<svg xmlns="http://www.w3.org/2000/svg"')).toBe(true);
    }
  });

  it('gives the same text for the same record', () => {
    expect(figures(copyReport())).toEqual(figures(copyReport()));
  });

  it.each([
    ['inputs', array([9, 3], () => 0), /^report: length 2: inputs: expected shape \[5,3\], got \[9,3\]$/],
    ['outputs', array([5, 2], () => 0), /^report: length 2: outputs: expected shape \[5,8\], got \[5,2\]$/],
    ['targets', array([5], () => 0), /^report: length 2: targets: expected shape \[5,\?\], got \[5\]$/],
    [
      'mask',
      { shape: [6], data: new Float32Array(5) },
      /^report: length 2: mask: expected 6 numbers for \[6\], got 5$/,
    ],
    ['mask', { shape: [-1], data: new Float32Array(5) }, /^report: length 2: mask: expected shape/],
    ['mask', { shape: [], data: new Float32Array(5) }, /^report: length 2: mask: expected shape/],
  ])('refuses %s that do not fit, in one line', (name, bad, message) => {
    const record = { ...copyReport(), sequences: [{ ...copyMachine(2), [name]: bad }] };
    expect(() => figures(record)).toThrow(message);
  });

  it('refuses a probe of another length', () => {
    const sequence = { ...copyMachine(2), probes: { usage: array([4, 12], () => 0) } };
    expect(() => figures({ ...copyReport(), sequences: [sequence] })).toThrow(
      'report: length 2: probes.usage: expected shape [5,12], got [4,12]',
    );
  });
});

function emptyArrays() {
  return {
    inputs: array([0, 9], () => 0),
    targets: array([0, 8], () => 0),
    outputs: array([0, 8], () => 0),
    mask: array([0], () => 0),
  };
}
