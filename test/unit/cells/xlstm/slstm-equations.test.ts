/** Every option of sLSTM against plain loops written from its equations without the stabilizer, in float64. */
import { describe, it } from 'vitest';
import { slstm } from '../../../../src/cells/xlstm/slstm.ts';
import { useBackend } from '../../../support/backends.ts';
import { checkFloat64 } from '../../../support/float64-check.ts';
import { pairwise } from '../../../support/pairwise.ts';
import { slstmReference } from '../../../support/reference/slstm.ts';

useBackend('cpu');

const options = {
  // Powers of two: a mean over six is a sum times 1/6, which float32 does not hold.
  shape: ['2 in 1', '4 in 1', '4 in 2', '8 in 2'],
  layers: [1, 2],
  convolution: [true, false],
  // An input of the stack's own width has no kernel in front.
  inputs: ['narrow', 'own'],
} as const;
const crossed = pairwise(options, ({ shape, layers }) => shape !== '8 in 2' || layers === 1);

describe('slstm, its options crossed pairwise', () => {
  it.each(crossed.map((choice) => [JSON.stringify(choice), choice] as const))(
    '%s',
    (_, { shape, inputs, ...rest }) => {
      const [size, heads] = shape.match(/\d/g)!.map(Number) as [number, number];
      const cell = slstm.create(
        { size, heads, ...rest },
        { inputSize: inputs === 'own' ? size : 3, maxLength: 7 },
      );
      checkFloat64({ cell, reference: slstmReference({ heads, ...rest }) });
    },
  );
});
