/** Least recently used access in plain loops, one example, float64: Santoro et al. 2016, eq. 2 to 8. */
import type { Numbers, Sequence } from '../gradient-check.ts';
import { lstmReferenceStep } from './lstm.ts';
import { referenceContent, referenceLeastUsed } from './ntm.ts';

export interface MannReferenceOptions {
  readonly slots: number;
  readonly width: number;
  readonly controller: 'lstm' | 'feed-forward';
  readonly controllerSize: number;
  readonly readHeads: number;
  readonly add: 'key' | 'separate';
}

/** tanh(bias + x kernel), the kernel [x.length, bias.length]. */
function tanhLayer(x: ArrayLike<number>, kernel: Float64Array, bias: Float64Array): Float64Array {
  return bias.map((start, column) => {
    let sum = start;
    for (let k = 0; k < x.length; k++) sum += x[k]! * kernel[k * bias.length + column]!;
    return Math.tanh(sum);
  });
}

/** From memory of 1e-6, with usage and reads on slot 0. */
export const mannReference =
  ({ slots, width, controller, controllerSize, readHeads, add }: MannReferenceOptions) =>
  (params: Numbers, inputs: Sequence): Sequence => {
    const first = () => Array.from({ length: slots }, (_, i) => Number(i === 0));
    const memory = Array.from({ length: slots }, () => Array<number>(width).fill(1e-6));
    let usage = first();
    let readWeights = Array.from({ length: readHeads }, first);
    let reads = Array<number>(readHeads * width).fill(0);
    const zeros = () => new Float64Array(controllerSize);
    let lstm = {
      h: params['controller.start.h'] ?? zeros(),
      c: params['controller.start.c'] ?? zeros(),
    };
    return inputs.map((input) => {
      const kernel = params['controller.kernel']!;
      const bias = params['controller.bias']!;
      const shown = Float64Array.from([...input, ...reads]);
      if (controller === 'lstm') lstm = lstmReferenceStep({ kernel, bias }, lstm, shown);
      const output = controller === 'lstm' ? lstm.h : tanhLayer(shown, kernel, bias);

      const rows = tanhLayer(output, params['heads.kernel']!, params['heads.bias']!);
      const row = (index: number) => [...rows.subarray(index * width, (index + 1) * width)];
      const least = referenceLeastUsed(usage, readHeads);
      const written = readWeights.map((last, head) => {
        const share = 1 / (1 + Math.exp(-params.mix![head]!));
        return last.map((weight, i) => share * weight + (1 - share) * least[head]![i]!);
      });
      for (let i = 0; i < slots; i++) {
        // Zeroed before anything is written.
        if (least.some((marks) => marks[i] === 1)) memory[i]!.fill(0);
        for (let head = 0; head < readHeads; head++)
          for (let j = 0; j < width; j++) {
            const value = row(add === 'separate' ? readHeads + head : head)[j]!;
            memory[i]![j]! += written[head]![i]! * value;
          }
      }
      readWeights = readWeights.map((_, head) => referenceContent(memory, row(head), 1));
      usage = usage.map((used, i) => {
        let next = 0.95 * used;
        for (let head = 0; head < readHeads; head++) next += readWeights[head]![i]! + written[head]![i]!;
        return next;
      });
      reads = readWeights.flatMap((weights) =>
        Array.from({ length: width }, (_, j) =>
          weights.reduce((sum, weight, i) => sum + weight * memory[i]![j]!, 0),
        ),
      );
      return Float64Array.from([...output, ...reads]);
    });
  };
