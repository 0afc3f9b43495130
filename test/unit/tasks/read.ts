/** Reading a batch the way a person would: for each sequence, what is shown and what is asked, as channel numbers. */
import type { Batch } from '../../../src/core/contracts.ts';

/** One step's row of an array, as plain numbers. */
export function row(array: Float32Array, size: number, at: number): number[] {
  return [...array.subarray(at * size, (at + 1) * size)];
}

/** The steps of sequence `b`, in order. */
export function steps(batch: Batch, b: number) {
  return Array.from({ length: batch.length }, (_, t) => {
    const at = t * batch.batchSize + b;
    return {
      input: row(batch.inputs, batch.inputSize, at),
      target: row(batch.targets, batch.outputSize, at),
      scored: batch.mask[at] === 1,
      learned: (batch.trainMask ?? batch.mask)[at] === 1,
    };
  });
}

/** Of a row that is one-hot, which channel; -1 where nothing is on. Anything else fails. */
export function channel(values: readonly number[]): number {
  const on = values.flatMap((value, i) => (value === 0 ? [] : [i]));
  if (on.length > 1 || on.some((i) => values[i] !== 1)) throw new Error(`not one-hot: ${values.join()}`);
  return on[0] ?? -1;
}

/** The symbols shown to sequence `b` and those asked of it: -1 where nothing is shown, undefined where nothing is scored. */
export function symbols(batch: Batch, b: number) {
  const all = steps(batch, b);
  return {
    shown: all.map(({ input }) => channel(input)),
    asked: all.map(({ target, scored }) => (scored ? channel(target) : undefined)),
    learned: all.map(({ target, learned }) => (learned ? channel(target) : undefined)),
  };
}

/** All sequences of a batch. */
export function sequencesOf(batch: Batch) {
  return Array.from({ length: batch.batchSize }, (_, b) => symbols(batch, b));
}
