/**
 * Pictures under test: the SVG of small records, kept beside this file. A change shows in the picture itself:
 * open the two. Numbers are cut to two decimals by the report, so no digit of the last place can differ.
 */
import { describe, expect, it } from 'vitest';
import { comparisonFigures, figures, type ReportRecord } from '../../src/report/index.ts';
import { array, comparison, copyMachine, fallingCurve } from '../unit/report/examples.ts';

const curve = fallingCurve();
const copy: ReportRecord = {
  title: 'A Neural Turing Machine copies 6 vectors',
  subtitle: 'copy, ntm, 12 slots, seed 1',
  sequences: [copyMachine(6, 12, 4)],
  curves: [{ ...curve, solvedAt: 16_000, training: curve.training.filter((_, i) => i % 25 === 0) }],
};

const string = 'c9k8j3f1??c';
const symbols = [...'abcdefghijklmnopqrstuvwxyz0123456789?'];
const retrieval: ReportRecord = {
  title: 'Fast weights answer c9k8j3f1??c',
  subtitle: 'key-value-retrieval, fast-weights, seed 1',
  sequences: [
    {
      name: string,
      inputNames: symbols,
      outputNames: [...'0123456789'],
      inputs: array([11, 37], (t, i) => +(symbols[i] === string[t])),
      targets: array([11, 10], (t, i) => +(t === 10 && i === 9)),
      outputs: array([11, 10], (t, i) => (t < 10 ? 0.1 : i === 9 ? 0.82 : 0.02)),
      mask: array([11], (t) => +(t === 10)),
      probes: {
        hidden: array([11, 12], (t, i) => Math.max(0, ((t * 7 + i * 5) % 13) / 6 - 1)),
        fastWeightsMemory: array([11, 12, 12], (t, i, j) => (t * (((i * 3 + j * 7) % 11) - 5)) / 50),
      },
    },
  ],
  curves: [
    {
      measure: '% of answers wrong',
      log: false,
      training: [],
      evaluation: [90, 62, 61, 30, 5, 1].map((value, i) => ({ sequences: 100_000 * i, value })),
      lines: [
        { name: 'chance', value: 90 },
        { name: 'no binding', value: 61.65 },
      ],
    },
    {
      measure: 'bits per sequence',
      training: [3.3, 1.6, 1.3, 0.7, 0.2, 0.04].map((value, i) => ({ sequences: 100_000 * i, value })),
      evaluation: [3.32, 1.5, 1.4, 0.8, 0.15, 0.03].map((value, i) => ({ sequences: 100_000 * i, value })),
      lines: [{ name: 'solved', value: 0.1 }],
    },
  ],
};

describe.each([
  ['copy', copy],
  ['retrieval', retrieval],
] as const)('%s', (prefix, record) => {
  it.each(figures(record).map(({ name, svg }) => [name, svg] as const))('%s', async (name, svg) => {
    await expect(svg).toMatchFileSnapshot(`expected/report-${prefix}-${name}.svg`);
  });
});

it.each(comparisonFigures(comparison()).map(({ name, svg }) => [name, svg] as const))(
  'comparison %s',
  async (name, svg) => {
    await expect(svg).toMatchFileSnapshot(`expected/report-comparison-${name}.svg`);
  },
);
