/** GRU layers in plain loops, from Cho et al. 2014, eq. 5 to 8: unit by unit, weights of x and of h apart. */
import type { Numbers, Sequence } from '../gradient-check.ts';

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** Stacked layers from their learned start. */
export const gruReference =
  (layers: number) =>
  (params: Numbers, inputs: Sequence): Sequence => {
    const states = Array.from({ length: layers }, (_, l) => params[`layers.${l}.start`]!);
    return inputs.map((input) => {
      let below = input;
      for (let l = 0; l < layers; l++) {
        const h = states[l]!;
        const size = h.length;
        /** Row of x or of h, and a column among so many. */
        const sum = (part: 'gates' | 'candidate', column: number, hidden: ArrayLike<number>) => {
          const kernel = params[`layers.${l}.${part}.kernel`]!;
          const columns = part === 'gates' ? 2 * size : size;
          let total = params[`layers.${l}.${part}.bias`]![column]!;
          for (let i = 0; i < below.length; i++) total += below[i]! * kernel[i * columns + column]!;
          for (let j = 0; j < size; j++) total += hidden[j]! * kernel[(below.length + j) * columns + column]!;
          return total;
        };
        const reset = h.map((value, j) => sigmoid(sum('gates', j, h)) * value);
        states[l] = h.map((value, j) => {
          const keep = sigmoid(sum('gates', size + j, h));
          return keep * value + (1 - keep) * Math.tanh(sum('candidate', j, reset));
        });
        below = states[l]!;
      }
      return below;
    });
  };
