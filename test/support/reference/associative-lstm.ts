/** Associative LSTM layers in plain loops, from Danihelka et al. 2016: number by number, real and imaginary parts apart. */
import type { Numbers, Sequence } from '../gradient-check.ts';

export interface AssociativeLstmReferenceOptions {
  readonly size: number;
  readonly copies: number;
  readonly layers: number;
  readonly recurrentUpdate: boolean;
  /** For each layer and copy, which number of a key stands in each place. */
  readonly orders: readonly (readonly (readonly number[])[])[];
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** A complex number divided by its modulus where that is above 1. */
function bounded([re, im]: readonly [number, number]): [number, number] {
  const length = Math.hypot(re, im);
  return length > 1 ? [re / length, im / length] : [re, im];
}

/** Stacked layers from their learned start, with empty memories. */
export const associativeLstmReference =
  ({ size, copies, layers, recurrentUpdate, orders }: AssociativeLstmReferenceOptions) =>
  (params: Numbers, inputs: Sequence): Sequence => {
    const n = size / 2;
    const h = Array.from({ length: layers }, (_, l) => params[`layers.${l}.start`]!);
    /** By layer, copy and place. */
    const memory = Array.from({ length: layers }, () =>
      Array.from({ length: copies }, () => Array.from({ length: n }, () => [0, 0] as [number, number])),
    );
    return inputs.map((input) => {
      let below = input;
      for (let l = 0; l < layers; l++) {
        const last = h[l]!;
        const sum = (name: string, column: number, seesLast: boolean) => {
          const bias = params[`layers.${l}.${name}bias`]!;
          const kernel = params[`layers.${l}.${name}kernel`]!;
          let total = bias[column]!;
          below.forEach((value, i) => {
            total += value * kernel[i * bias.length + column]!;
          });
          if (seesLast)
            last.forEach((value, j) => {
              total += value * kernel[(below.length + j) * bias.length + column]!;
            });
          return total;
        };
        /** Columns: f, i, o, then r_i and r_o, each with its real parts first. */
        const gate = (which: number, k: number) => sigmoid(sum('', which * n + k, true));
        const key = (which: number, k: number) =>
          bounded([sum('', (3 + 2 * which) * n + k, true), sum('', (4 + 2 * which) * n + k, true)]);
        const next = new Float64Array(size);
        for (let k = 0; k < n; k++) {
          const u = bounded([sum('update.', k, recurrentUpdate), sum('update.', n + k, recurrentUpdate)]);
          const value = u.map((part) => gate(1, k) * part) as [number, number];
          let [re, im] = [0, 0];
          for (let s = 0; s < copies; s++) {
            const from = orders[l]![s]![k]!;
            const cell = memory[l]![s]!;
            const written = key(0, from);
            cell[k] = [
              gate(0, k) * cell[k]![0] + written[0] * value[0] - written[1] * value[1],
              gate(0, k) * cell[k]![1] + written[0] * value[1] + written[1] * value[0],
            ];
            const asked = key(1, from);
            re += asked[0] * cell[k]![0] - asked[1] * cell[k]![1];
            im += asked[0] * cell[k]![1] + asked[1] * cell[k]![0];
          }
          const answer = bounded([re / copies, im / copies]);
          next[k] = gate(2, k) * answer[0];
          next[n + k] = gate(2, k) * answer[1];
        }
        h[l] = next;
        below = next;
      }
      return below;
    });
  };
