/** An LSTM that asks stored patterns, in plain loops, from Ramsauer et al. 2020: scores, exponentials, sums. */
import type { Numbers, Sequence } from '../gradient-check.ts';
import { lstmReferenceStep } from './lstm.ts';

export interface HopfieldReferenceOptions {
  readonly patterns: number;
  readonly width: number;
  readonly beta: number;
  readonly updates: number;
}

/** How much each of the patterns, row by row, is found by a state. */
export function referenceRetrieval(
  patterns: readonly ArrayLike<number>[],
  state: ArrayLike<number>,
  beta: number,
) {
  const powers = patterns.map((pattern) => {
    let score = 0;
    for (let j = 0; j < state.length; j++) score += pattern[j]! * state[j]!;
    return Math.exp(beta * score);
  });
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

/** The rows' mean by these weights. */
export function referenceMean(rows: readonly ArrayLike<number>[], weights: readonly number[]): number[] {
  return Array.from({ length: rows[0]!.length }, (_, j) =>
    rows.reduce((sum, row, i) => sum + weights[i]! * row[j]!, 0),
  );
}

/** From the LSTM's learned start, with nothing retrieved. */
export const hopfieldReference =
  ({ patterns, width, beta, updates }: HopfieldReferenceOptions) =>
  (params: Numbers, inputs: Sequence): Sequence => {
    const rows = (name: string) =>
      Array.from({ length: patterns }, (_, i) => params[name]!.subarray(i * width, (i + 1) * width));
    let read = Array<number>(width).fill(0);
    let lstm = { h: params['controller.start.h']!, c: params['controller.start.c']! };
    return inputs.map((input) => {
      const weights = { kernel: params['controller.kernel']!, bias: params['controller.bias']! };
      lstm = lstmReferenceStep(weights, lstm, Float64Array.from([...input, ...read]));
      let state = Array.from(params['query.bias']!, (start, j) =>
        lstm.h.reduce((sum, h, k) => sum + h * params['query.kernel']![k * width + j]!, start),
      );
      let found: number[] = [];
      for (let update = 0; update < updates; update++) {
        found = referenceRetrieval(rows('patterns'), state, beta || width ** -0.5);
        state = referenceMean(rows('patterns'), found);
      }
      read = referenceMean(rows('values'), found);
      return Float64Array.from([...lstm.h, ...read]);
    });
  };
