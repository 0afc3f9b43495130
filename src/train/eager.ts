/**
 * The eager engine: TensorFlow.js operations one after the other on whatever backend is current. It is the
 * specification of what a training step does, the way to debug a cell, and the way to run one that cannot be compiled.
 * All parameters lie in one flat vector, so clipping and the optimizer are a handful of operations however many leaves
 * a model has; the leaves are slices of it, renewed after each step.
 */
import { inCell } from '../core/cell-errors.ts';
import type {
  Batch,
  CellStep,
  Engine,
  EvalResult,
  NamedArray,
  NamedArrays,
  OptimizerState,
  StepResult,
  Tree,
  TreeOf,
} from '../core/contracts.ts';
import { elements } from '../core/shape.ts';
import * as tf from '../core/tf.ts';
import { leaves, mapTree, treeLike } from '../core/tree.ts';
import { batchTensors, checkBatch } from './batch-tensors.ts';
import { diverged } from './diverged.ts';
import {
  checkArrays,
  type EngineOptions,
  freshParams,
  type NamedShapes,
  OPTIMIZER,
  PARAMS,
  STEP,
} from './engine.ts';
import { lossAndGradient } from './gradient.ts';
import { type Noise, noiseOf } from './noise.ts';
import { unroll } from './unroll.ts';

/**
 * Opens an engine on the backend that is current now.
 * @throws UsageError when the model has nothing to learn
 */
export function eagerEngine(options: EngineOptions): Engine {
  return new EagerEngine(options);
}

/** What an engine holds between steps. */
interface Learned {
  /** [P] */
  readonly flat: tf.Tensor1D;
  /** The leaves of the parameters, cut from `flat`. */
  readonly parts: readonly tf.Tensor[];
  readonly state: OptimizerState;
  readonly step: number;
}

/** What one step has computed, before any of it is taken over. */
interface Computed {
  readonly flat: tf.Tensor1D;
  readonly state: OptimizerState;
  /** Loss, gradient norm, and 0 or NaN for whether the new parameters are finite: one thing to read back. */
  readonly report: tf.Tensor1D;
}

class EagerEngine implements Engine {
  readonly name = 'eager';
  readonly backend: string;
  readonly parameterCount: number;
  readonly #options: EngineOptions;
  readonly #noise: Noise;
  /** The tree of the parameters, with each leaf's path in its place. */
  readonly #form: TreeOf<string>;
  readonly #shapes: readonly (readonly number[])[];
  #learned: Learned;

  constructor(options: EngineOptions) {
    const fresh = freshParams(options);
    const parts = leaves<tf.Tensor>(fresh).map(([, leaf]) => leaf);
    this.#options = options;
    this.#noise = noiseOf(options.model, options.initRng);
    this.#form = mapTree(fresh, (_, path) => path);
    this.#shapes = parts.map((leaf) => leaf.shape);
    const flat = tf.tidy(() => flatten(parts));
    tf.dispose(parts);
    this.parameterCount = flat.size;
    this.backend = tf.getBackend();
    this.#learned = this.#hold(flat, options.optimizer.init(flat.size), 0);
  }

  trainStep(given: Batch): StepResult {
    checkBatch(this.#options.model, given);
    const batch = this.#noise.training(given, this.#learned.step + 1);
    const computed = tf.tidy(
      () => this.#compute(batch) as unknown as tf.TensorContainer,
    ) as unknown as Computed;
    const [lossNats, gradientNorm, nonFinite] = computed.report.dataSync() as unknown as [
      number,
      number,
      number,
    ];
    computed.report.dispose();
    if (!Number.isFinite(lossNats + gradientNorm + nonFinite))
      throw this.#failure(batch, { lossNats, gradientNorm }, computed);
    this.#replace(this.#hold(computed.flat, computed.state, this.#learned.step + 1));
    return { lossNats, gradientNorm };
  }

  evaluate(batch: Batch, probe = false): EvalResult {
    const { model } = this.#noise;
    checkBatch(this.#options.model, batch);
    const probes = new ProbeRecorder(batch);
    const logits = tf.tidy(() => {
      const { inputs } = batchTensors(this.#noise.evaluation(batch));
      const observe = probe ? (_: number, step: CellStep<Tree>) => probes.add(step.probe) : undefined;
      return inCell('the cell', () => unroll(model, this.#params(), inputs, observe));
    });
    const result = { logits: valuesOf(logits) };
    logits.dispose();
    return probe ? { ...result, probes: probes.arrays() } : result;
  }

  save(): NamedArrays {
    const { parts, state, step } = this.#learned;
    const params = this.#paths().map((path, i) => [PARAMS + path, arrayOf(parts[i]!)]);
    const optimizer = Object.entries(state).map(([name, values]) => [OPTIMIZER + name, arrayOf(values)]);
    return Object.fromEntries([...params, ...optimizer, [STEP, { shape: [], data: Float32Array.of(step) }]]);
  }

  load(arrays: NamedArrays): void {
    checkArrays(this.#ownShapes(), arrays);
    const parts = this.#paths().map((path) => arrays[PARAMS + path]!);
    const flat = tf.tidy(() => flatten(parts.map(tensorOf)));
    const step = arrays[STEP]?.data[0];
    const state =
      step === undefined
        ? this.#options.optimizer.init(flat.size)
        : mapState(this.#learned.state, (name) => tensorOf(arrays[OPTIMIZER + name]!));
    this.#replace(this.#hold(flat, state, step ?? 0));
  }

  dispose(): void {
    const { flat, parts, state } = this.#learned;
    tf.dispose([flat, ...parts, ...Object.values(state)]);
  }

  /** Loss, gradient and update of one batch; nothing is taken over yet. */
  #compute(batch: Batch): Computed {
    const { loss, optimizer } = this.#options;
    const { model } = this.#noise;
    const { flat: params, state, step } = this.#learned;
    const back = lossAndGradient({ model, loss, params: this.#params(), tensors: batchTensors(batch) });
    const gradient = flatten(back.gradients);
    const next = optimizer.update(gradient, state, { params, step: tf.scalar(step + 1) });
    const flat = tf.add(params, next.update) as tf.Tensor1D;
    const norm = tf.sqrt(tf.sum(tf.square(gradient)));
    // x * 0 is 0 for every finite x and NaN for the others, and a sum of zeros cannot overflow.
    const report = tf.stack([back.loss, norm, tf.sum(tf.mul(flat, 0))]) as tf.Tensor1D;
    return { flat, state: next.state, report };
  }

  /** What went wrong first; what the step has made is given back. */
  #failure(batch: Batch, result: StepResult, { flat, state }: Computed): Error {
    const named = Object.entries(state).map(([name, values]) => [OPTIMIZER + name, valuesOf(values)]);
    const updated = Object.fromEntries([...named, ['params', valuesOf(flat)]]);
    const kept = new Set<tf.Tensor>(Object.values(this.#learned.state));
    tf.dispose([flat, ...Object.values(state).filter((values) => !kept.has(values))]);
    const { loss } = this.#options;
    const { model } = this.#noise;
    return diverged({ model, loss, params: this.#params(), batch, own: { ...result, updated } });
  }

  /** Cuts the leaves from the flat vector. */
  #hold(flat: tf.Tensor1D, state: OptimizerState, step: number): Learned {
    const parts = tf.tidy(() =>
      tf.split(flat, this.#shapes.map(elements)).map((part, i) => tf.reshape(part, [...this.#shapes[i]!])),
    );
    return { flat, parts, state, step };
  }

  #replace(next: Learned): void {
    const kept = new Set<tf.Tensor>(Object.values(next.state));
    const { flat, parts, state } = this.#learned;
    tf.dispose([flat, ...parts, ...Object.values(state).filter((values) => !kept.has(values))]);
    this.#learned = next;
  }

  /** The parameters as the model made them. */
  #params(): Tree {
    return treeLike(this.#form, this.#learned.parts);
  }

  #paths(): string[] {
    return leaves(this.#form).map(([, path]) => path);
  }

  #ownShapes(): NamedShapes {
    const params = this.#paths().map((path, i) => [PARAMS + path, this.#shapes[i]!]);
    const state = Object.keys(this.#learned.state).map((name) => [OPTIMIZER + name, [this.parameterCount]]);
    return Object.fromEntries([...params, ...state, [STEP, []]]);
  }
}

/** Gathers what the steps of a batch show into arrays [T,B,...]. */
class ProbeRecorder {
  readonly #batch: Batch;
  readonly #seen = new Map<string, { shape: readonly number[]; steps: Float32Array[] }>();

  constructor(batch: Batch) {
    this.#batch = batch;
  }

  add(probe: Readonly<Record<string, tf.Tensor>> = {}): void {
    for (const [name, tensor] of Object.entries(probe)) {
      const found = this.#seen.get(name) ?? { shape: tensor.shape, steps: [] };
      found.steps.push(valuesOf(tensor));
      this.#seen.set(name, found);
    }
  }

  arrays(): NamedArrays {
    const joined = [...this.#seen].map(([name, { shape, steps }]): [string, NamedArray] => {
      const data = new Float32Array(this.#batch.length * elements(shape));
      for (const [time, values] of steps.entries()) data.set(values, time * values.length);
      return [name, { shape: [this.#batch.length, ...shape], data }];
    });
    return Object.fromEntries(joined);
  }
}

function flatten(parts: readonly tf.Tensor[]): tf.Tensor1D {
  return tf.concat(parts.map((part) => tf.reshape(part, [-1]))) as tf.Tensor1D;
}

function mapState(state: OptimizerState, make: (name: string) => tf.Tensor): OptimizerState {
  return Object.fromEntries(Object.keys(state).map((name) => [name, make(name) as tf.Tensor1D]));
}

/** A copy, because the cpu backend hands out the array it computes with. */
function valuesOf(tensor: tf.Tensor): Float32Array {
  return Float32Array.from(tensor.dataSync());
}

function arrayOf(tensor: tf.Tensor): NamedArray {
  return { shape: tensor.shape, data: valuesOf(tensor) };
}

function tensorOf(array: NamedArray): tf.Tensor {
  return tf.tensor(Float32Array.from(array.data), [...array.shape]);
}
