/** MesaNet against plain loops that solve by elimination, in float64. */
import { describe, it } from 'vitest';
import { mesa } from '../../../src/cells/mesa/mesa.ts';
import { useBackend } from '../../support/backends.ts';
import { checkFloat64 } from '../../support/float64-check.ts';
import { pairwise } from '../../support/pairwise.ts';
import { mesaReference } from '../../support/reference/mesa.ts';

useBackend('cpu');

const options = {
  convolution: [true, false],
  // Powers of two: the share 1/3 of a mean is a constant of the graph, in float32.
  shape: ['4 in 1', '4 in 2', '8 in 2'],
  // As many as the unknowns of the widest head, and more than any needs.
  steps: [4, 10],
  layers: [1, 2],
  inputs: ['narrow', 'own'],
} as const;

describe('mesa, its options crossed pairwise', () => {
  const crossed = pairwise(options, ({ shape, layers }) => layers === 1 || shape !== '8 in 2');
  it.each(crossed.map((choice) => [JSON.stringify(choice), choice] as const))(
    '%s',
    (_, { shape, inputs, ...rest }) => {
      const [size, heads] = shape.match(/\d/g)!.map(Number) as [number, number];
      const cell = mesa.create(mesa.settings.parse({ size, heads, ...rest }), {
        inputSize: inputs === 'own' ? size : 3,
        maxLength: 7,
      });
      checkFloat64({ cell, reference: mesaReference({ heads, layers: rest.layers }) });
    },
  );
});
