import { describe, expect, it } from 'vitest';
import { dropout } from '../../../src/cells/dropout.ts';
import { irnn } from '../../../src/cells/irnn.ts';
import { lazyProbe } from '../../../src/cells/lazy-probe.ts';
import { residualStack } from '../../../src/cells/stack.ts';
import type { Cell, Tree } from '../../../src/core/contracts.ts';
import { UsageError } from '../../../src/core/errors.ts';
import { rng } from '../../../src/core/rng.ts';
import * as tf from '../../../src/core/tf.ts';
import { leaves } from '../../../src/core/tree.ts';
import { backends, useBackend } from '../../support/backends.ts';
import { checkSequence, type Numbers, type Sequence } from '../../support/gradient-check.ts';
import { expectConstantTensors, expectNoLeak } from '../../support/leaks.ts';
import { irnnReference } from '../../support/reference/irnn.ts';

useBackend('cpu');

const layer = (size: number): Cell =>
  irnn.create({ size, identityScale: 0.5 }, { inputSize: size, maxLength: 9 });
const stackOf = (inputSize: number, layers: readonly Cell[]) =>
  residualStack<Tree, Tree>({ name: 'stack', inputSize, layers });

/** The layers' own reference, with the norms and sums around them in plain loops. */
function stackReference(layers: number): (params: Numbers, inputs: Sequence) => Sequence {
  const norm = (x: Float64Array, gain: Float64Array) => {
    const meanSquare = x.reduce((sum, value) => sum + value * value, 0) / x.length;
    return x.map((value, i) => (gain[i]! * value) / Math.sqrt(meanSquare + 1e-5));
  };
  return (params, inputs) => {
    const bias = params['input.bias']!;
    const kernel = params['input.kernel'];
    let stream = inputs.map((input) =>
      bias.map((value, j) => {
        if (!kernel) return value + input[j]!;
        return input.reduce((sum, x, i) => sum + x * kernel[i * bias.length + j]!, value);
      }),
    );
    for (let l = 0; l < layers; l++) {
      const prefix = `layers.${l}.layer.`;
      const own = Object.entries(params).filter(([path]) => path.startsWith(prefix));
      const named = Object.fromEntries(own.map(([path, values]) => [path.slice(prefix.length), values]));
      const gain = params[`layers.${l}.norm`]!;
      const outputs = irnnReference(
        named,
        stream.map((x) => norm(x, gain)),
      );
      stream = stream.map((x, t) => x.map((value, i) => value + outputs[t]![i]!));
    }
    return stream.map((x) => norm(x, params.norm!));
  };
}

describe.each(backends)('the residual stack on %s', (backend) => {
  useBackend(backend);

  it.each([
    ['with a projection of the input', 3, 2],
    ['whose input is of its own width', 4, 3],
  ])('%s equals the float64 reference with its gradients', (_, inputSize, layers) => {
    checkSequence({
      cell: stackOf(
        inputSize,
        Array.from({ length: layers }, () => layer(4)),
      ),
      reference: stackReference(layers),
      length: 5,
    });
  });
});

/** A layer that gives back its input, dropped where its noise says, shows it, and counts steps. */
function plain(changes: Partial<Cell> & { show?: string } = {}): Cell {
  const { show = 'seen', ...rest } = changes;
  return {
    name: 'plain',
    inputSize: 2,
    outputSize: 2,
    probes: { [show]: { axes: ['unit'] } },
    init: () => ({}),
    initialState: (_, batchSize) => ({ steps: tf.zeros([batchSize, 1]) }),
    step: (_, state, input, noise) => ({
      output: dropout(input, noise, 0.5),
      state: { steps: tf.add((state as { steps: tf.Tensor }).steps, 1) },
      probe: lazyProbe({ [show]: () => input }),
    }),
    ...rest,
  };
}

describe('the residual stack', () => {
  it('projects the input where its size is not that of the layers, and adds a bias that is not zero', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        const paths = (cell: Cell) => leaves<tf.Tensor>(cell.init(rng(1, 'test'))).map(([path]) => path);
        expect(paths(stackOf(3, [plain()]))).toEqual(['input.kernel', 'input.bias', 'layers.0.norm', 'norm']);
        expect(paths(stackOf(2, [plain()]))).toEqual(['input.bias', 'layers.0.norm', 'norm']);
        const cell = stackOf(2, [plain()]);
        const params = cell.init(rng(1, 'test'));
        const { output } = cell.step(params, cell.initialState(params, 1), tf.zeros([1, 2]));
        for (const value of output.dataSync()) expect(Math.abs(value)).toBeGreaterThan(1e-3);
      });
    });
  });

  it('shows what its layers show, a place for each', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        const cell = stackOf(2, [plain(), plain(), plain({ show: 'other' })]);
        expect(cell.probes).toEqual({
          seen: { axes: ['layer', 'unit'] },
          other: { axes: ['layer', 'unit'] },
        });
        const params = cell.init(rng(1, 'test'));
        const { probe } = cell.step(params, cell.initialState(params, 5), tf.ones([5, 2]));
        expect(Object.keys(probe!)).toEqual(['seen', 'other']);
        expect(probe!.seen!.shape).toEqual([5, 2, 2]);
        expect(probe!.other!.shape).toEqual([5, 1, 2]);
      });
    });
  });

  it('gives each layer its own part of the noise, and those without one none', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        const cell = stackOf(2, [plain({ noiseSize: 2 }), plain(), plain({ noiseSize: 2 })]);
        expect(cell.noiseSize).toBe(4);
        const params = { input: { bias: tf.zeros([2]) }, norm: tf.ones([2]), layers: [0, 1, 2].map(gain) };
        // x = [1,1]; layer 0 drops its second half and doubles its first: [1 + 2, 1]; layer 1 adds the norm; layer 2
        // drops the first and doubles the second.
        const noise = tf.tensor2d([[0.9, 0.1, 0.1, 0.9]]);
        const { output } = cell.step(
          params as never,
          cell.initialState({ layers: params.layers } as never, 1),
          tf.ones([1, 2]),
          noise,
        );
        const norm = ([a, b]: [number, number]) => {
          const root = Math.sqrt((a * a + b * b) / 2 + 1e-5);
          return [a / root, b / root] as [number, number];
        };
        let x: [number, number] = [1, 1];
        x = [x[0] + 2 * norm(x)[0], x[1]];
        x = [x[0] + norm(x)[0], x[1] + norm(x)[1]];
        x = [x[0], x[1] + 2 * norm(x)[1]];
        const [a, b] = output.dataSync();
        expect(a).toBeCloseTo(norm(x)[0], 5);
        expect(b).toBeCloseTo(norm(x)[1], 5);
      });
    });
  });

  it('has the least of the bounds of its layers', () => {
    const cell = stackOf(2, [plain({ maxLength: 9, slots: 4 }), plain(), plain({ maxLength: 7 })]);
    expect([cell.maxLength, cell.slots, cell.noiseSize]).toEqual([7, 4, undefined]);
  });

  it.each([
    [[], 'stack: expected at least one layer, got none'],
    [[plain(), plain({ outputSize: 3 })], 'expected layers from 2 to 2 numbers, got one from 2 to 3'],
    [[plain(), plain({ inputSize: 4 })], 'expected layers from 2 to 2 numbers, got one from 4 to 2'],
  ])('refuses layers that cannot be stacked', (layers, message) => {
    const stacking = () => stackOf(2, layers);
    expect(stacking).toThrow(UsageError);
    expect(stacking).toThrow(message);
  });

  it('has the same number of tensors after each step', () => {
    expectConstantTensors(stackOf(3, [layer(4), layer(4)]));
  });
});

const gain = () => ({ norm: tf.ones([2]), layer: {} });
