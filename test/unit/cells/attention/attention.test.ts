import { describe, expect, it } from 'vitest';
import { attention } from '../../../../src/cells/attention/attention.ts';
import type { Cell } from '../../../../src/core/contracts.ts';
import { UsageError } from '../../../../src/core/errors.ts';
import { rng } from '../../../../src/core/rng.ts';
import * as tf from '../../../../src/core/tf.ts';
import { backends, useBackend } from '../../../support/backends.ts';
import { checkSequence } from '../../../support/gradient-check.ts';
import { expectConstantTensors, expectNoLeak } from '../../../support/leaks.ts';
import { attentionReference } from '../../../support/reference/attention.ts';

useBackend('cpu');

const make = (changes: object, maxLength = 7): Cell =>
  attention.create(attention.settings.parse({ size: 4, heads: 2, ...changes }), { inputSize: 3, maxLength });

describe.each(backends)('attention on %s', (backend) => {
  useBackend(backend);

  it('equals the float64 reference with its gradients', () => {
    const reference = attentionReference({
      ...{ layers: 1, heads: 2, rotary: true, convolution: true, window: 7 },
    });
    checkSequence({ cell: make({}), reference, length: 7 });
  });
});

/** What the heads attend to in each of some steps of random inputs, [step][head][place], of one example. */
function weightsOf(cell: Cell, steps: number): number[][][] {
  const stream = rng(1, 'test');
  const params = cell.init(stream);
  let state = cell.initialState(params, 1);
  return Array.from({ length: steps }, () => {
    const step = cell.step(
      params,
      state,
      tf.tensor2d([Array.from({ length: cell.inputSize }, () => stream.normal())]),
    );
    state = step.state;
    const shown = step.probe!.attention! as tf.Tensor4D;
    return shown.arraySync()[0]![0]!;
  });
}

describe('attention', () => {
  it.each([
    [{ size: 10, heads: 4 }, 'heads that divide size 10, got 4; take 1 or 5 heads, or size 16'],
    [
      { size: 6, heads: 2 },
      'heads of an even number of numbers, which rotary positions turn in pairs, got 2; take 1 or 3 heads, or size 8',
    ],
    [
      { size: 5, heads: 1 },
      'heads of an even number of numbers, which rotary positions turn in pairs, got 1; take size 6',
    ],
    [
      { size: 5, heads: 2, positions: 'none' },
      'heads that divide size 5, got 2; take 1 or 5 heads, or size 6',
    ],
    [{ sliding: true }, 'a window that slides, got 0, all of the past; set window'],
    [
      { window: 6 },
      'a window that holds the longest sequence, of 7 steps, got 6; set window 0 or 7, or sliding true, which lets the oldest go',
    ],
  ])('refuses %j', (settings, message) => {
    expect(() => make(settings)).toThrow(UsageError);
    expect(() => make(settings)).toThrow(`attention: expected ${message}`);
  });

  it('bounds the sequence by its window, unless that slides', () => {
    expect(make({}).maxLength).toBe(7);
    expect(make({ window: 9 }).maxLength).toBe(9);
    expect(make({ window: 5, sliding: true }).maxLength).toBeUndefined();
  });

  it('attends to what it was shown and to nothing else, with weights that sum to 1', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        for (const heads of weightsOf(make({}), 7).entries())
          for (const weights of heads[1]) {
            const filled = heads[0] + 1;
            expect(weights.slice(0, 7 - filled)).toEqual(Array(7 - filled).fill(0));
            expect(Math.min(...weights.slice(7 - filled))).toBeGreaterThan(0);
            expect(weights.reduce((a, b) => a + b)).toBeCloseTo(1, 6);
          }
      });
    });
  });

  it('has parameters of the same shapes whatever the longest sequence is', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        const shapes = (maxLength: number) =>
          JSON.stringify(make({}, maxLength).init(rng(1, 'test')), (_, value: unknown) =>
            value instanceof tf.Tensor ? value.shape : value,
          );
        expect(shapes(50)).toBe(shapes(7));
      });
    });
  });

  it('shows where it looks, what for and what it finds, of each layer and head', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        const cell = make({ layers: 3 });
        const params = cell.init(rng(1, 'test'));
        const { probe } = cell.step(params, cell.initialState(params, 5), tf.ones([5, 3]));
        expect(Object.fromEntries(Object.entries(probe!).map(([name, { shape }]) => [name, shape]))).toEqual({
          attention: [5, 3, 2, 7],
          ...Object.fromEntries(['query', 'key', 'value'].map((name) => [name, [5, 3, 2, 2]])),
        });
        for (const [name, { axes }] of Object.entries(cell.probes!))
          expect(axes, name).toHaveLength(probe![name]!.rank - 1);
        expect(cell.probes!.attention!.labels).toEqual(['6', '5', '4', '3', '2', '1', '0']);
      });
    });
  });

  it('has the same number of tensors after each step', () => {
    expectConstantTensors(make({ layers: 2 }));
  });
});
