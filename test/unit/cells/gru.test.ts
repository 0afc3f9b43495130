import { describe, expect, it } from 'vitest';
import { gru } from '../../../src/cells/gru.ts';
import { rng } from '../../../src/core/rng.ts';
import * as tf from '../../../src/core/tf.ts';
import { backends, useBackend } from '../../support/backends.ts';
import { checkSequence } from '../../support/gradient-check.ts';
import { expectConstantTensors } from '../../support/leaks.ts';
import { gruReference } from '../../support/reference/gru.ts';

useBackend('cpu');

/** One unit with one input: h after a step, of kernels over [x, h] and biases of r, z and the candidate. */
function oneUnit(weights: { r?: number[]; z?: number[]; c?: number[] }, x: number, h: number): number {
  const [r, z, c] = [weights.r, weights.z, weights.c].map((given) => given ?? [0, 0, 0]) as [
    number[],
    number[],
    number[],
  ];
  return tf.tidy(() => {
    const cell = gru.create({ size: 1, layers: 1 }, { inputSize: 1, maxLength: 1 });
    const layer = {
      gates: {
        kernel: tf.tensor2d([
          [r[0]!, z[0]!],
          [r[1]!, z[1]!],
        ]),
        bias: tf.tensor1d([r[2]!, z[2]!]),
      },
      candidate: { kernel: tf.tensor2d([[c[0]!], [c[1]!]]), bias: tf.tensor1d([c[2]!]) },
      start: tf.tensor1d([0]),
    };
    const { output } = cell.step({ layers: [layer] }, { layers: [tf.tensor2d([[h]])] }, tf.tensor2d([[x]]));
    return output.dataSync()[0]!;
  });
}

describe('one GRU unit, by hand', () => {
  it('keeps half of itself when nothing is set, the rest a candidate of 0', () => {
    expect(oneUnit({}, 5, 0.8)).toBeCloseTo(0.4, 6);
  });

  it('keeps all of itself with z at 1, and is its candidate with z at 0', () => {
    expect(oneUnit({ z: [0, 0, 100], c: [1, 0, 0] }, 3, 0.8)).toBeCloseTo(0.8, 6);
    expect(oneUnit({ z: [0, 0, -100], c: [0.5, 0, 0.25] }, 1, 0.8)).toBeCloseTo(Math.tanh(0.75), 6);
  });

  it('lets r act on h before the product: at 0 the candidate sees the input alone', () => {
    const candidate = { z: [0, 0, -100], c: [0.5, 2, 0] };
    expect(oneUnit({ ...candidate, r: [0, 0, -100] }, 1, 0.8)).toBeCloseTo(Math.tanh(0.5), 6);
    expect(oneUnit({ ...candidate, r: [0, 0, 100] }, 1, 0.8)).toBeCloseTo(Math.tanh(2.1), 6);
    expect(oneUnit(candidate, 1, 0.8)).toBeCloseTo(Math.tanh(1.3), 6);
  });
});

describe.each(backends)('the gru cell on %s', (backend) => {
  useBackend(backend);

  it.each([1, 3])('equals the reference with its gradients, %i layers', (layers) => {
    checkSequence({
      cell: gru.create({ size: 3, layers }, { inputSize: 2, maxLength: 5 }),
      reference: gruReference(layers),
      length: 5,
    });
  });
});

type Dense = { kernel: tf.Tensor2D; bias: tf.Tensor1D };

describe('the gru cell', () => {
  it('starts with z at sigmoid(1), and kernels within 1/sqrt(I+H)', () => {
    tf.tidy(() => {
      const params = gru.create({ size: 2, layers: 1 }, { inputSize: 3, maxLength: 1 }).init(rng(1, 'test'));
      const [layer] = (params as { layers: { gates: Dense; candidate: Dense }[] }).layers;
      const { gates, candidate } = layer!;
      expect([...gates.bias.dataSync()]).toEqual([0, 0, 1, 1]);
      expect([...candidate.bias.dataSync()]).toEqual([0, 0]);
      for (const kernel of [gates.kernel, candidate.kernel])
        expect(Math.max(...kernel.dataSync().map(Math.abs))).toBeLessThan(1 / Math.sqrt(5));
    });
  });

  it('refuses what is not a size', () => {
    for (const bad of [{ size: 0 }, { layers: -1 }, { size: 1.5 }, { width: 3 }])
      expect(gru.settings.safeParse(bad).success).toBe(false);
  });

  it('has the same number of tensors after each step', () => {
    expectConstantTensors(gru.create({ size: 4, layers: 2 }, { inputSize: 2, maxLength: 9 }));
  });
});
