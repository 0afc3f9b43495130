import { describe, expect, it } from 'vitest';
import { readParameters } from '../../../src/compare/parameters.ts';

const read = (parameters: unknown) => readParameters(parameters, 'parameters in plan.yaml');

describe('readParameters', () => {
  it('reads every shape that a sweep has', () => {
    expect(
      read({
        rate: { values: [1e-3, 1e-2] },
        'cell.size': [32, 64],
        clip: '1,10',
        batch: { value: 8 },
        cell: { parameters: { slots: { min: 8, max: 16, count: 3 } } },
        'optimizer.beta1': { min: 0.5, max: 0.9, distribution: 'uniform', count: 5 },
        'optimizer.epsilon': { min: 1e-9, max: 1e-7 },
      }).map(({ path, values }) => [path, values]),
    ).toEqual([
      ['optimizer.rate', [1e-3, 1e-2]],
      ['cell.size', [32, 64]],
      ['optimizer.clipNorm', [1, 10]],
      ['batchSize', [8]],
      ['cell.slots', [8, 12, 16]],
      ['optimizer.beta1', [0.5, 0.6, 0.7, 0.8, 0.9]],
      ['optimizer.epsilon', [1e-9, 1e-8, 1e-7]],
    ]);
  });

  it.each<[unknown, string]>([
    [{}, 'parameters in plan.yaml: expected settings by name, each with its values, got {}'],
    [[1], 'expected settings by name'],
    [
      { rate: { value_s: [1] } },
      'rate of parameters in plan.yaml: expected values, value, or min and max, got value_s; did you mean values?',
    ],
    [{ rate: { values: [] } }, 'expected a list of values, got []'],
    [{ rate: { values: 3 } }, 'expected a list of values, got 3'],
    [{ rate: [] }, 'expected a list of values, got []'],
    [{ rate: { min: 1 } }, 'expected values, value, or a min below a max, got min 1 and max none'],
    [{ rate: { min: 2, max: 1 } }, 'got min 2 and max 1'],
    [{ rate: { min: 0.1, max: 1, count: 1 } }, 'expected a count from 2 to 1000, got 1'],
    [{ rate: { min: 0, max: 0.1 } }, 'say distribution: uniform'],
    [
      { rate: { min: 0.1, max: 1, distribution: 'normal' } },
      'expected a distribution of log_uniform_values, uniform, int_uniform, got "normal"',
    ],
    [
      { cell: { parameters: { slots: { max: 3 } } } },
      'slots of cell of parameters in plan.yaml: expected values',
    ],
  ])('refuses %j in one line', (parameters, message) => {
    expect(() => read(parameters)).toThrow(message);
  });
});
