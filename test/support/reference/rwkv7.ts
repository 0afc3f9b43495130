/**
 * RWKV-7 in plain loops, backward in time: what a receptance finds is followed through the transitions
 * G = Diag(w) - kh (a kh)' of all tokens since, and no matrix is ever kept.
 *   o_t = sum over i of v_i (kt_i . G_{i+1} ... G_t r_t)
 */
import type { Numbers, Sequence } from '../gradient-check.ts';
import { dot, product, sigmoid, stackReference, type Vector } from './stack.ts';

export interface Rwkv7ReferenceOptions {
  readonly layers: number;
  readonly heads: number;
}

/** One head's token. */
interface Token {
  readonly r: Vector;
  readonly w: Vector;
  readonly kt: Vector;
  readonly kh: Vector;
  readonly a: Vector;
  readonly v: Vector;
}

function tokenOf(params: Numbers, { now, before, heads }: { now: Vector; before: Vector; heads: number }) {
  const mixed = (z: string) => now.map((x, i) => x + (before[i]! - x) * params[`mix.${z}`]![i]!);
  const between = (name: string, x: Vector, f: (value: number) => number) =>
    product(product(x, params[`${name}.down`]!).map(f), params[`${name}.up`]!);
  const r = product(mixed('r'), params.receptance!);
  const k = product(mixed('k'), params.key!);
  const v = product(mixed('v'), params.value!);
  const w = between('decay', mixed('w'), Math.tanh).map((x, i) =>
    Math.exp(-sigmoid(params['decay.bias']![i]! + x) / Math.sqrt(Math.E)),
  );
  const a = between('rate', mixed('a'), (x) => x).map((x, i) => sigmoid(params['rate.bias']![i]! + x));
  const kt = k.map((x, i) => x * (1 - params.replacement![i]! + a[i]! * params.replacement![i]!));
  const N = now.length / heads;
  const tokens = Array.from({ length: heads }, (_, h): Token => {
    const own = (x: Vector) => x.slice(h * N, (h + 1) * N);
    const raw = own(k.map((x, i) => x * params.removal![i]!));
    const length = Math.sqrt(dot(raw, raw) + 1e-6);
    return { r: own(r), w: own(w), kt: own(kt), kh: raw.map((x) => x / length), a: own(a), v: own(v) };
  });
  return { tokens, gate: between('gate', mixed('g'), sigmoid) };
}

/** What a head reads at time t. */
function read(tokens: readonly Token[], t: number): Vector {
  const found = new Float64Array(tokens[t]!.v.length);
  let sought = tokens[t]!.r;
  for (let i = t; i >= 0; i--) {
    const { kt, kh, w, a, v } = tokens[i]!;
    const weight = dot(kt, sought);
    v.forEach((x, j) => {
      found[j]! += weight * x;
    });
    const rated = kh.map((x, j) => a[j]! * x);
    const along = dot(rated, sought);
    sought = sought.map((x, j) => w[j]! * x - kh[j]! * along);
  }
  return found;
}

function layer({ heads }: Rwkv7ReferenceOptions, params: Numbers, shown: Sequence): Sequence {
  const seen = shown.map((now, t) =>
    tokenOf(params, { now, before: shown[t - 1] ?? new Float64Array(now.length), heads }),
  );
  return shown.map((_, t) => {
    const answers = Array.from({ length: heads }, (_, h) => {
      const tokens = seen.map((token) => token.tokens[h]!);
      const { r, kt, v } = tokens[t]!;
      const o = read(tokens, t);
      const N = o.length;
      const mean = o.reduce((a, b) => a + b) / N;
      const deviation = Math.sqrt(o.reduce((sum, x) => sum + (x - mean) ** 2, 0) / N + 64e-5);
      const of = (name: string, i: number) => params[name]![h * N + i]!;
      const bonus = r.reduce((sum, x, i) => sum + x * kt[i]! * of('bonus', i), 0);
      return [...o].map(
        (x, i) => ((x - mean) / deviation) * of('norm.gain', i) + of('norm.bias', i) + bonus * v[i]!,
      );
    }).flat();
    return product(
      seen[t]!.gate.map((g, i) => g * answers[i]!),
      params.output!,
    );
  });
}

/** The whole stack. */
export const rwkv7Reference = (options: Rwkv7ReferenceOptions) =>
  stackReference(
    Array.from({ length: options.layers }, () => (params, shown) => layer(options, params, shown)),
  );
