/**
 * A cell against a float64 reference where float32 would not do: its traced graphs are run by the interpreter, in float64,
 * so that what is left of a difference is a mistake and not rounding. Traced are TensorFlow.js' own gradients. A graph is
 * of one example, and so is the check.
 */
import { expect } from 'vitest';
import type { Batch, Cell, Model, Tree } from '../../src/core/contracts.ts';
import { rng } from '../../src/core/rng.ts';
import * as tf from '../../src/core/tf.ts';
import { leaves } from '../../src/core/tree.ts';
import { traceModel } from '../../src/jit/frontend/model.ts';
import { type Numbers, type Reference, relativeError } from './gradient-check.ts';
import { emptyGradient, interpretedLoss, type Named } from './interpreted.ts';

export interface Float64Check {
  readonly cell: Cell;
  readonly reference: Reference;
  readonly length?: number;
  readonly seed?: number;
  /** Standard deviation of what is added to the parameters' start. */
  readonly noise?: number;
}

/** Step of the differences. */
const DIFFERENCE = 1e-5;
/** What gradients may be off by, relative to the largest component of the same tensor. */
const TOLERANCE = 1e-6;
/** And sums of outputs: the constants of a graph, such as an epsilon, are float32. */
const LOSS_TOLERANCE = 1e-7;

/** The cell with nothing around it: its output is what is read. */
function bare(cell: Cell): Model {
  const readout = (_: Tree, outputs: tf.Tensor2D): tf.Tensor2D => tf.mul(outputs, 1);
  return { ...cell, readoutSize: cell.outputSize, readout };
}

/** The slope in one of the values, by four points: what is left is of the fourth order in the step. */
function slope(values: Float64Array, index: number, f: () => number): number {
  const value = values[index]!;
  const at = (steps: number) => {
    values[index] = value + steps * DIFFERENCE;
    return f();
  };
  const [near, far] = [1, 2].map((steps) => (at(steps) - at(-steps)) / (2 * steps * DIFFERENCE)) as [
    number,
    number,
  ];
  values[index] = value;
  return (4 * near - far) / 3;
}

/** Checks sum(outputs · weights) of each step alone, and every gradient of the sum over all steps. */
export function checkFloat64(check: Float64Check): void {
  const { cell, reference, length = 7, seed = 1, noise = 0.3 } = check;
  const { inputSize, outputSize } = cell;
  const stream = rng(seed, 'float64-check');
  const random = (size: number) => Float32Array.from({ length: size }, () => stream.normal());
  const tree = cell.init(stream);
  const graphs = traceModel(bare(cell), tree, (logits, { targets, mask }) =>
    tf.mul(tf.sum(tf.mul(logits, targets), 1), mask),
  );
  const numbers: Numbers = {};
  const params: Named = {};
  leaves<tf.Tensor>(tree).forEach(([path, leaf], index) => {
    numbers[path] = Float64Array.from(leaf.dataSync(), (value) => value + noise * stream.normal());
    params[graphs.params[index]!.name] = [numbers[path]];
    leaf.dispose();
  });
  const inputs = random(length * inputSize);
  const targets = random(length * outputSize);
  const batch: Batch = {
    ...{ length, batchSize: 1, inputSize, outputSize, inputs, targets },
    mask: new Float32Array(length).fill(1),
  };
  const row = (values: Float32Array, t: number, size: number) =>
    Float64Array.from(values.subarray(t * size, (t + 1) * size));
  const sequence = Array.from({ length }, (_, t) => row(inputs, t, inputSize));
  const sums = () =>
    reference(numbers, sequence).map((output, t) =>
      row(targets, t, outputSize).reduce((sum, weight, i) => sum + weight * output[i]!, 0),
    );
  const total = () => sums().reduce((a, b) => a + b, 0);

  const gradient = emptyGradient(graphs);
  const loss = interpretedLoss({ graphs, params }, batch, gradient);
  expect(relativeError([loss], [total()]), 'loss').toBeLessThan(LOSS_TOLERANCE);
  sums().forEach((expected, t) => {
    const mask = new Float32Array(length);
    mask[t] = 1;
    const found = interpretedLoss({ graphs, params }, { ...batch, mask });
    expect(relativeError([found], [expected]), `outputs of step ${t}`).toBeLessThan(LOSS_TOLERANCE);
  });
  Object.entries(numbers).forEach(([path, values], index) => {
    const expected = values.map((_, i) => slope(values, i, total));
    const found = gradient.get(graphs.params[index]!.name)!;
    expect(relativeError(found, expected), `gradient of ${path}`).toBeLessThan(TOLERANCE);
  });
}
