import { describe, expect, it } from 'vitest';
import { slstm } from '../../../../src/cells/xlstm/slstm.ts';
import type { Cell, Tree } from '../../../../src/core/contracts.ts';
import { rng } from '../../../../src/core/rng.ts';
import * as tf from '../../../../src/core/tf.ts';
import { leaves, mapTree } from '../../../../src/core/tree.ts';
import { useBackend } from '../../../support/backends.ts';
import { expectConstantTensors, expectNoLeak } from '../../../support/leaks.ts';

useBackend('cpu');

const make = (given: object): Cell =>
  slstm.create(slstm.settings.parse({ size: 4, heads: 2, ...given }), { inputSize: 3, maxLength: 9 });

/** Parameters after their start, i and f of every cell set by their biases. */
function withGates(cell: Cell, { i, f }: { i: number; f: number }): Tree {
  return mapTree(cell.init(rng(1, 'test')) as never, (leaf: tf.Tensor, path) =>
    path.endsWith('layer.bias')
      ? tf.tensor2d([i, i, f, f, 0, 0, 0, 0, i, i, f, f, 0, 0, 0, 0], [2, 8])
      : leaf,
  ) as Tree;
}

/** What a probe shows after each of some steps of random inputs. */
function shown(cell: Cell, params: Tree, name: string): number[][] {
  const stream = rng(3, 'inputs');
  let state = cell.initialState(params, 1);
  return Array.from({ length: 5 }, () => {
    const input = tf.tensor2d([[stream.normal(), stream.normal(), stream.normal()]]);
    const step = cell.step(params, state, input);
    state = step.state;
    return [...(name === 'output' ? step.output : step.probe![name]!).dataSync()];
  });
}

const scoped = (run: () => void) => expectNoLeak(() => tf.tidy(run));

describe('slstm', () => {
  it('begins without recurrence, its forget gates from 5 to -7, later to fall the deeper the layer', () => {
    scoped(() => {
      const params = make({ size: 8, heads: 2, layers: 3 }).init(rng(1, 'test'));
      const byPath = new Map(leaves<tf.Tensor>(params));
      const of = (layer: number, path: string) => [
        ...byPath.get(`layers.${layer}.layer.${path}`)!.dataSync(),
      ];
      expect(new Set(of(1, 'recurrent'))).toEqual(new Set([0]));
      // 5 - 12 (1/3)^0.3 and 5 - 12 (1/3)^1.6.
      for (const [layer, second] of [
        [0, -3.63068],
        [2, 2.93087],
      ] as const) {
        const bias = of(layer, 'bias');
        expect(bias.slice(0, 4)).toEqual([0, 0, 0, 0]);
        expect(bias[4]).toBe(5);
        expect(bias[5]).toBeCloseTo(second, 4);
        expect(bias[7]).toBeCloseTo(-7, 5);
        expect(bias.slice(8, 16)).toEqual(new Array(8).fill(0));
      }
    });
  });

  it('writes whole at the first step, whatever f is', () => {
    scoped(() => {
      const cell = make({});
      for (const f of [-50, 50]) {
        const params = withGates(cell, { i: -3, f });
        expect(shown(cell, params, 'input')[0]).toEqual([1, 1, 1, 1]);
        expect(shown(cell, params, 'forget')[0]).toEqual([0, 0, 0, 0]);
      }
    });
  });

  it('is finite whatever the gates are, where exp alone is not', () => {
    scoped(() => {
      const cell = make({ layers: 2 });
      for (const i of [-500, 0, 500])
        for (const f of [-500, 500])
          for (const value of shown(cell, withGates(cell, { i, f }), 'output').flat())
            expect(Number.isFinite(value), `i ${i}, f ${f}`).toBe(true);
    });
  });

  it('keeps a mean of all it was shown: between -1 and 1, the same at every strength of writing', () => {
    scoped(() => {
      const cell = make({});
      const [weak, strong] = [-30, 30].map((i) => shown(cell, withGates(cell, { i, f: 3 }), 'cell').flat());
      weak!.forEach((value, j) => {
        expect(Math.abs(value)).toBeLessThan(1);
        expect(strong![j]!).toBeCloseTo(value, 5);
      });
    });
  });

  it('shows its cells and gates of each layer and head', () => {
    scoped(() => {
      const cell = make({ layers: 3, size: 6 });
      const params = cell.init(rng(1, 'test'));
      const { probe } = cell.step(params, cell.initialState(params, 5), tf.ones([5, 3]));
      const names = ['cell', 'forget', 'input', 'output', 'hidden'];
      expect(Object.fromEntries(Object.entries(probe!).map(([name, { shape }]) => [name, shape]))).toEqual(
        Object.fromEntries(names.map((name) => [name, [5, 3, 2, 3]])),
      );
      for (const [name, { axes }] of Object.entries(cell.probes!))
        expect(axes, name).toHaveLength(probe![name]!.rank - 1);
    });
  });

  it('has the same number of tensors after each step', () => {
    expectConstantTensors(make({ layers: 2 }));
  });

  it('refuses heads that do not divide the size in one line', () => {
    expect(() => make({ size: 8, heads: 3 })).toThrow(/slstm: expected .* got 3; take 1, 2 or 4 heads/);
  });
});
