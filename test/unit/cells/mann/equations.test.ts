/** Every option of least recently used access against plain loops written from its equations, in float64. */
import { describe, it } from 'vitest';
import { mann } from '../../../../src/cells/mann/mann.ts';
import { useBackend } from '../../../support/backends.ts';
import { checkFloat64 } from '../../../support/float64-check.ts';
import { pairwise } from '../../../support/pairwise.ts';
import { mannReference } from '../../../support/reference/mann.ts';

useBackend('cpu');

const options = {
  controller: ['lstm', 'feed-forward'],
  controllerLayers: [1, 2],
  readHeads: [1, 2, 3],
  add: ['key', 'separate'],
  // With as few slots as heads every step takes them all; with 9 some are never written.
  slots: [3, 9],
  width: [1, 4],
} as const;

describe('mann, its options crossed pairwise', () => {
  it.each(pairwise(options, () => true).map((choice) => [JSON.stringify(choice), choice] as const))(
    '%s',
    (_, choice) => {
      const settings = { ...choice, controllerSize: 5 };
      checkFloat64({
        cell: mann.create(settings, { inputSize: 3, maxLength: 7 }),
        reference: mannReference(settings),
      });
    },
  );
});
