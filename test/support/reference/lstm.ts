/** LSTM layers in plain loops, from Hochreiter and Schmidhuber 1997 with the forget gate of Gers et al. 2000. */
import type { Numbers, Sequence } from '../gradient-check.ts';

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** One layer's step. The kernel is [I+H,4H], its columns in blocks i, f, g, o. */
export function lstmReferenceStep(
  { kernel, bias }: { kernel: Float64Array; bias: Float64Array },
  { h, c }: { h: Float64Array; c: Float64Array },
  input: Float64Array,
): { h: Float64Array; c: Float64Array } {
  const size = h.length;
  const joined = [...input, ...h];
  const gate = (block: number, unit: number) => {
    const column = block * size + unit;
    let sum = bias[column]!;
    for (let k = 0; k < joined.length; k++) sum += joined[k]! * kernel[k * 4 * size + column]!;
    return sum;
  };
  const nextC = c.map(
    (old, unit) => sigmoid(gate(1, unit)) * old + sigmoid(gate(0, unit)) * Math.tanh(gate(2, unit)),
  );
  return { h: nextC.map((value, unit) => sigmoid(gate(3, unit)) * Math.tanh(value)), c: nextC };
}

/** Stacked layers from their learned start. */
export const lstmReference =
  (layers: number) =>
  (params: Numbers, inputs: Sequence): Sequence => {
    const states = Array.from({ length: layers }, (_, index) => ({
      h: params[`layers.${index}.start.h`]!,
      c: params[`layers.${index}.start.c`]!,
    }));
    return inputs.map((input) => {
      let below = input;
      for (let index = 0; index < layers; index++) {
        const kernel = params[`layers.${index}.kernel`]!;
        const bias = params[`layers.${index}.bias`]!;
        states[index] = lstmReferenceStep({ kernel, bias }, states[index]!, below);
        below = states[index]!.h;
      }
      return below;
    });
  };
