/**
 * mLSTM in plain loops, as attention over all that was shown, and without its stabilizer:
 *   h_t = sum over s of D_ts (q_t k_s / sqrt(d)) v_s / max(|sum over s of D_ts (q_t k_s / sqrt(d))|, 1)
 *   D_ts = exp(i_s) sigmoid(f_{s+1}) ... sigmoid(f_t)
 */
import type { Numbers, Sequence } from '../gradient-check.ts';
import { dot, product, sigmoid, silu, stackReference, type Vector } from './stack.ts';
import { convolved, normalizedHead } from './xlstm.ts';

export interface MlstmReferenceOptions {
  readonly layers: number;
  readonly heads: number;
  readonly convolution: boolean;
}

/** Each four numbers by a 4 x 4 kernel of their own. */
function byFours(x: Vector, kernels: Vector): Vector {
  return x.map((_, at) => {
    const [block, column] = [Math.floor(at / 4), at % 4];
    let sum = 0;
    for (let row = 0; row < 4; row++) sum += x[4 * block + row]! * kernels[16 * block + 4 * row + column]!;
    return sum;
  });
}

/** One head's token. */
interface Token {
  readonly q: Vector;
  readonly k: Vector;
  readonly v: Vector;
  readonly i: number;
  readonly logF: number;
}

/** What a head reads at time t. The code adds 1e-6 to what it divides by after that was divided by exp(m). */
function read(tokens: readonly Token[], t: number): Vector {
  const { q } = tokens[t]!;
  // Constants of the graph are float32.
  const [scale, epsilon] = [Math.fround(q.length ** -0.5), Math.fround(1e-6)];
  const numerator = new Float64Array(q.length);
  let total = 0;
  let faded = 0;
  let m = Number.NEGATIVE_INFINITY;
  for (let s = t; s >= 0; s--) {
    const { k, v, i, logF } = tokens[s]!;
    const weight = Math.exp(i + faded) * dot(q, k) * scale;
    v.forEach((x, j) => {
      numerator[j]! += weight * x;
    });
    total += weight;
    m = Math.max(m, i + faded);
    faded += logF;
  }
  // The stabilizer began at 0, and faded with everything else.
  m = Math.max(m, faded);
  const divisor = Math.max(Math.abs(total), 1) + epsilon * Math.exp(m);
  return numerator.map((x) => x / divisor);
}

function layer(o: MlstmReferenceOptions, params: Numbers, shown: Sequence): Sequence {
  const { heads } = o;
  const inner = params.skip!.length;
  const d = inner / heads;
  const both = shown.map((x) => product(x, params.up!));
  const u = both.map((x) => x.subarray(0, inner));
  const c = o.convolution ? convolved(params, u) : u;
  const tokens = u.map((now, t) => {
    const q = byFours(c[t]!, params.query!);
    const k = byFours(c[t]!, params.key!);
    const v = byFours(now, params.value!);
    const gates = product(Float64Array.from([...q, ...k, ...v]), params['gates.kernel']!);
    return Array.from({ length: heads }, (_, h): Token => {
      const own = (x: Vector) => x.slice(h * d, (h + 1) * d);
      const gate = (at: number) => gates[at]! + params['gates.bias']![at]!;
      return { q: own(q), k: own(k), v: own(v), i: gate(h), logF: Math.log(sigmoid(gate(heads + h))) };
    });
  });
  return shown.map((_, t) => {
    const normed = Array.from({ length: heads }, (_, h) => [
      ...normalizedHead(
        read(
          tokens.map((token) => token[h]!),
          t,
        ),
      ),
    ]).flat();
    const gated = normed.map(
      (x, j) => (x * params.norm![j]! + params.skip![j]! * c[t]![j]!) * silu(both[t]![inner + j]!),
    );
    return product(Float64Array.from(gated), params.down!);
  });
}

/** The whole stack. */
export const mlstmReference = (o: MlstmReferenceOptions) =>
  stackReference(Array.from({ length: o.layers }, () => (params, shown) => layer(o, params, shown)));
