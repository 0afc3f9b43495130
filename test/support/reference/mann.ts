/** Least recently used access in plain loops, one example, float64: Santoro et al. 2016, eq. 2 to 8. */
import type { Numbers, Sequence } from '../gradient-check.ts';
import {
  affine,
  type ControllerReferenceOptions,
  controllerReferenceStart,
  controllerReferenceStep,
} from './controller.ts';
import { referenceContent, referenceLeastUsed } from './ntm.ts';

export interface MannReferenceOptions extends ControllerReferenceOptions {
  readonly slots: number;
  readonly width: number;
  readonly readHeads: number;
  readonly add: 'key' | 'separate';
}

/** From memory of 1e-6, with usage and reads on slot 0. */
export const mannReference =
  (options: MannReferenceOptions) =>
  (params: Numbers, inputs: Sequence): Sequence => {
    const { slots, width, readHeads, add } = options;
    const first = () => Array.from({ length: slots }, (_, i) => Number(i === 0));
    const memory = Array.from({ length: slots }, () => Array<number>(width).fill(1e-6));
    let usage = first();
    let readWeights = Array.from({ length: readHeads }, first);
    let reads = Array<number>(readHeads * width).fill(0);
    let controller = controllerReferenceStart(options, params);
    return inputs.map((input) => {
      const steered = controllerReferenceStep(options, params, {
        state: controller,
        input: Float64Array.from([...input, ...reads]),
      });
      controller = steered.state;
      const { output } = steered;

      const rows = affine(output, params['heads.kernel']!, params['heads.bias']!).map(Math.tanh);
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
