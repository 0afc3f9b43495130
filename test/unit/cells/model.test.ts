import { describe, expect, it } from 'vitest';
import { irnn } from '../../../src/cells/irnn.ts';
import { type ModelOptions, model } from '../../../src/cells/model.ts';
import type { Cell } from '../../../src/core/contracts.ts';
import { UsageError } from '../../../src/core/errors.ts';
import { rng } from '../../../src/core/rng.ts';
import * as tf from '../../../src/core/tf.ts';
import { leaves } from '../../../src/core/tree.ts';
import { useBackend } from '../../support/backends.ts';
import { checkSequence, type Numbers } from '../../support/gradient-check.ts';
import { expectConstantTensors, expectNoLeak } from '../../support/leaks.ts';
import { irnnReference } from '../../support/reference/irnn.ts';

useBackend('cpu');

function modelOf(options: ModelOptions, size = 4) {
  const inputSize = options.embeddingSize || options.inputSize;
  return model(irnn.create({ size, identityScale: 0.7 }, { inputSize, maxLength: 9 }), options);
}

/** x K + b in plain loops. */
function dense(x: Float64Array, kernel: Float64Array, bias?: Float64Array): Float64Array {
  const size = kernel.length / x.length;
  return Float64Array.from({ length: size }, (_, unit) =>
    x.reduce((sum, value, k) => sum + value * kernel[k * size + unit]!, bias ? bias[unit]! : 0),
  );
}

const sizes = [
  { inputSize: 3, outputSize: 2 },
  { inputSize: 3, outputSize: 2, embeddingSize: 5 },
  { inputSize: 3, outputSize: 2, hiddenSize: 6 },
  { inputSize: 3, outputSize: 2, embeddingSize: 5, hiddenSize: 6 },
];

describe('model', () => {
  it('says its sizes: D of its cell, I and O of the task', () => {
    const made = modelOf({ inputSize: 3, outputSize: 2, embeddingSize: 5, hiddenSize: 6 });
    expect(made).toMatchObject({ name: 'irnn', inputSize: 3, outputSize: 4, readoutSize: 2 });
  });

  it('hands on how many slots its cell has and how long a sequence it holds', () => {
    const bounded: Cell = { ...irnn.create({ size: 2, identityScale: 1 }, { inputSize: 3, maxLength: 9 }) };
    expect(model({ ...bounded, slots: 7, maxLength: 11 }, sizes[0]!)).toMatchObject({
      slots: 7,
      maxLength: 11,
    });
    expect(model(bounded, sizes[0]!)).not.toHaveProperty('maxLength');
  });

  it('keeps its parameters in a tree by part', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        const shapes = (options: ModelOptions) =>
          Object.fromEntries(
            leaves<tf.Tensor>(modelOf(options).init(rng(1, 'test'))).map(([path, leaf]) => [
              path,
              leaf.shape,
            ]),
          );
        const cell = { 'cell.inputKernel': [3, 4], 'cell.recurrentKernel': [4, 4], 'cell.bias': [4] };
        expect(shapes(sizes[0]!)).toEqual({ ...cell, 'readout.kernel': [4, 2], 'readout.bias': [2] });
        expect(shapes({ ...sizes[0]!, embeddingSize: 0, hiddenSize: 0 })).toEqual(shapes(sizes[0]!));
        expect(shapes(sizes[3]!)).toEqual({
          ...cell,
          'embedding.kernel': [3, 5],
          'cell.inputKernel': [5, 4],
          'hidden.kernel': [4, 6],
          'hidden.bias': [6],
          'readout.kernel': [6, 2],
          'readout.bias': [2],
        });
      });
    });
  });

  it.each(sizes)('embeds, steps and reads out as its float64 reference, gradients too: %o', (options) => {
    const made = modelOf(options);
    const wholly: Cell = {
      ...made,
      outputSize: made.readoutSize,
      step(params, state, input) {
        const step = made.step(params as never, state, input);
        return { ...step, output: made.readout(params as never, step.output) };
      },
    };
    const reference = (params: Numbers, inputs: Float64Array[]) => {
      const cell = Object.fromEntries(
        Object.entries(params).map(([path, values]) => [path.replace(/^cell\./, ''), values]),
      );
      const embedding = params['embedding.kernel'];
      const shown = embedding ? inputs.map((input) => dense(input, embedding)) : inputs;
      return irnnReference(cell, shown).map((output) => {
        const hidden = params['hidden.kernel']
          ? dense(output, params['hidden.kernel'], params['hidden.bias']).map((x) => Math.max(0, x))
          : output;
        return dense(hidden, params['readout.kernel']!, params['readout.bias']);
      });
    };
    checkSequence({ cell: wholly, reference, noise: 0.4 });
  });

  it('has the same number of tensors after each step', () => {
    expectConstantTensors(modelOf(sizes[3]!));
  });

  it('refuses a cell that was made for another input', () => {
    const cell = irnn.create({ size: 2, identityScale: 1 }, { inputSize: 3, maxLength: 9 });
    const build = () => model(cell, { inputSize: 3, outputSize: 2, embeddingSize: 5 });
    expect(build).toThrow(UsageError);
    expect(build).toThrow('model: expected a cell of input size 5, got 3');
  });
});
