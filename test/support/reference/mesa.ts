/** MesaNet in plain loops: at each time, sums over all tokens so far, and the system solved by elimination. */
import type { Numbers, Sequence } from '../gradient-check.ts';
import { product, rmsNorm, sigmoid, silu, stackReference, type Vector } from './stack.ts';
import { convolve, unit } from './titans.ts';

export interface MesaReferenceOptions {
  readonly layers: number;
  readonly heads: number;
}

/** x of A x = b by elimination with the largest pivot. */
export function eliminate(A: readonly Vector[], b: Vector): Vector {
  const n = b.length;
  const rows = A.map((row, i) => Float64Array.from([...row, b[i]!]));
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let i = column + 1; i < n; i++)
      if (Math.abs(rows[i]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = i;
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    for (let i = 0; i < n; i++) {
      if (i === column) continue;
      const factor = rows[i]![column]! / rows[column]![column]!;
      rows[i] = rows[i]!.map((value, j) => value - factor * rows[column]![j]!);
    }
  }
  return Float64Array.from(rows, (row, i) => row[n]! / row[i]!);
}

/** One head's token. */
export interface MesaToken {
  readonly k: Vector;
  readonly v: Vector;
  readonly beta: number;
  readonly gamma: number;
}

/** What the least-squares fit of all tokens, each weighed by beta and all gammas since, answers to q. */
export function leastSquares(tokens: readonly MesaToken[], lambda: Vector, q: Vector): Vector {
  const d = q.length;
  const weights = tokens.map(({ beta }, i) =>
    tokens.slice(i + 1).reduce((weight, { gamma }) => weight * gamma, beta),
  );
  const sumOf = (entry: (token: MesaToken) => number) =>
    tokens.reduce((sum, token, i) => sum + weights[i]! * entry(token), 0);
  const A = Array.from({ length: d }, (_, i) =>
    Float64Array.from({ length: d }, (_, j) => sumOf(({ k }) => k[i]! * k[j]!) + (i === j ? lambda[i]! : 0)),
  );
  const x = eliminate(A, q);
  return Float64Array.from({ length: tokens[0]!.v.length }, (_, r) =>
    x.reduce((sum, value, j) => sum + value * sumOf(({ k, v }) => v[r]! * k[j]!), 0),
  );
}

function layer({ heads }: MesaReferenceOptions, params: Numbers, shown: Sequence): Sequence {
  const d = params.norm!.length;
  const width = heads * d;
  const all = shown.map((x) => product(x, params.kernel!));
  const seen = convolve(params.convolution, all, 2 * width);
  const tokens = all.map((row, t) =>
    Array.from({ length: heads }, (_, h) => {
      const part = (from: Vector, index: number) =>
        from.slice(index * width + h * d, index * width + (h + 1) * d);
      const beta = sigmoid(row[4 * width + h]! + params['rates.beta']![h]!);
      const gamma = sigmoid(row[4 * width + heads + h]! + params['rates.gamma']![h]!);
      return {
        q: unit(part(seen[t]!, 0)),
        k: unit(part(seen[t]!, 1)),
        v: part(row, 2),
        beta,
        gamma: gamma * (1 - Math.fround(0.0025) * beta * beta),
      };
    }),
  );
  return all.map((row, t) => {
    const outputs = Array.from({ length: heads }, (_, h) => {
      const lambda = params
        .lambda!.slice(h * d, (h + 1) * d)
        .map((value) => 0.25 + Math.log1p(Math.exp(value)));
      const own = tokens.slice(0, t + 1).map((token) => token[h]!);
      return [...rmsNorm(leastSquares(own, lambda, own[t]!.q), params.norm!)];
    }).flat();
    const gate = row.slice(3 * width, 4 * width);
    return product(
      gate.map((g, i) => silu(g) * outputs[i]!),
      params.output!,
    );
  });
}

/** The whole stack. */
export const mesaReference = (o: MesaReferenceOptions) =>
  stackReference(Array.from({ length: o.layers }, () => (params, shown) => layer(o, params, shown)));
