/** Records to draw: a copy machine written by hand (no training), and the odd ones out. */
import type { NamedArray } from '../../../src/core/contracts.ts';
import { rng } from '../../../src/core/rng.ts';
import type {
  ComparisonRecord,
  CurveRecord,
  ReportRecord,
  SequenceRecord,
} from '../../../src/report/index.ts';

/** An array filled by its indices. */
export function array(shape: readonly number[], value: (...index: number[]) => number): NamedArray {
  const size = shape.reduce((a, b) => a * b, 1);
  const data = Float32Array.from({ length: size }, (_, flat) => {
    const index: number[] = [];
    for (let axis = shape.length - 1, rest = flat; axis >= 0; axis--) {
      index.unshift(rest % shape[axis]!);
      rest = Math.floor(rest / shape[axis]!);
    }
    return value(...index);
  });
  return { shape, data };
}

/** A machine that copies `length` vectors through `slots` slots, a little blurred, with one mistake. */
export function copyMachine(length = 20, slots = 32, width = 8): SequenceRecord {
  const stream = rng(1, 'example');
  const steps = 2 * length + 1;
  const bits = Array.from({ length }, () => Array.from({ length: width }, () => stream.integer(2)));
  const answer = (t: number) => t - length - 1;
  const bump = (distance: number) => Math.exp(-1.5 * distance * distance) * 0.85;
  const writeAt = (t: number) => Math.min(t, length) + 3;
  const readAt = (t: number) => (t <= length ? 3 : answer(t) + 3);
  const noise = array([steps, width], () => stream.uniform());
  const at = (t: number, i: number) => noise.data[t * width + i]!;
  return {
    name: `length ${length}`,
    inputs: array([steps, width + 1], (t, i) =>
      t < length ? (bits[t]![i] ?? 0) : +(t === length && i === width),
    ),
    targets: array([steps, width], (t, i) => (answer(t) < 0 ? 0 : bits[answer(t)]![i]!)),
    outputs: array([steps, width], (t, i) => {
      if (answer(t) < 0) return at(t, i);
      const right = bits[answer(t)]![i]!;
      return Math.abs(right - (t === steps - 4 && i === 2 ? 0.8 : 0.12 * at(t, i) ** 3));
    }),
    mask: array([steps], (t) => +(t > length)),
    probes: {
      writeWeights: array([steps, 1, slots], (t, _, n) => bump(n - writeAt(t)) * (t <= length ? 1 : 0.2)),
      readWeights: array([steps, 1, slots], (t, _, n) => bump(n - readAt(t))),
      writeGate: array([steps, 1], (t) => 1 / (1 + Math.exp(t - length))),
      readStrength: array([steps, 1], (t) => 2 + 9 * +(t > length) + 2 * Math.sin(t)),
      readShift: array([steps, 1, 3], (t, _, s) => (t > length ? [0.02, 0.05, 0.93] : [0.1, 0.8, 0.1])[s]!),
      readSharpening: array([steps, 1], (t) => 1 + 10 * Math.abs(Math.cos(t / 5))),
      usage: array([steps, slots], (t, n) =>
        n - 3 < Math.min(t, length) && n >= 3 ? 1 - 0.02 * (t - n) : 0,
      ),
      memory: array([steps, slots, width + 4], (t, n, w) =>
        n - 3 < Math.min(t, length) && n >= 3 ? (bits[n - 3]![w % width]! * 2 - 1) * (0.4 + 0.05 * w) : 0.01,
      ),
    },
  };
}

/** A curve that falls from chance to solved. */
export function fallingCurve(): CurveRecord {
  const evaluation = Array.from({ length: 26 }, (_, i) => ({
    sequences: 1000 * i,
    value: 84 * 0.62 ** i * (1 + 0.2 * Math.sin(3 * i)) + 0.004,
  }));
  const stream = rng(2, 'curve');
  const training = Array.from({ length: 1250 }, (_, i) => ({
    sequences: 20 * i,
    value: 84 * 0.62 ** (i / 50) * (0.6 + 0.8 * stream.uniform()) + 0.003,
  }));
  const lines = [
    { name: 'chance', value: 84 },
    { name: 'solved', value: 0.05 },
  ];
  return { measure: 'bits per sequence', training, evaluation, lines };
}

/** A whole report on the copy machine. */
export function copyReport(): ReportRecord {
  return {
    title: 'A Neural Turing Machine copies 20 vectors',
    subtitle: 'copy, ntm, 32 slots of 12, seed 1',
    facts: { task: 'copy', cell: 'ntm', seed: '1', sequences: '25,000' },
    sequences: [copyMachine()],
    curves: [fallingCurve()],
  };
}

/** Three runs: one that falls fast, one that falls slowly, and one of no recorded times that falls as fast as the first. */
export function comparison(): ComparisonRecord {
  const falling = (rate: number, seconds: number | undefined) =>
    Array.from({ length: 20 }, (_, i) => ({
      sequences: 1000 * (i + 1),
      value: 84 * rate ** i + 0.01,
      ...(seconds !== undefined && { seconds: seconds * (i + 1) }),
    }));
  return {
    title: 'copy: 3 runs',
    subtitle: 'small, large, again',
    measures: [
      {
        name: 'bits per sequence',
        lines: [
          { name: 'chance', value: 84 },
          { name: 'solved', value: 0.05 },
        ],
      },
    ],
    runs: [
      { key: 'A', name: 'small', note: 'solved after 15,000 sequences', curves: [falling(0.6, 1)] },
      { key: 'B', name: 'large', note: 'best 1.5', curves: [falling(0.8, 4)] },
      { key: 'C', name: 'again', note: 'solved after 15,000 sequences', curves: [falling(0.601, undefined)] },
    ],
    table: [
      { name: 'cell.slots', values: ['16', '64', '16'] },
      { name: 'parameters', values: ['1,000', '4,000', '1,000'] },
    ],
  };
}
