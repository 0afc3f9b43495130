/** Every option of Titans and TTT-Linear against plain loops written from the equations, in float64. */
import { describe, it } from 'vitest';
import { titans } from '../../../src/cells/titans/titans.ts';
import { useBackend } from '../../support/backends.ts';
import { checkFloat64 } from '../../support/float64-check.ts';
import { type Combination, pairwise } from '../../support/pairwise.ts';
import { titansReference } from '../../support/reference/titans.ts';

useBackend('cpu');

const options = {
  memory: ['titans', 'ttt'],
  momentum: ['learned', 'none'],
  forgetting: ['learned', 'none'],
  target: ['value', 'difference'],
  convolution: [true, false],
  // Powers of two: the share 1/3 of a mean is a constant of the graph, in float32.
  shape: ['4 in 1', '4 in 2', '8 in 2'],
  layers: [1, 2],
  // An input of the stack's own width has no kernel in front.
  inputs: ['narrow', 'own'],
} as const;

/** Wide heads in one layer, to be done in time; behind the norm of TTT two numbers are but a sign. */
function makesSense({ shape, layers, memory }: Combination<typeof options>): boolean {
  return shape === '8 in 2' ? layers === 1 : shape !== '4 in 2' || memory === 'titans';
}

describe('titans, its options crossed pairwise', () => {
  const crossed = pairwise(options, makesSense);
  it.each(crossed.map((choice) => [JSON.stringify(choice), choice] as const))(
    '%s',
    (_, { shape, inputs, ...rest }) => {
      const [size, heads] = shape.match(/\d/g)!.map(Number) as [number, number];
      const cell = titans.create(titans.settings.parse({ size, heads, ...rest }), {
        inputSize: inputs === 'own' ? size : 3,
        maxLength: 7,
      });
      checkFloat64({ cell, reference: titansReference({ heads, ...rest }) });
    },
  );
});
