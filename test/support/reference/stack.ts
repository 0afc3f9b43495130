/** The residual stack in plain loops, around the reference of one layer, and what such references share. */
import type { Numbers, Reference, Sequence } from '../gradient-check.ts';

export type Vector = Float64Array;
export const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
export const silu = (x: number) => x * sigmoid(x);
export const dot = (a: Vector, b: Vector) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

export function rmsNorm(x: Vector, gain: Vector): Vector {
  const root = Math.sqrt(dot(x, x) / x.length + 1e-5);
  return x.map((value, i) => (gain[i]! * value) / root);
}

/** x' K for a row-major kernel with so many columns. */
export function product(x: Vector, kernel: Vector): Vector {
  const columns = kernel.length / x.length;
  return Float64Array.from({ length: columns }, (_, j) =>
    x.reduce((sum, value, i) => sum + value * kernel[i * columns + j]!, 0),
  );
}

/** What each channel sees of its own last four numbers, nothing before the first. @param kernel [4,C], the newest last */
export function convolved(rows: Sequence, kernel: Vector): Sequence {
  return rows.map((now, t) =>
    now.map((_, c) => {
      let sum = 0;
      for (let back = 0; back < 4 && back <= t; back++)
        sum += kernel[(3 - back) * now.length + c]! * rows[t - back]![c]!;
      return sum;
    }),
  );
}

/** What is under a prefix, by the rest of its path. */
function under(params: Numbers, prefix: string): Numbers {
  const own = Object.entries(params).filter(([path]) => path.startsWith(prefix));
  return Object.fromEntries(own.map(([path, values]) => [path.slice(prefix.length), values]));
}

/** x = W u + b, then x + layer(RMSNorm(x)) for each, then RMSNorm. A layer maps all that it is shown, from the first on. */
export function stackReference(layers: readonly Reference[]): Reference {
  return (params, inputs) => {
    const bias = params['input.bias']!;
    const kernel = params['input.kernel'];
    let stream: Sequence = inputs.map((input) => {
      const shown = kernel ? product(input, kernel) : input;
      return bias.map((value, i) => value + shown[i]!);
    });
    layers.forEach((layer, l) => {
      const normed = stream.map((x) => rmsNorm(x, params[`layers.${l}.norm`]!));
      const added = layer(under(params, `layers.${l}.layer.`), normed);
      stream = stream.map((x, t) => x.map((value, i) => value + added[t]![i]!));
    });
    return stream.map((x) => rmsNorm(x, params.norm!));
  };
}
