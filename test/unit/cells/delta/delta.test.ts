import { describe, expect, it } from 'vitest';
import { delta } from '../../../../src/cells/delta/delta.ts';
import type { Cell } from '../../../../src/core/contracts.ts';
import { UsageError } from '../../../../src/core/errors.ts';
import { rng } from '../../../../src/core/rng.ts';
import * as tf from '../../../../src/core/tf.ts';
import { leaves } from '../../../../src/core/tree.ts';
import { backends, useBackend } from '../../../support/backends.ts';
import { checkSequence } from '../../../support/gradient-check.ts';
import { expectConstantTensors, expectNoLeak } from '../../../support/leaks.ts';
import { type DeltaReferenceOptions, deltaReference } from '../../../support/reference/delta.ts';

useBackend('cpu');

const small = { size: 4, heads: 2 };
const make = (changes: object, inputSize = 3): Cell =>
  delta.create(delta.settings.parse({ ...small, ...changes }), { inputSize, maxLength: 7 });

const rules = ['sum', 'delta', 'gated-sum', 'gated-delta', 'product', 'gated-product'] as const;

describe.each(backends)('delta on %s', (backend) => {
  useBackend(backend);

  it.each(rules)('%s equals the float64 reference with its gradients', (rule) => {
    const settings: DeltaReferenceOptions = {
      ...{ rule, layers: 1, heads: 2, keySize: 2, valueSize: 2, nu: 1, convolution: true },
      featureMap: rule === 'sum' ? 'elu' : 'silu',
      normalization: rule === 'sum' ? 'attention' : rule === 'gated-sum' ? 'none' : 'l2',
      gate: 'scalar',
      negativeEigenvalues: false,
      steps: rule.endsWith('product') ? 2 : 1,
    };
    // With nothing but the rule chosen, the rest is as in its paper.
    checkSequence({ cell: make({ rule }), reference: deltaReference(settings), length: 7 });
  });
});

describe('delta', () => {
  it.each([
    [{ size: 10, heads: 4 }, 'expected heads that divide size 10, got 4; take 1, 2, 5 or 10 heads, or set'],
    [{ featureMap: 'dpfp', nu: 4 }, 'expected nu of at most 2 keySize - 1 = 3, got 4'],
    [{ nu: 2 }, 'expected nu 1 with the feature map silu, got 2'],
    [
      { rule: 'delta', gate: 'channel' },
      'expected gate scalar with the rule delta, got channel; it forgets nothing',
    ],
    [{ rule: 'sum', negativeEigenvalues: true }, 'set rule delta, gated-delta or product'],
    [
      { rule: 'gated-delta', steps: 2 },
      'expected steps 1 with the rule gated-delta, got 2; set rule gated-product',
    ],
  ])('refuses %j', (settings, message) => {
    expect(() => make(settings)).toThrow(UsageError);
    expect(() => make(settings)).toThrow(message);
  });

  it('starts gates as the papers do', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        const startOf = (gate: string) => {
          const cell = make({ size: 400, heads: 200, gate });
          const params = Object.fromEntries(leaves<tf.Tensor>(cell.init(rng(1, 'test'))));
          const rates = [...params['layers.0.layer.decay.A']!.dataSync()].map(Math.exp);
          const dt = [...params['layers.0.layer.decay.bias']!.dataSync()].map((b) => Math.log1p(Math.exp(b)));
          return { rates, dt };
        };
        const scalar = startOf('scalar');
        expect([scalar.rates.length, scalar.dt.length]).toEqual([200, 200]);
        expect(Math.min(...scalar.rates)).toBeLessThan(1);
        expect(Math.max(...scalar.rates)).toBeLessThanOrEqual(16.0001);
        expect(scalar.rates.reduce((a, b) => a + b) / 200).toBeGreaterThan(7);
        expect(Math.min(...scalar.dt)).toBeGreaterThan(0.00099);
        expect(Math.max(...scalar.dt)).toBeLessThan(0.101);
        // Log-uniform: half of them under the geometric mean, 0.01.
        expect(scalar.dt.filter((value) => value < 0.01).length / 200).toBeCloseTo(0.5, 0);
        const channel = startOf('channel');
        expect([channel.rates.length, channel.dt.length]).toEqual([200, 400]);
        expect(Math.min(...channel.rates)).toBeGreaterThanOrEqual(0.9999);
      });
    });
  });

  it('shows memory, gates and write strengths, of each layer and head', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        const shapes = (changes: object) => {
          const cell = make({ layers: 3, keySize: 3, ...changes });
          const params = cell.init(rng(1, 'test'));
          const { probe } = cell.step(params, cell.initialState(params, 5), tf.ones([5, 3]));
          for (const name of Object.keys(probe!))
            expect(cell.probes![name]!.axes, name).toHaveLength(probe![name]!.rank - 1);
          return Object.fromEntries(Object.entries(probe!).map(([name, { shape }]) => [name, shape]));
        };
        const always = { query: [5, 3, 2, 3], key: [5, 3, 2, 3], memory: [5, 3, 2, 2, 3] };
        expect(shapes({})).toEqual({ ...always, alpha: [5, 3, 2], strength: [5, 3, 2] });
        expect(shapes({ rule: 'gated-product', gate: 'channel' })).toEqual({
          ...always,
          alpha: [5, 3, 2, 3],
          strength: [5, 3, 2, 2],
        });
        expect(shapes({ rule: 'sum' })).toEqual({ ...always, weights: [5, 3, 2, 3] });
      });
    });
  });

  it('has the same number of tensors after each step', () => {
    for (const rule of rules) expectConstantTensors(make({ rule, layers: 2 }));
  });
});
