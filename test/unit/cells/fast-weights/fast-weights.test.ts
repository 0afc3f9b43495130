import { describe, expect, it } from 'vitest';
import { fastWeights } from '../../../../src/cells/fast-weights/fast-weights.ts';
import { matrixMemory } from '../../../../src/cells/fast-weights/memory.ts';
import type { Cell } from '../../../../src/core/contracts.ts';
import { rng } from '../../../../src/core/rng.ts';
import * as tf from '../../../../src/core/tf.ts';
import { leaves } from '../../../../src/core/tree.ts';
import { backends, useBackend } from '../../../support/backends.ts';
import { checkSequence, unrollEagerly } from '../../../support/gradient-check.ts';
import { expectConstantTensors, expectNoLeak } from '../../../support/leaks.ts';
import { fastWeightsReference } from '../../../support/reference/fast-weights.ts';

useBackend('cpu');

type Settings = Parameters<typeof fastWeights.create>[0];

function cellOf(changes: Partial<Settings>, inputSize = 2, maxLength = 3): Cell {
  const defaults = fastWeights.settings.parse({ size: 2 });
  return fastWeights.create({ ...defaults, ...changes }, { inputSize, maxLength });
}

/** W = 0 and C = I: what a unit is shown is what it does, so the fast weights stand alone. */
const bare = () => ({
  recurrentKernel: tf.zeros([2, 2]),
  inputKernel: tf.tensor2d([
    [1, 0],
    [0, 1],
  ]),
});

const shown = () =>
  [
    [1, 0],
    [1, 1],
    [0, 1],
  ].map((x) => tf.tensor2d([x]));

/** Outputs as plain numbers. */
function outputs(cell: Cell, params: Record<string, unknown>, inputs: tf.Tensor2D[]): number[][] {
  return unrollEagerly(cell, params as never, inputs).map((output) => [...output.dataSync()]);
}

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  actual.forEach((value, index) => {
    expect(value).toBeCloseTo(expected[index]!, 6);
  });
}

describe.each(['matrix', 'attention'] as const)('fast weights by hand, %s form', (form) => {
  it('settles once on A made of the old states', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        const cell = cellOf({ form, layerNorm: false });
        const [first, second, third] = outputs(cell, bare(), shown());
        // A = 0: nothing was written yet.
        expectClose(first!, [1, 0]);
        // A = 0.5 [1,0][1,0]^T; [1,1] + A [1,1]
        expectClose(second!, [1.5, 1]);
        // A = 0.9 [[0.5,0],[0,0]] + 0.5 [1.5,1][1.5,1]^T = [[1.575,0.75],[0.75,0.5]]; [0,1] + A [0,1]
        expectClose(third!, [0.75, 1.5]);
      });
    });
  });

  it('sustains the boundary term through two inner steps', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        const cell = cellOf({ form, layerNorm: false, innerSteps: 2 });
        const [, second] = outputs(cell, bare(), shown());
        // h_1 = [1.5,1]; h_2 = [1,1] + A h_1 with A = 0.5 [1,0][1,0]^T
        expectClose(second!, [1.75, 1]);
      });
    });
  });

  it('is a plain recurrent net without inner steps', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        expect(outputs(cellOf({ form, innerSteps: 0 }), bare(), shown())).toEqual([
          [1, 0],
          [1, 1],
          [0, 1],
        ]);
      });
    });
  });

  it('normalizes over the units of one example, whatever else is in the batch', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        const cell = cellOf({ form });
        const norm = { gain: tf.tensor1d([2, 3]), bias: tf.tensor1d([10, 20]) };
        const params = { ...bare(), norm };
        const alone = outputs(cell, params, [tf.tensor2d([[1, 3]])]);
        // Mean 2, variance 1.
        expectClose(alone[0]!, [10 - 2 / Math.sqrt(1 + 1e-5), 20 + 3 / Math.sqrt(1 + 1e-5)]);
        const together = outputs(cell, params, [
          tf.tensor2d([
            [50, -70],
            [1, 3],
          ]),
        ]);
        expectClose(together[0]!.slice(2), alone[0]!);
      });
    });
  });
});

describe('matrixMemory', () => {
  it('reads A h, not its transpose, whatever matrix it is given', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        const memory = tf.tensor3d([1, 2, 3, 4], [1, 2, 2]);
        const { value } = matrixMemory({ size: 2, decay: 1, rate: 1 }).read(memory, tf.tensor2d([[1, 10]]));
        expect([...value.dataSync()]).toEqual([21, 43]);
      });
    });
  });
});

describe('fast-weights probes', () => {
  it('show the matrix', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        const cell = cellOf({ form: 'matrix', layerNorm: false });
        const params = bare();
        let state = cell.initialState(params, 1);
        let probe: Readonly<Record<string, tf.Tensor>> = {};
        for (const input of shown()) ({ state, probe = {} } = cell.step(params, state, input));
        expect(Object.keys(probe)).toEqual(['hidden', 'fastWeightsMemory']);
        expectClose([...probe.fastWeightsMemory!.dataSync()], [1.575, 0.75, 0.75, 0.5]);
      });
    });
  });

  it('show how much each remembered state adds', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        const cell = cellOf({ form: 'attention', layerNorm: false });
        const params = bare();
        let state = cell.initialState(params, 1);
        const seen: number[][] = [];
        for (const input of shown()) {
          const step = cell.step(params, state, input);
          state = step.state;
          seen.push([...step.probe!.attention!.dataSync()]);
        }
        // Newest last: 0.5 [h · h_0] for the newest, 0.9 of that for the one before.
        expectClose(seen[0]!, [0, 0, 0]);
        expectClose(seen[1]!, [0, 0, 0.5]);
        expectClose(seen[2]!, [0, 0, 0.5]);
        const [, middle, newest] = [
          ...cell.step(params, state, tf.tensor2d([[1, 1]])).probe!.attention!.dataSync(),
        ];
        // States [1.5,1] and [0.75,1.5] against [1,1].
        expectClose([middle!, newest!], [0.45 * 2.5, 0.5 * 2.25]);
      });
    });
  });
});

const cases = [0, 1, 2].flatMap((innerSteps) =>
  [true, false].flatMap((layerNorm) =>
    (['matrix', 'attention'] as const).map((form) => ({ innerSteps, layerNorm, form })),
  ),
);

describe.each(backends)('the fast-weights cell on %s', (backend) => {
  useBackend(backend);

  it.each(cases)('equals the float64 reference with its gradients: %o', (options) => {
    const cell = cellOf({ size: 4, ...options }, 3, 4);
    checkSequence({
      cell,
      reference: fastWeightsReference({ decay: 0.9, rate: 0.5, innerSteps: options.innerSteps }),
      length: 4,
      noise: 0.3,
    });
  });
});

describe('the fast-weights cell', () => {
  it('takes attention where fewer states than units are remembered, and says how long it holds', () => {
    expect(cellOf({ size: 12 }, 2, 11).maxLength).toBe(11);
    expect(cellOf({ size: 11 }, 2, 11).maxLength).toBeUndefined();
    expect(cellOf({ size: 12, form: 'matrix' }, 2, 11).maxLength).toBeUndefined();
    expect(cellOf({ size: 2, form: 'attention' }, 2, 11).maxLength).toBe(11);
  });

  it('starts as the paper does', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        const params = cellOf({ size: 16 }, 5).init(rng(3, 'test')) as Record<string, tf.Tensor>;
        const identity = tf.mul(tf.eye(16), 0.05);
        expect(tf.max(tf.abs(tf.sub(params.recurrentKernel!, identity))).dataSync()[0]).toBe(0);
        const largest = tf.max(tf.abs(params.inputKernel!)).dataSync()[0]!;
        expect(largest).toBeLessThan(0.25);
        expect(largest).toBeGreaterThan(0.2);
      });
    });
  });

  it('learns a gain and a bias only where something is normalized', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        const paths = (changes: Partial<Settings>) =>
          leaves(cellOf(changes).init(rng(1, 'test'))).map(([path]) => path);
        expect(paths({})).toEqual(['recurrentKernel', 'inputKernel', 'norm.gain', 'norm.bias']);
        expect(paths({ layerNorm: false })).toEqual(['recurrentKernel', 'inputKernel']);
        expect(paths({ innerSteps: 0 })).toEqual(['recurrentKernel', 'inputKernel']);
      });
    });
  });

  it('fills in the defaults, and refuses a decay above 1 and a negative rate', () => {
    expect(fastWeights.settings.parse({})).toEqual({
      size: 50,
      decay: 0.9,
      rate: 0.5,
      innerSteps: 1,
      layerNorm: true,
      form: 'auto',
      identityScale: 0.05,
    });
    for (const bad of [{ decay: 1.1 }, { rate: -1 }, { innerSteps: -1 }, { form: 'matrices' }])
      expect(fastWeights.settings.safeParse(bad).success).toBe(false);
  });

  it.each(['matrix', 'attention'] as const)('has the same number of tensors after each step, %s', (form) => {
    expectConstantTensors(cellOf({ form, size: 5, innerSteps: 2 }));
  });
});
