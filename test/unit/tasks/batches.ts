/** Reading batches as text, and a random stream that says what it is told. */
import type { Batch } from '../../../src/core/contracts.ts';
import { type Rng, rng } from '../../../src/core/rng.ts';

/** Sequence `b` of a time-major array, a string of digits a step: `101`. */
export function rows(array: Float32Array, { length, batchSize }: Batch, size: number, b: number): string[] {
  return Array.from({ length }, (_, t) => {
    const start = (t * batchSize + b) * size;
    return [...array.subarray(start, start + size)].join('');
  });
}

/** Sequence `b` of one-hot rows as text: `c9k8??c`. A step without a one, or with several, is `#`. */
export function text(batch: Batch, b: number): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789?';
  return rows(batch.inputs, batch, batch.inputSize, b)
    .map((row) => (/^0*10*$/.test(row) ? alphabet[row.indexOf('1')] : '#'))
    .join('');
}

/** The digit that the last step of sequence `b` asks for. */
export function answer(batch: Batch, b: number): string {
  return String(rows(batch.targets, batch, 10, b)[batch.length - 1]!.indexOf('1'));
}

/** A stream whose integers are these, in order; asking for more, or for one out of range, fails. */
export function scripted(draws: readonly number[]): Rng {
  let next = 0;
  return {
    ...rng(0, 'unused'),
    integer(n) {
      const draw = draws[next++];
      if (draw === undefined || draw >= n) throw new Error(`draw ${next}: ${draw} of ${n}`);
      return draw;
    },
  };
}
