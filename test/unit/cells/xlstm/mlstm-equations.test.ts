/** Every option of mLSTM against plain loops written from its equations without the stabilizer, in float64. */
import { describe, it } from 'vitest';
import { mlstm } from '../../../../src/cells/xlstm/mlstm.ts';
import { useBackend } from '../../../support/backends.ts';
import { checkFloat64 } from '../../../support/float64-check.ts';
import { pairwise } from '../../../support/pairwise.ts';
import { mlstmReference } from '../../../support/reference/mlstm.ts';

useBackend('cpu');

const options = {
  // Means over widths that are no powers of two are taken by a rounded factor.
  shape: ['2 in 1', '4 in 2', '8 in 2', '6 in 3'],
  layers: [1, 2],
  convolution: [true, false],
  // An input of the stack's own width has no kernel in front.
  inputs: ['narrow', 'own'],
} as const;
const crossed = pairwise(options, () => true);

describe('mlstm, its options crossed pairwise', () => {
  it.each(crossed.map((choice) => [JSON.stringify(choice), choice] as const))(
    '%s',
    (_, { shape, inputs, ...rest }) => {
      const [size, heads] = shape.match(/\d/g)!.map(Number) as [number, number];
      const cell = mlstm.create(
        { size, heads, ...rest },
        { inputSize: inputs === 'own' ? size : 3, maxLength: 7 },
      );
      checkFloat64({ cell, reference: mlstmReference({ heads, ...rest }) });
    },
  );
});
