import { describe, expect, it } from 'vitest';
import { irnn } from '../../../src/cells/irnn.ts';
import { rng } from '../../../src/core/rng.ts';
import * as tf from '../../../src/core/tf.ts';
import { backends, useBackend } from '../../support/backends.ts';
import { checkSequence, unrollEagerly } from '../../support/gradient-check.ts';
import { expectConstantTensors, expectNoLeak } from '../../support/leaks.ts';
import { irnnReference } from '../../support/reference/irnn.ts';

useBackend('cpu');

const cell = irnn.create({ size: 2, identityScale: 1 }, { inputSize: 1, maxLength: 9 });

describe('irnn', () => {
  it('goes on by hand', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        const params = {
          inputKernel: tf.tensor2d([[1, -1]]),
          // Unit 0 keeps itself and adds itself to unit 1; not the other way round.
          recurrentKernel: tf.tensor2d([
            [1, 1],
            [0, 1],
          ]),
          bias: tf.tensor1d([0, 0.5]),
        };
        const inputs = [2, -1, 0].map((x) => tf.tensor2d([[x]]));
        const outputs = unrollEagerly(cell, params, inputs).map((output) => [...output.dataSync()]);
        // [2, relu(-1.5)], [2 - 1, relu(2 + 1 + 0.5)], [1, 1 + 3.5 + 0.5]
        expect(outputs).toEqual([
          [2, 0],
          [1, 3.5],
          [1, 5],
        ]);
      });
    });
  });

  it('starts as the scaled identity, a small input kernel and no bias', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        const wide = irnn.create({ size: 100, identityScale: 0.5 }, { inputSize: 50, maxLength: 9 });
        const params = wide.init(rng(1, 'test')) as Record<string, tf.Tensor>;
        const identity = tf.mul(tf.eye(100), 0.5);
        expect(tf.max(tf.abs(tf.sub(params.recurrentKernel!, identity))).dataSync()[0]).toBe(0);
        expect(tf.sum(tf.abs(params.bias!)).dataSync()[0]).toBe(0);
        const deviation = tf.sqrt(tf.mean(tf.square(params.inputKernel!))).dataSync()[0]!;
        expect(deviation).toBeCloseTo(0.001, 4);
      });
    });
  });

  it('has the same number of tensors after each step', () => {
    expectConstantTensors(cell);
  });
});

describe.each(backends)('irnn on %s', (backend) => {
  useBackend(backend);

  it('equals the float64 reference with its gradients', () => {
    checkSequence({
      cell: irnn.create({ size: 4, identityScale: 1 }, { inputSize: 3, maxLength: 5 }),
      reference: irnnReference,
      length: 5,
    });
  });
});
