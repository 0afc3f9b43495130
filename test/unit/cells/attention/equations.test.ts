/** Attention against plain loops written from its equations, in float64, its settings crossed pairwise. */
import { describe, it } from 'vitest';
import { attention } from '../../../../src/cells/attention/attention.ts';
import { useBackend } from '../../../support/backends.ts';
import { checkFloat64 } from '../../../support/float64-check.ts';
import { pairwise } from '../../../support/pairwise.ts';
import { attentionReference } from '../../../support/reference/attention.ts';

useBackend('cpu');

const options = {
  shape: ['4 in 1', '4 in 2', '6 in 3', '8 in 2', '3 in 3', '5 in 1'],
  layers: [1, 2],
  positions: ['rotary', 'none'],
  convolution: [true, false],
  // As long as the sequence, longer than it, and shorter: the oldest go.
  window: [0, 9, 3, 1],
  // An input of the stack's own width has no kernel in front.
  inputs: ['narrow', 'own'],
} as const;
const crossed = pairwise(
  options,
  ({ shape, positions }) => positions === 'none' || !['3 in 3', '5 in 1'].includes(shape),
);

describe('attention, its settings crossed pairwise', () => {
  it.each(crossed.map((choice) => [JSON.stringify(choice), choice] as const))(
    '%s',
    (_, { shape, inputs, ...rest }) => {
      const [size, heads] = shape.match(/\d/g)!.map(Number) as [number, number];
      const { window, positions, ...same } = rest;
      const settings = { ...rest, size, heads, sliding: window > 0 && window < 7 };
      checkFloat64({
        cell: attention.create(settings, { inputSize: inputs === 'own' ? size : 3, maxLength: 7 }),
        reference: attentionReference({
          ...{ ...same, heads, rotary: positions === 'rotary', window: window || 7 },
        }),
      });
    },
  );
});
