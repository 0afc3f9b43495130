/** The gated recurrent unit against plain loops written from its equations, in float64. */
import { it } from 'vitest';
import { gru } from '../../../src/cells/gru.ts';
import { useBackend } from '../../support/backends.ts';
import { checkFloat64 } from '../../support/float64-check.ts';
import { gruReference } from '../../support/reference/gru.ts';

useBackend('cpu');

it.each([1, 2])('equals the reference with every gradient, %i layers', (layers) => {
  checkFloat64({
    cell: gru.create({ size: 4, layers }, { inputSize: 3, maxLength: 7 }),
    reference: gruReference(layers),
  });
});
