import { describe, expect, it } from 'vitest';
import { rwkv7 } from '../../../src/cells/rwkv7/rwkv7.ts';
import type { Cell } from '../../../src/core/contracts.ts';
import { UsageError } from '../../../src/core/errors.ts';
import { rng } from '../../../src/core/rng.ts';
import * as tf from '../../../src/core/tf.ts';
import { leaves } from '../../../src/core/tree.ts';
import { backends, useBackend } from '../../support/backends.ts';
import { checkFloat64 } from '../../support/float64-check.ts';
import { checkSequence } from '../../support/gradient-check.ts';
import { expectConstantTensors, expectNoLeak } from '../../support/leaks.ts';
import { pairwise } from '../../support/pairwise.ts';
import { rwkv7Reference } from '../../support/reference/rwkv7.ts';

useBackend('cpu');

const small = { size: 4, heads: 2, decayRank: 3, rateRank: 2, gateRank: 3 };
const make = (changes: object, inputSize = 3): Cell =>
  rwkv7.create(rwkv7.settings.parse({ ...small, ...changes }), { inputSize, maxLength: 7 });

/** Parameters by path at the start. */
const startOf = (cell: Cell) =>
  Object.fromEntries(
    leaves<tf.Tensor>(cell.init(rng(1, 'test'))).map(([path, leaf]) => [path, [...leaf.dataSync()]]),
  );

describe.each(backends)('rwkv7 on %s', (backend) => {
  useBackend(backend);

  it('equals the float64 reference with its gradients', () => {
    checkSequence({ cell: make({}), reference: rwkv7Reference({ layers: 1, heads: 2 }), length: 7 });
  });
});

const options = {
  shape: ['4 in 1', '4 in 2', '6 in 3', '6 in 1'],
  layers: [1, 2],
  decayRank: [1, 3],
  rateRank: [1, 2],
  gateRank: [1, 3],
  // An input of the stack's own width has no kernel in front.
  inputs: ['narrow', 'own'],
} as const;
const crossed = pairwise(options, () => true);

describe('rwkv7, its settings crossed pairwise', () => {
  it.each(crossed.map((choice) => [JSON.stringify(choice), choice] as const))(
    '%s',
    (_, { shape, inputs, ...rest }) => {
      const [size, heads] = shape.match(/\d/g)!.map(Number) as [number, number];
      const cell = make({ size, heads, ...rest }, inputs === 'own' ? size : 3);
      checkFloat64({ cell, reference: rwkv7Reference({ layers: rest.layers, heads }) });
    },
  );
});

describe('rwkv7', () => {
  it.each([
    [
      { size: 10, heads: 4 },
      'rwkv7: expected heads that divide size 10, got 4; take 1, 2 or 5 heads, or size 12',
    ],
    [
      { size: 6, heads: 6 },
      'rwkv7: expected heads of at least 2 numbers, got 6; take 1, 2 or 3 heads, or size 12',
    ],
    [{ size: 1, heads: 1 }, 'rwkv7: expected heads of at least 2 numbers, got 1; take size 2'],
  ])('refuses %j', (settings, message) => {
    expect(() => make(settings)).toThrow(UsageError);
    expect(() => make(settings)).toThrow(message);
  });

  it('starts as the published code does', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        const start = startOf(make({ size: 8, heads: 2, layers: 2 }));
        const of = (path: string, layer = 0) => start[`layers.${layer}.layer.${path}`]!;
        // By hand, n = 0, 3, 4, 7 of 8 in heads of 4: u = n/7, z = (2c-1)|2c-1| = -1, 1, -1, 1.
        const at = [0, 3, 4, 7];
        const some = (values: number[]) => at.map((n) => values[n]!);
        const close = (values: number[], expected: number[]) =>
          expected.forEach((value, i) => {
            expect(values[i]).toBeCloseTo(value, 5);
          });
        // The exponent of u is 1 in the first layer and 2 in the last.
        close(some(of('decay.bias')), [-8, -3 + 18 / 7, -8 + 24 / 7, 3]);
        close(some(of('decay.bias', 1)), [-8, -3 + 54 / 49, -8 + 96 / 49, 3]);
        close(some(of('rate.bias')), [-0.69, 0.11 + 0.4 * (3 / 7 - 0.5), -0.49 + 0.4 * (4 / 7 - 0.5), 0.31]);
        close(some(of('removal')), [0.76, 0.71 - 0.1 * (3 / 7 - 0.5), 0.71 - 0.1 * (4 / 7 - 0.5), 0.66]);
        close(of('mix.r', 1).slice(0, 5), [
          1,
          1 - 0.125 ** 0.1,
          1 - 0.25 ** 0.1,
          1 - 0.375 ** 0.1,
          1 - 0.5 ** 0.1,
        ]);
        close(some(of('mix.w')), [1, 1 - 0.375 ** 0.9, 1 - 0.5 ** 0.9, 1 - 0.875 ** 0.9]);
        close(some(of('mix.k')), [1, 1 - 0.375 ** 0.7, 1 - 0.5 ** 0.7, 1 - 0.875 ** 0.7]);
        expect(new Set(of('replacement'))).toEqual(new Set([Math.fround(1.02)]));
        expect(new Set(of('bonus'))).toEqual(new Set([Math.fround(-0.04)]));
        expect(of('norm.gain')[0]).toBeCloseTo(0.5 ** 0.7, 6);
        expect(of('norm.gain', 1)[0]).toBe(1);
        for (const zero of ['output', 'decay.down', 'rate.down', 'gate.down', 'norm.bias'])
          expect(new Set(of(zero)), zero).toEqual(new Set([0]));
        // Rows at right angles, of one length.
        const rows = (path: string) => tf.tensor2d(of(path), [of(path).length / 8, 8]);
        for (const [path, gain] of [
          ['receptance', 1],
          ['key', 0.1],
          ['value', 1],
          ['decay.up', 0.1],
        ] as const) {
          const gram = tf.matMul(rows(path), rows(path), false, true);
          const expected = tf.mul(tf.eye(gram.shape[0]!), gain * gain);
          expect(tf.max(tf.abs(tf.sub(gram, expected))).dataSync()[0], path).toBeLessThan(1e-6);
        }
      });
    });
  });

  it('forgets no faster than e^(-e^(-1/2)) a step, whatever it is shown', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        const cell = make({});
        const params = cell.init(rng(1, 'test'));
        const { probe } = cell.step(params, cell.initialState(params, 2), tf.fill([2, 3], 1e6));
        for (const w of probe!.decay!.dataSync()) {
          expect(w).toBeGreaterThan(0.545);
          expect(w).toBeLessThanOrEqual(1);
        }
      });
    });
  });

  it('shows what it writes, takes back and forgets, of each layer and head', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        const cell = make({ layers: 3, size: 6 });
        const params = cell.init(rng(1, 'test'));
        const { probe } = cell.step(params, cell.initialState(params, 5), tf.ones([5, 3]));
        const vectors = ['receptance', 'key', 'value', 'removal', 'decay', 'rate'].map((name) => [
          name,
          [5, 3, 2, 3],
        ]);
        expect(Object.fromEntries(Object.entries(probe!).map(([name, { shape }]) => [name, shape]))).toEqual({
          ...Object.fromEntries(vectors),
          memory: [5, 3, 2, 3, 3],
        });
        for (const [name, { axes }] of Object.entries(cell.probes!))
          expect(axes, name).toHaveLength(probe![name]!.rank - 1);
      });
    });
  });

  it('has the same number of tensors after each step', () => {
    expectConstantTensors(make({ layers: 2 }));
  });
});
