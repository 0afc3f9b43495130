/** Every option of the Associative LSTM against plain loops written from its equations, in float64. */
import { describe, it } from 'vitest';
import { associativeLstm } from '../../../../src/cells/associative-lstm/associative-lstm.ts';
import { useBackend } from '../../../support/backends.ts';
import { checkFloat64 } from '../../../support/float64-check.ts';
import { pairwise } from '../../../support/pairwise.ts';
import { associativeLstmReference } from '../../../support/reference/associative-lstm.ts';
import { ordersOf } from './orders.ts';

useBackend('cpu');

const options = {
  size: [2, 6],
  copies: [1, 3],
  layers: [1, 2],
  recurrentUpdate: [true, false],
  permutationSeed: [1, 7],
} as const;

describe('associative-lstm, its options crossed pairwise', () => {
  it.each(pairwise(options, () => true).map((choice) => [JSON.stringify(choice), choice] as const))(
    '%s',
    (_, choice) => {
      checkFloat64({
        cell: associativeLstm.create(choice, { inputSize: 3, maxLength: 7 }),
        reference: associativeLstmReference({ ...choice, orders: ordersOf(choice) }),
        // Some keys and values are longer than 1, some are not.
        noise: 0.6,
      });
    },
  );
});
