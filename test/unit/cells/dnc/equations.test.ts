/** Every option of the differentiable neural computer against plain loops written from its equations, in float64. */
import { describe, it } from 'vitest';
import { dnc } from '../../../../src/cells/dnc/dnc.ts';
import { useBackend } from '../../../support/backends.ts';
import { checkFloat64 } from '../../../support/float64-check.ts';
import { pairwise } from '../../../support/pairwise.ts';
import { dncReference } from '../../../support/reference/dnc.ts';

useBackend('cpu');

const options = {
  controller: ['lstm', 'feed-forward'],
  controllerLayers: [1, 2],
  readHeads: [1, 2],
  writeHeads: [1, 3],
  maskedContent: [false, true],
  erasingDeallocation: [false, true],
  linkSharpness: [false, true],
} as const;

describe('dnc, its options crossed pairwise', () => {
  it.each(pairwise(options, () => true).map((choice) => [JSON.stringify(choice), choice] as const))(
    '%s',
    (_, choice) => {
      const settings = { ...choice, slots: 5, width: 2, controllerSize: 4 };
      checkFloat64({
        cell: dnc.create(settings, { inputSize: 3, maxLength: 7 }),
        reference: dncReference(settings),
        // One at which no usages pass each other within a difference, where allocation has a step.
        seed: 2,
      });
    },
  );
});
