/** The IRNN in plain loops, from Le, Jaitly and Hinton 2015, section 3. */
import type { Numbers, Sequence } from '../gradient-check.ts';

export function irnnReference(params: Numbers, inputs: Sequence): Sequence {
  const size = params.bias!.length;
  let hidden = new Float64Array(size);
  return inputs.map((input) => {
    hidden = hidden.map((_, unit) => {
      let sum = params.bias![unit]!;
      for (let k = 0; k < input.length; k++) sum += input[k]! * params.inputKernel![k * size + unit]!;
      for (let k = 0; k < size; k++) sum += hidden[k]! * params.recurrentKernel![k * size + unit]!;
      return Math.max(0, sum);
    });
    return hidden;
  });
}
