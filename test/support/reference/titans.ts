/**
 * Titans and TTT-Linear in plain loops, with whole matrices: the inner norm's gradient by its Jacobian, written out, and M and
 * b as one matrix of d by d + 1 that sees keys with a 1 behind them.
 */
import type { Numbers, Sequence } from '../gradient-check.ts';
import { dot, product, rmsNorm, sigmoid, silu, stackReference, type Vector } from './stack.ts';

export interface TitansReferenceOptions {
  readonly memory: 'titans' | 'ttt';
  readonly layers: number;
  readonly heads: number;
  readonly momentum: 'learned' | 'none';
  readonly forgetting: 'learned' | 'none';
  readonly target: 'value' | 'difference';
  readonly convolution: boolean;
}

/** As the constants of a graph are: in float32. */
const EPSILON = Math.fround(1e-6);

/** What is convolved, by time and channel; the first kernel columns. */
export function convolve(kernel: Vector | undefined, all: Sequence, width: number): Sequence {
  return all.map((now, t) =>
    now.slice(0, width).map((value, c) => {
      if (!kernel) return value;
      let sum = 0;
      for (let back = 0; back < 4 && back <= t; back++)
        sum += kernel[(3 - back) * width + c]! * all[t - back]![c]!;
      return sum;
    }),
  );
}

/** phi and length 1. */
export function unit(x: Vector): Vector {
  const mapped = x.map(silu);
  const length = Math.sqrt(dot(mapped, mapped) + EPSILON);
  return mapped.map((value) => value / length);
}

function head(o: TitansReferenceOptions, params: Numbers, h: number) {
  const d = params.norm!.length;
  const inner = o.memory === 'ttt';
  const own = (name: string, size: number) => params[name]!.slice(h * size, (h + 1) * size);
  const [gain, shift] = inner ? [own('inner.gain', d), own('inner.shift', d)] : [];
  const start = inner ? own('start.memory', d * d) : new Float64Array(d * d);
  const begun = inner ? own('start.bias', d) : new Float64Array(d);
  // The last column is b.
  let M = Array.from({ length: d }, (_, i) =>
    Float64Array.from({ length: d + 1 }, (_, j) => (j < d ? start[i * d + j]! : begun[i]!)),
  );
  let P = M.map((row) => row.map(() => 0));
  const widened = (x: Vector) => Float64Array.from([...x, inner ? 1 : 0]);
  const through = (x: Vector) => Float64Array.from(M, (row) => dot(row, widened(x)));
  const normed = (z: Vector) => {
    const mean = z.reduce((a, b) => a + b) / d;
    const deviation = Math.sqrt(z.reduce((sum, value) => sum + (value - mean) ** 2, 0) / d + EPSILON);
    return { values: z.map((value) => (value - mean) / deviation), deviation };
  };
  const answered = (z: Vector) =>
    inner ? normed(z).values.map((value, i) => value * gain![i]! + shift![i]!) : z;
  const gradient = (z: Vector, target: Vector) => {
    const slope = answered(z).map((value, i) => 2 * (value - target[i]!));
    if (!inner) return slope;
    const { values, deviation } = normed(z);
    return z.map((_, j) =>
      slope.reduce((sum, s, i) => {
        const jacobian = ((i === j ? 1 : 0) - 1 / d - (values[i]! * values[j]!) / d) / deviation;
        return sum + s * gain![i]! * jacobian;
      }, 0),
    );
  };
  return (q: Vector, k: Vector, v: Vector, rates: { alpha: number; eta: number; theta: number }): Vector => {
    const difference = o.target === 'difference';
    const g = gradient(through(k), difference ? v.map((value, i) => value - k[i]!) : v);
    const theta = inner ? rates.theta / d : rates.theta;
    P = P.map((row, i) => row.map((value, j) => rates.eta * value - theta * g[i]! * widened(k)[j]!));
    M = M.map((row, i) => row.map((value, j) => (1 - rates.alpha) * value + P[i]![j]!));
    const read = answered(through(q));
    return difference ? read.map((value, i) => value + q[i]!) : read;
  };
}

function layer(o: TitansReferenceOptions, params: Numbers, shown: Sequence): Sequence {
  const d = params.norm!.length;
  const width = o.heads * d;
  const all = shown.map((x) => product(x, params.kernel!));
  const seen = convolve(params.convolution, all, 3 * width);
  const steps = Array.from({ length: o.heads }, (_, h) => head(o, params, h));
  const rates = [
    ...(o.forgetting === 'learned' ? ['alpha'] : []),
    ...(o.momentum === 'learned' ? ['eta'] : []),
    'theta',
  ];
  return all.map((row, t) => {
    const outputs = steps.flatMap((step, h) => {
      const part = (index: number) => seen[t]!.slice(index * width + h * d, index * width + (h + 1) * d);
      const rate = (name: string) => {
        const at = rates.indexOf(name);
        return at < 0 ? 0 : sigmoid(row[4 * width + at * o.heads + h]! + params[`rates.${name}`]![h]!);
      };
      const v = o.convolution ? part(2).map(silu) : part(2);
      const read = step(unit(part(0)), unit(part(1)), v, {
        alpha: rate('alpha'),
        eta: rate('eta'),
        theta: rate('theta'),
      });
      return [...rmsNorm(read, params.norm!)];
    });
    const gate = row.slice(3 * width, 4 * width);
    return product(
      gate.map((g, i) => silu(g) * outputs[i]!),
      params.output!,
    );
  });
}

/** The whole stack. */
export const titansReference = (o: TitansReferenceOptions) =>
  stackReference(Array.from({ length: o.layers }, () => (params, shown) => layer(o, params, shown)));
