/** Fast weights in plain loops with the matrix A written out, from Ba et al. 2016, eq. 1 and 2. */
import type { Numbers, Sequence } from '../gradient-check.ts';

export interface FastWeightsOptions {
  readonly decay: number;
  readonly rate: number;
  readonly innerSteps: number;
}

const relu = (x: number) => Math.max(0, x);

function layerNorm(z: Float64Array, gain: Float64Array, bias: Float64Array): Float64Array {
  let mean = 0;
  for (const value of z) mean += value / z.length;
  let variance = 0;
  for (const value of z) variance += (value - mean) ** 2 / z.length;
  return z.map((value, unit) => (gain[unit]! * (value - mean)) / Math.sqrt(variance + 1e-5) + bias[unit]!);
}

/** Layer norm is on where the parameters have a gain. */
export const fastWeightsReference =
  ({ decay, rate, innerSteps }: FastWeightsOptions) =>
  (params: Numbers, inputs: Sequence): Sequence => {
    const kernel = params.recurrentKernel!;
    const size = Math.sqrt(kernel.length);
    const fast = new Float64Array(size * size);
    let h = new Float64Array(size);
    return inputs.map((input) => {
      for (let i = 0; i < size; i++)
        for (let j = 0; j < size; j++)
          fast[i * size + j] = decay * fast[i * size + j]! + rate * h[i]! * h[j]!;
      const boundary = h.map((_, unit) => {
        let sum = 0;
        for (let k = 0; k < size; k++) sum += h[k]! * kernel[k * size + unit]!;
        for (let k = 0; k < input.length; k++) sum += input[k]! * params.inputKernel![k * size + unit]!;
        return sum;
      });
      let settled = boundary.map(relu);
      for (let s = 0; s < innerSteps; s++) {
        const z = boundary.map((value, i) => {
          let sum = value;
          for (let j = 0; j < size; j++) sum += fast[i * size + j]! * settled[j]!;
          return sum;
        });
        const normed = params['norm.gain'] ? layerNorm(z, params['norm.gain'], params['norm.bias']!) : z;
        settled = normed.map(relu);
      }
      h = settled;
      return h;
    });
  };
