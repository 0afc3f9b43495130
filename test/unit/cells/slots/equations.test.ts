/** Slots against plain loops written from their equations, in float64, their settings crossed pairwise. */
import { describe, it } from 'vitest';
import { slots } from '../../../../src/cells/slots/slots.ts';
import type { Cell } from '../../../../src/core/contracts.ts';
import { overBatch } from '../../../../src/core/gradients.ts';
import * as tf from '../../../../src/core/tf.ts';
import { useBackend } from '../../../support/backends.ts';
import { checkFloat64 } from '../../../support/float64-check.ts';
import { pairwise } from '../../../support/pairwise.ts';
import { slotsReference } from '../../../support/reference/slots.ts';

useBackend('cpu');

const options = {
  shape: ['4 in 1', '4 in 2', '6 in 3'],
  layers: [1, 2],
  slots: [3, 5],
  routing: ['gated', 'top-k'],
  topK: [2, 3],
  prominence: ['none', 'lru', 'dnc', 'recall'],
  convolution: [true, false],
  exploration: [true, false],
  // An input of the stack's own width has no kernel in front.
  inputs: ['narrow', 'own'],
} as const;
const crossed = pairwise(options, ({ routing, prominence }) => routing === 'top-k' || prominence === 'none');

/** The cell with the same noise in every step. */
function withNoise({ noiseSize, ...cell }: Cell, noise: readonly number[]): Cell {
  return {
    ...cell,
    step: (params, state, input) =>
      cell.step(params, state, input, overBatch(tf.tensor1d([...noise]), input.shape[0]) as tf.Tensor2D),
  };
}

describe('slots, their settings crossed pairwise', () => {
  it.each(crossed.map((choice) => [JSON.stringify(choice), choice] as const))(
    '%s',
    (_, { shape, inputs, ...rest }) => {
      const [size, heads] = shape.match(/\d/g)!.map(Number) as [number, number];
      const cell = slots.create(
        { ...rest, size, heads },
        { inputSize: inputs === 'own' ? size : 3, maxLength: 7 },
      );
      const count = cell.noiseSize ?? 0;
      const noise = Array.from({ length: count }, (__, i) => Math.fround(((i * 7 + 3) % 19) / 20 + 0.02));
      checkFloat64({
        cell: count > 0 ? withNoise(cell, noise) : cell,
        reference: slotsReference({ ...rest, heads, noise: count > 0 ? noise : undefined }),
      });
    },
  );
});
