/** Every option of the Hopfield layer against plain loops written from its equations, in float64. */
import { describe, it } from 'vitest';
import { hopfield } from '../../../../src/cells/hopfield/hopfield.ts';
import { useBackend } from '../../../support/backends.ts';
import { checkFloat64 } from '../../../support/float64-check.ts';
import { pairwise } from '../../../support/pairwise.ts';
import { hopfieldReference } from '../../../support/reference/hopfield.ts';

useBackend('cpu');

const options = {
  patterns: [1, 5],
  width: [2, 4],
  beta: [0, 1.5],
  updates: [1, 3],
} as const;

describe('hopfield, its options crossed pairwise', () => {
  it.each(pairwise(options, () => true).map((choice) => [JSON.stringify(choice), choice] as const))(
    '%s',
    (_, choice) => {
      checkFloat64({
        cell: hopfield.create({ ...choice, size: 4 }, { inputSize: 3, maxLength: 7 }) as never,
        reference: hopfieldReference(choice),
      });
    },
  );
});
