/**
 * A cell against a float64 reference over a whole sequence: outputs directly, gradients of parameters and inputs by
 * central finite differences of the reference. The reference sees one example at a time, so examples that leak into
 * each other show too.
 */
import { expect } from 'vitest';
import type { Cell, Tree } from '../../src/core/contracts.ts';
import { type Rng, rng } from '../../src/core/rng.ts';
import * as tf from '../../src/core/tf.ts';
import { leaves, treeLike } from '../../src/core/tree.ts';

/** Parameters by dotted path, row-major, in float64. */
export type Numbers = Record<string, Float64Array>;
/** One vector a time step. */
export type Sequence = Float64Array[];
/** A cell written from its equations in plain loops: outputs of one example, from the first state on. */
export type Reference = (params: Numbers, inputs: Sequence) => Sequence;

export interface SequenceCheck {
  readonly cell: Cell;
  readonly reference: Reference;
  readonly length?: number;
  readonly batchSize?: number;
  readonly seed?: number;
  /** Standard deviation of what is added to the parameters' start, so that biases and gains are not trivial. */
  readonly noise?: number;
  /** Step of the finite differences, in the float64 reference. */
  readonly difference?: number;
  /** Largest error allowed, relative to the largest component of the same tensor (at least 1). */
  readonly tolerance?: number;
}

const normals = (stream: Rng, size: number, scale = 1): Float32Array =>
  Float32Array.from({ length: size }, () => scale * stream.normal());

/** The largest |a - b|, relative to the largest |b| or 1. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  let scale = 1;
  let error = 0;
  for (let i = 0; i < expected.length; i++) {
    scale = Math.max(scale, Math.abs(expected[i]!));
    // Not Math.max: a NaN must not pass.
    const difference = Math.abs(actual[i]! - expected[i]!);
    if (!(difference <= error)) error = difference;
  }
  return error / scale;
}

/** Parameters of a cell as float32 arrays with their shapes: its start with noise added. */
function noisyParams(cell: Cell, stream: Rng, noise: number) {
  const params = cell.init(stream);
  const arrays = leaves<tf.Tensor>(params).map(([path, leaf]) => {
    const data = leaf.dataSync().map((value) => value + noise * stream.normal());
    leaf.dispose();
    return { path, shape: leaf.shape, data: Float32Array.from(data) };
  });
  return { params, arrays };
}

/** Outputs of all steps, [B,D] each. */
export function unrollEagerly(cell: Cell, params: Tree, inputs: tf.Tensor2D[]): tf.Tensor2D[] {
  let state = cell.initialState(params, inputs[0]!.shape[0]);
  return inputs.map((input) => {
    const step = cell.step(params, state, input);
    state = step.state;
    return step.output;
  });
}

/**
 * Checks outputs and gradients of sum(outputs · weights), random weights, of a whole sequence; and that nothing leaks.
 */
export function checkSequence(check: SequenceCheck): void {
  const { cell, reference, length = 4, batchSize = 2, seed = 1, noise = 0.2 } = check;
  const { difference = 1e-6, tolerance = 1e-5 } = check;
  const stream = rng(seed, 'gradient-check');
  const { params, arrays } = noisyParams(cell, stream, noise);
  const inputs = Array.from({ length }, () => normals(stream, batchSize * cell.inputSize));
  const weights = Array.from({ length }, () => normals(stream, batchSize * cell.outputSize));
  const eager = eagerGradients({ cell, params, arrays, inputs, weights, batchSize });

  const numbers: Numbers = Object.fromEntries(
    arrays.map(({ path, data }) => [path, Float64Array.from(data)]),
  );
  const sequences = Array.from({ length: batchSize }, (_, example) =>
    inputs.map((input) => Float64Array.from(row(input, example, cell.inputSize))),
  );
  const outputs = sequences.map((sequence) => reference(numbers, sequence));
  eager.outputs.forEach((output, t) => {
    const expected = outputs.flatMap((sequence) => [...sequence[t]!]);
    expect(relativeError(output, expected), `output ${t}`).toBeLessThan(tolerance);
  });

  const loss = (example: number) =>
    reference(numbers, sequences[example]!).reduce(
      (sum, output, t) => sum + dot(output, row(weights[t]!, example, cell.outputSize)),
      0,
    );
  const total = () => sequences.reduce((sum, _, example) => sum + loss(example), 0);
  arrays.forEach(({ path }, index) => {
    const expected = numericGradient(numbers[path]!, total, difference);
    expect(relativeError(eager.gradients[index]!, expected), `gradient of ${path}`).toBeLessThan(tolerance);
  });
  sequences.forEach((sequence, example) => {
    sequence.forEach((input, t) => {
      const expected = numericGradient(input, () => loss(example), difference);
      const actual = row(eager.gradients[arrays.length + t]!, example, cell.inputSize);
      expect(relativeError(actual, expected), `gradient of input ${t}`).toBeLessThan(tolerance);
    });
  });
}

const row = (values: Float32Array, index: number, size: number) =>
  values.subarray(index * size, (index + 1) * size);

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, index) => sum + value * b[index]!, 0);

function numericGradient(values: Float64Array, f: () => number, difference: number): Float64Array {
  return values.map((value, index) => {
    values[index] = value + difference;
    const above = f();
    values[index] = value - difference;
    const below = f();
    values[index] = value;
    return (above - below) / (2 * difference);
  });
}

interface EagerRun {
  readonly cell: Cell;
  readonly params: Tree;
  readonly arrays: readonly { readonly shape: number[]; readonly data: Float32Array }[];
  readonly inputs: readonly Float32Array[];
  readonly weights: readonly Float32Array[];
  readonly batchSize: number;
}

/** Outputs, and gradients of parameters then inputs, by TensorFlow.js; nothing is left behind. */
function eagerGradients({ cell, params, arrays, inputs, weights, batchSize }: EagerRun) {
  const before = tf.memory().numTensors;
  const result = tf.tidy(() => {
    const tensors = [
      ...arrays.map(({ data, shape }) => tf.tensor(data, shape)),
      ...inputs.map((input) => tf.tensor2d(input, [batchSize, cell.inputSize])),
    ];
    let outputs: Float32Array[] = [];
    const loss = (...xs: tf.Tensor[]) => {
      const steps = unrollEagerly(
        cell,
        treeLike(params, xs.slice(0, arrays.length)),
        xs.slice(arrays.length) as tf.Tensor2D[],
      );
      outputs = steps.map((output) => output.dataSync() as Float32Array);
      const terms = steps.map((output, t) =>
        tf.sum(tf.mul(output, tf.tensor2d(weights[t]!, [batchSize, cell.outputSize]))),
      );
      return tf.addN(terms) as tf.Scalar;
    };
    const gradients = tf
      .grads(loss)(tensors)
      .map((gradient) => gradient.dataSync() as Float32Array);
    return { outputs, gradients };
  });
  expect(tf.memory().numTensors, 'live tensors').toBe(before);
  return result;
}
