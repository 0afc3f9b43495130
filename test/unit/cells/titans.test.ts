import { describe, expect, it } from 'vitest';
import { titans } from '../../../src/cells/titans/titans.ts';
import type { Cell } from '../../../src/core/contracts.ts';
import { UsageError } from '../../../src/core/errors.ts';
import { rng } from '../../../src/core/rng.ts';
import * as tf from '../../../src/core/tf.ts';
import { backends, useBackend } from '../../support/backends.ts';
import { checkSequence } from '../../support/gradient-check.ts';
import { expectConstantTensors, expectNoLeak } from '../../support/leaks.ts';
import { titansReference } from '../../support/reference/titans.ts';

useBackend('cpu');

const make = (changes: object): Cell =>
  titans.create(titans.settings.parse({ size: 4, heads: 2, ...changes }), { inputSize: 3, maxLength: 7 });

describe.each(backends)('titans on %s', (backend) => {
  useBackend(backend);

  it('equals the float64 reference with its gradients', () => {
    const reference = titansReference({
      ...{ memory: 'titans', momentum: 'learned', forgetting: 'learned', target: 'value' },
      ...{ layers: 1, heads: 2, convolution: true },
    });
    checkSequence({ cell: make({}), reference, length: 7 });
  });
});

describe('titans', () => {
  it.each([
    [
      { size: 10, heads: 4 },
      'titans: expected heads that divide size 10, got 4; take 1, 2 or 5 heads, or size 12',
    ],
    [
      { size: 6, heads: 3, memory: 'ttt' },
      'titans: expected heads of at least 3 numbers with memory ttt, got 3 of 2; take fewer heads, or size 9 or more',
    ],
    [
      { size: 4, heads: 4 },
      'titans: expected heads of at least 2 numbers, got 4; take 1 or 2 heads, or size 8',
    ],
  ])('refuses %j', (settings, message) => {
    expect(() => make(settings)).toThrow(UsageError);
    expect(() => make(settings)).toThrow(message);
  });

  it('shows what it learns and by which rates, of each layer and head; those that there are', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        const shapes = (changes: object) => {
          const cell = make({ layers: 3, size: 6, ...changes });
          const params = cell.init(rng(1, 'test'));
          const { probe } = cell.step(params, cell.initialState(params, 5), tf.ones([5, 3]));
          for (const name of Object.keys(probe!))
            expect(cell.probes![name]!.axes, name).toHaveLength(probe![name]!.rank - 1);
          return Object.fromEntries(Object.entries(probe!).map(([name, { shape }]) => [name, shape]));
        };
        const vector = [5, 3, 2, 3];
        const always = {
          ...{ query: vector, key: vector, surprise: vector, memory: [5, 3, 2, 3, 3] },
          theta: [5, 3, 2],
        };
        expect(shapes({})).toEqual({
          ...always,
          momentum: [5, 3, 2, 3, 3],
          alpha: [5, 3, 2],
          eta: [5, 3, 2],
        });
        expect(shapes({ memory: 'ttt' })).toEqual(always);
        expect(shapes({ momentum: 'none' })).toEqual({ ...always, alpha: [5, 3, 2] });
      });
    });
  });

  it('begins with steps of a half, of TTT divided by the width of a head, and a memory that lasts', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        // A token of zeros: only the biases speak.
        const ratesOf = (changes: object) => {
          const cell = make({ size: 6, ...changes });
          const params = cell.init(rng(1, 'test')) as unknown as { input: { bias: tf.Tensor } };
          const silent = { ...params, input: { ...params.input, bias: tf.zeros([6]) } };
          const { probe } = cell.step(silent, cell.initialState(silent, 1), tf.zeros([1, 3]));
          return ['alpha', 'eta', 'theta'].map((name) => probe![name]?.dataSync()[0]);
        };
        const [alpha, eta, theta] = ratesOf({});
        expect([eta, theta]).toEqual([0.5, 0.5]);
        expect(alpha).toBeCloseTo(1 / (1 + Math.exp(4)), 6);
        expect(ratesOf({ memory: 'ttt' })[2]).toBeCloseTo(0.5 / 3, 6);
      });
    });
  });

  it('has the same number of tensors after each step', () => {
    for (const memory of ['titans', 'ttt']) expectConstantTensors(make({ memory, size: 6, layers: 2 }));
  });
});
