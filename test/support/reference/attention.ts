/** Causal attention in plain loops, over all tokens at once; positions as complex numbers that are turned. */
import type { Numbers, Sequence } from '../gradient-check.ts';
import { convolved, product, stackReference, type Vector } from './stack.ts';

/** What the reference needs to know of a cell. */
export interface AttentionReferenceOptions {
  readonly layers: number;
  readonly heads: number;
  readonly rotary: boolean;
  readonly convolution: boolean;
  /** Tokens that are attended to, the present one included. */
  readonly window: number;
}

/** Re(q conj(k)) over pairs, each turned by its time times its rate: the rates fall from 1 by powers of 10,000. */
function likeness(q: Vector, k: Vector, distance: number, rotary: boolean): number {
  if (!rotary) return q.reduce((sum, value, i) => sum + value * k[i]!, 0);
  const pairs = q.length / 2;
  let sum = 0;
  for (let i = 0; i < pairs; i++) {
    const angle = distance / 10_000 ** (i / pairs);
    const [re, im] = [Math.cos(angle), Math.sin(angle)];
    const along = q[i]! * k[i]! + q[i + pairs]! * k[i + pairs]!;
    const across = q[i]! * k[i + pairs]! - q[i + pairs]! * k[i]!;
    sum += re * along + im * across;
  }
  return sum;
}

function layer(o: AttentionReferenceOptions, params: Numbers, shown: Sequence): Sequence {
  const raw = shown.map((x) => product(x, params.kernel!));
  const rows = o.convolution ? convolved(raw, params.convolution!) : raw;
  const size = shown[0]!.length;
  const d = size / o.heads;
  return shown.map((_, t) => {
    const read = new Float64Array(size);
    for (let h = 0; h < o.heads; h++) {
      const of = (part: number, i: number) =>
        rows[i]!.subarray(part * size + h * d, part * size + (h + 1) * d);
      const first = Math.max(0, t - o.window + 1);
      const masses = Array.from({ length: t - first + 1 }, (__, i) =>
        Math.exp(likeness(of(0, t), of(1, first + i), t - first - i, o.rotary) / Math.sqrt(d)),
      );
      const total = masses.reduce((a, b) => a + b, 0);
      masses.forEach((mass, i) => {
        of(2, first + i).forEach((value, c) => {
          read[h * d + c]! += (mass / total) * value;
        });
      });
    }
    return product(read, params.output!);
  });
}

/** The whole stack. */
export const attentionReference = (o: AttentionReferenceOptions) =>
  stackReference(Array.from({ length: o.layers }, () => (params, shown) => layer(o, params, shown)));
