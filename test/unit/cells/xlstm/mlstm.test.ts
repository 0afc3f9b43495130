import { describe, expect, it } from 'vitest';
import { mlstm } from '../../../../src/cells/xlstm/mlstm.ts';
import type { Cell } from '../../../../src/core/contracts.ts';
import { UsageError } from '../../../../src/core/errors.ts';
import { rng } from '../../../../src/core/rng.ts';
import * as tf from '../../../../src/core/tf.ts';
import { leaves, mapTree } from '../../../../src/core/tree.ts';
import { backends, useBackend } from '../../../support/backends.ts';
import { checkSequence } from '../../../support/gradient-check.ts';
import { expectConstantTensors, expectNoLeak } from '../../../support/leaks.ts';
import { mlstmReference } from '../../../support/reference/mlstm.ts';

useBackend('cpu');

const make = (changes: object, inputSize = 3): Cell =>
  mlstm.create(mlstm.settings.parse({ size: 4, heads: 2, ...changes }), { inputSize, maxLength: 7 });

describe.each(backends)('mlstm on %s', (backend) => {
  useBackend(backend);

  it('equals the float64 reference with its gradients', () => {
    checkSequence({
      cell: make({}),
      reference: mlstmReference({ layers: 1, heads: 2, convolution: true }),
      length: 7,
    });
  });
});

describe('mlstm', () => {
  it.each([
    [{ size: 5, heads: 1 }, 'mlstm: expected an even size that 1 heads divide, got 5; take size 6'],
    [
      { size: 10, heads: 4 },
      'mlstm: expected an even size that 4 heads divide, got 10; take 1, 2, 5 or 10 heads, or size 12',
    ],
    [
      { size: 8, heads: 3 },
      'mlstm: expected an even size that 3 heads divide, got 8; take 1, 2, 4 or 8 heads, or size 12',
    ],
  ])('refuses %j', (settings, message) => {
    expect(() => make(settings)).toThrow(UsageError);
    expect(() => make(settings)).toThrow(message);
  });

  it('starts with gates that see nothing, and forgets least in the last head', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        const start = Object.fromEntries(
          leaves<tf.Tensor>(make({ size: 8, heads: 4, layers: 2 }).init(rng(1, 'test'))).map(
            ([path, leaf]) => [path.replace('layers.0.layer.', ''), [...leaf.dataSync()]],
          ),
        );
        expect(new Set(start['gates.kernel'])).toEqual(new Set([0]));
        expect(start['gates.bias']!.slice(4)).toEqual([3, 4, 5, 6]);
        for (const one of ['norm', 'skip']) expect(new Set(start[one]), one).toEqual(new Set([1]));
      });
    });
  });

  it.each([-1e4, 1e4])('stays finite, with its gradients, where all gates are %d', (bias) => {
    expectNoLeak(() => {
      tf.tidy(() => {
        const cell = make({});
        const params = mapTree(cell.init(rng(1, 'test')) as never, (leaf: tf.Tensor, path) =>
          path.endsWith('gates.bias') ? tf.fill(leaf.shape, bias) : leaf,
        );
        const slope = tf.grad((x: tf.Tensor) => {
          let state = cell.initialState(params, 2);
          let sum = tf.scalar(0);
          for (let t = 0; t < 4; t++) {
            const step = cell.step(params, state, x as tf.Tensor2D);
            state = step.state;
            sum = tf.add(sum, tf.sum(tf.square(step.output)));
          }
          return sum;
        })(tf.tensor2d([1, -2, 3, 4, 5, -6], [2, 3]));
        for (const value of slope.dataSync()) expect(value).toSatisfy(Number.isFinite);
      });
    });
  });

  it('shows what it writes and keeps, of each layer and head', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        const cell = make({ layers: 3, size: 6 });
        const params = cell.init(rng(1, 'test'));
        const { probe } = cell.step(params, cell.initialState(params, 5), tf.ones([5, 3]));
        expect(Object.fromEntries(Object.entries(probe!).map(([name, { shape }]) => [name, shape]))).toEqual({
          ...{ query: [5, 3, 2, 6], key: [5, 3, 2, 6], value: [5, 3, 2, 6], memory: [5, 3, 2, 6, 6] },
          ...{ forget: [5, 3, 2], input: [5, 3, 2], stabilizer: [5, 3, 2] },
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
