/** sLSTM in plain loops, its memory summed up anew at every step and without a stabilizer: every past write by its weight. */
import type { Numbers, Sequence } from '../gradient-check.ts';
import { sigmoid, stackReference, type Vector } from './stack.ts';
import { convolved, normalizedHead } from './xlstm.ts';

export interface SlstmReferenceOptions {
  readonly layers: number;
  readonly heads: number;
  readonly convolution: boolean;
}

/** What one cell was shown: before their functions. */
interface Shown {
  readonly i: number;
  readonly f: number;
  readonly z: number;
}

/** Everything that was written, faded by every forget gate since, over the sum of its weights. */
function remembered(shown: readonly Shown[]): number {
  let [written, weights] = [0, 0];
  shown.forEach(({ i, z }, s) => {
    const faded = shown.slice(s + 1).reduce((share, later) => share * sigmoid(later.f), 1);
    written += Math.exp(i) * faded * Math.tanh(z);
    weights += Math.exp(i) * faded;
  });
  return written / weights;
}

function layer(o: SlstmReferenceOptions, params: Numbers, inputs: Sequence): Sequence {
  const size = params.norm!.length;
  const d = size / o.heads;
  const seen = o.convolution ? convolved(params, inputs) : inputs;
  let hidden = new Float64Array(size);
  const cells: Shown[][] = Array.from({ length: size }, () => []);
  return inputs.map((x, t) => {
    const next = new Float64Array(size);
    for (let head = 0; head < o.heads; head++)
      for (let j = 0; j < d; j++) {
        /** Gate g of i, f, z, o: its column is g d + j in R and b, and within its half of W. */
        const raw = (g: number) => {
          const from = g < 2 ? seen[t]! : x;
          const kernel = params[g < 2 ? 'gates' : 'writing']!;
          let sum = params.bias![head * 4 * d + g * d + j]!;
          for (let k = 0; k < d; k++) {
            sum += from[head * d + k]! * kernel[head * d * 2 * d + k * 2 * d + (g % 2) * d + j]!;
            sum += hidden[head * d + k]! * params.recurrent![head * d * 4 * d + k * 4 * d + g * d + j]!;
          }
          return sum;
        };
        const own = cells[head * d + j]!;
        own.push({ i: raw(0), f: raw(1), z: raw(2) });
        next[head * d + j] = sigmoid(raw(3)) * remembered(own);
      }
    hidden = next;
    return Float64Array.from(
      Array.from(
        { length: o.heads },
        (_, head): Vector =>
          normalizedHead(hidden.slice(head * d, (head + 1) * d)).map(
            (v, j) => v * params.norm![head * d + j]!,
          ),
      ).flatMap((v) => [...v]),
    );
  });
}

/** The whole stack. */
export const slstmReference = (o: SlstmReferenceOptions) =>
  stackReference(Array.from({ length: o.layers }, () => (params, shown) => layer(o, params, shown)));
