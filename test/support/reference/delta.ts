/**
 * The linear family in plain loops, each rule in another form than the recurrence: sums as attention over all that was
 * shown, delta rules by the matrix that a token multiplies the memory with, diag(alpha) (I - beta k k') written out.
 */
import type { Numbers, Sequence } from '../gradient-check.ts';
import { convolved, dot, product, rmsNorm, sigmoid, silu, stackReference, type Vector } from './stack.ts';

/** What the reference needs to know of a cell; nothing is left open. */
export interface DeltaReferenceOptions {
  readonly rule: 'sum' | 'delta' | 'gated-sum' | 'gated-delta' | 'product' | 'gated-product';
  readonly layers: number;
  readonly heads: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly featureMap: 'silu' | 'elu' | 'relu' | 'dpfp' | 'identity';
  readonly nu: number;
  readonly normalization: 'attention' | 'sum' | 'l2' | 'none';
  readonly gate: 'scalar' | 'channel';
  readonly negativeEigenvalues: boolean;
  readonly steps: number;
  readonly convolution: boolean;
}

const softplus = (x: number) => Math.log1p(Math.exp(x));

const maps: Record<DeltaReferenceOptions['featureMap'], (x: Vector, nu: number) => number[]> = {
  silu: (x) => [...x].map(silu),
  elu: (x) => [...x].map((value) => (value > 0 ? value + 1 : Math.exp(value))),
  relu: (x) => [...x].map((value) => Math.max(0, value)),
  identity: (x) => [...x],
  dpfp(x, nu) {
    const both = [...x, ...x.map((value) => -value)].map((value) => Math.max(0, value));
    const products: number[] = [];
    for (let j = 1; j <= nu; j++)
      for (let i = 0; i < both.length; i++) products.push(both[i]! * both[(i + j) % both.length]!);
    return products;
  },
};

function features(o: DeltaReferenceOptions, x: Vector, query: boolean): Vector {
  const phi = Float64Array.from(maps[o.featureMap](x, o.nu));
  const scale = query ? 1 / Math.sqrt(phi.length) : 1;
  if (o.normalization === 'attention') return phi;
  if (o.normalization === 'sum') {
    const sum = phi.reduce((a, b) => a + b, 0);
    return phi.map((value) => value / (sum + 1e-6));
  }
  const length = o.normalization === 'l2' ? Math.sqrt(dot(phi, phi) + 1e-6) : 1;
  return phi.map((value) => (value / length) * scale);
}

/** One head's tokens. */
interface Token {
  readonly q: Vector;
  readonly k: readonly Vector[];
  readonly v: readonly Vector[];
  readonly beta: readonly number[];
  readonly alpha: Vector;
  readonly dt: number;
}

/** o_t = sum_i v_i w_i (k_i decayed by all gates after i)' q_t, over the sum of weights where that is asked for. */
function attend(o: DeltaReferenceOptions, tokens: readonly Token[]): Vector[] {
  return tokens.map(({ q }, t) => {
    const out = new Float64Array(o.valueSize);
    let total = 0;
    for (let i = 0; i <= t; i++) {
      const kept = tokens[i]!.k[0]!.map((value, c) => {
        let faded = value;
        for (let j = i + 1; j <= t; j++) faded *= tokens[j]!.alpha[c]!;
        return faded;
      });
      const weight = dot(kept, q) * (o.rule === 'gated-sum' && o.gate === 'scalar' ? tokens[i]!.dt : 1);
      total += weight;
      for (let r = 0; r < o.valueSize; r++) out[r]! += weight * tokens[i]!.v[0]![r]!;
    }
    return o.normalization === 'attention' ? out.map((value) => value / (total + 1e-6)) : out;
  });
}

/** S <- S Diag(alpha), then S <- S (I - beta_j k_j k_j') + beta_j v_j k_j' for each j, by whole matrices. */
function correct(o: DeltaReferenceOptions, tokens: readonly Token[]): Vector[] {
  const size = tokens[0]!.q.length;
  let S = Array.from({ length: o.valueSize }, () => new Float64Array(size));
  return tokens.map(({ q, k, v, beta, alpha }) => {
    for (let j = 0; j < o.steps; j++) {
      const key = k[j]!;
      const transition = Array.from({ length: size }, (_, a) =>
        Float64Array.from(
          { length: size },
          (_, b) => (j === 0 ? alpha[a]! : 1) * ((a === b ? 1 : 0) - beta[j]! * key[a]! * key[b]!),
        ),
      );
      S = S.map((row, r) =>
        row.map((_, b) => {
          const kept = row.reduce((sum, value, a) => sum + value * transition[a]![b]!, 0);
          return kept + beta[j]! * v[j]![r]! * key[b]!;
        }),
      );
    }
    return Float64Array.from(S, (row) => dot(row, q));
  });
}

/** Consecutive parts of a vector. */
function* parts(x: Vector): Generator<Vector, never, number> {
  let from = 0;
  let size = yield x;
  for (;;) {
    from += size;
    size = yield x.subarray(from - size, from);
  }
}

/** What each token is to each head. */
function tokensOf(o: DeltaReferenceOptions, params: Numbers, shown: Sequence): Token[][] {
  const { heads, keySize, valueSize, steps } = o;
  const wide = heads * (keySize + steps * (keySize + valueSize));
  const all = shown.map((x) => product(x, params.kernel!));
  const raw = all.map((now) => now.subarray(0, wide));
  const seen = o.convolution ? convolved(raw, params.convolution!) : raw;
  const reads = !o.rule.endsWith('sum');
  const gated = o.rule.startsWith('gated');
  return Array.from({ length: heads }, (_, h) =>
    seen.map((row, t): Token => {
      const take = parts(row);
      take.next();
      const next = (size: number) => take.next(heads * size).value.slice(h * size, (h + 1) * size);
      const q = features(o, next(keySize), true);
      const k = Array.from({ length: steps }, () => features(o, next(keySize), false));
      const v = Array.from({ length: steps }, () => {
        const value = next(valueSize);
        return o.convolution ? value.map(silu) : value;
      });
      const rest = all[t]!.subarray(wide + heads * valueSize);
      const beta = Array.from({ length: steps }, (_, j) =>
        reads ? (o.negativeEigenvalues ? 2 : 1) * sigmoid(rest[j * heads + h]!) : 1,
      );
      const raw = rest.subarray(reads ? steps * heads : 0);
      const channels = o.gate === 'channel' ? q.length : 1;
      const dt = (c: number) =>
        softplus(raw[h * channels + (c % channels)]! + params['decay.bias']![h * channels + (c % channels)]!);
      const alpha = q.map((_, c) => (gated ? Math.exp(-Math.exp(params['decay.A']![h]!) * dt(c)) : 1));
      return { q, k, v, beta, alpha, dt: gated ? dt(0) : 1 };
    }),
  );
}

function layer(o: DeltaReferenceOptions, params: Numbers, shown: Sequence): Sequence {
  const { heads, keySize, valueSize, steps } = o;
  const wide = heads * (keySize + steps * (keySize + valueSize));
  const read = tokensOf(o, params, shown).map((tokens) =>
    (o.rule.endsWith('sum') ? attend : correct)(o, tokens),
  );
  return shown.map((x, t) => {
    const gate = product(x, params.kernel!).subarray(wide, wide + heads * valueSize);
    const normed = read.flatMap((outputs) => [...rmsNorm(outputs[t]!, params.norm!)]);
    return product(
      gate.map((g, i) => silu(g) * normed[i]!),
      params.output!,
    );
  });
}

/** The whole stack. */
export const deltaReference = (o: DeltaReferenceOptions) =>
  stackReference(Array.from({ length: o.layers }, () => (params, shown) => layer(o, params, shown)));
