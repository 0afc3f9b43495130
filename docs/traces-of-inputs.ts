/**
 * How long each input leaves a trace: what differs in a memory, or in an answer, at each step after that input alone is
 * wiped out.
 */
import type { Batch, NamedArray } from '../src/core/contracts.ts';
import { elements } from '../src/core/shape.ts';
import type { Grid } from '../src/report/heat-map.ts';

/** A sequence as often as it has steps; number s is without the input of step s. */
export function wiped({ length, inputSize, outputSize, inputs, targets, mask }: Batch): Batch {
  const repeated = (data: Float32Array, size: number) =>
    Float32Array.from({ length: length * length * size }, (_, i) => {
      const t = Math.floor(i / (length * size));
      return data[t * size + (i % size)]!;
    });
  const without = repeated(inputs, inputSize);
  for (let s = 0; s < length; s++) {
    const start = (s * length + s) * inputSize;
    without.fill(0, start, start + inputSize);
  }
  return {
    length,
    batchSize: length,
    inputSize,
    outputSize,
    inputs: without,
    targets: repeated(targets, outputSize),
    mask: repeated(mask, 1),
  };
}

/**
 * Row s, column t: how long the difference is, as a vector, that the input of step s makes at step t.
 * @param whole of the sequence, [T,...]   @param without of the `wiped` sequences, [steps,B,...] of T steps or more
 */
export function tracesOfInputs(whole: NamedArray, without: NamedArray): Grid {
  const [steps = 0, ...inner] = whole.shape;
  const size = elements(inner);
  const batchSize = without.shape[1]!;
  const difference = (s: number, t: number) => {
    const own = whole.data.subarray(t * size, (t + 1) * size);
    const other = (t * batchSize + s) * size;
    return Math.hypot(...own.map((value, i) => value - without.data[other + i]!));
  };
  return { rows: steps, columns: steps, value: (s, t) => (s > t ? 0 : difference(s, t)) };
}
