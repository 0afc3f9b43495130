/**
 * A cell whose every step is a call of its compiled program, forward and backward: what the cells' own tests are run on a
 * second time. TensorFlow.js only carries values in and out; its arithmetic runs while the cell is traced and never after.
 */

import { lazyProbe } from '../../src/cells/lazy-probe.ts';
import type { Cell, CellStep, Model, Tree } from '../../src/core/contracts.ts';
import { elements } from '../../src/core/shape.ts';
import * as tf from '../../src/core/tf.ts';
import { leaves, treeLike } from '../../src/core/tree.ts';
import { trainingProgram } from '../../src/jit/compile.ts';
import { type ModelGraphs, traceModel } from '../../src/jit/frontend/model.ts';
import { CompiledModel } from '../../src/jit/runtime/compiled-model.ts';
import { type Program, placeIn } from '../../src/jit/schedule/program.ts';
import { schedule } from '../../src/train/schedule.ts';
import { sgd } from '../../src/train/transforms.ts';

/** What has run so far: programs compiled, and their calls. */
export const counts = { programs: 0, starts: 0, steps: 0, gradients: 0 };

/** Above 0 while a cell is traced; only then may its own functions run. */
let tracing = 0;

const tensorsOf = (tree: Tree) => leaves<tf.Tensor>(tree).map(([, leaf]) => leaf);
const valuesOf = (tensor: tf.Tensor) => tensor.dataSync() as Float32Array;
const joined = (parts: readonly Float32Array[]) => Float32Array.from(parts.flatMap((part) => [...part]));

/** Columns side by side, of these widths. */
function columns(flat: tf.Tensor, widths: readonly number[]): tf.Tensor[] {
  let from = 0;
  return widths.map((width) => {
    from += width;
    return tf.slice(flat, [0, from - width], [-1, width]);
  });
}

/** The cell, stepping by its compiled program; within the trace of another it is itself. */
export function compiledCell<C extends Cell>(cell: C): C {
  const programs = new Map<string, StepProgram>();
  const programFor = (params: Tree): StepProgram => {
    const key = leaves<tf.Tensor>(params)
      .map(([path, leaf]) => `${path} ${leaf.shape}`)
      .join();
    const known = programs.get(key) ?? new StepProgram(cell, params);
    programs.set(key, known);
    return known;
  };
  return {
    ...cell,
    init(rng) {
      const params = cell.init(rng);
      if (tracing === 0) programFor(params);
      return params;
    },
    initialState: (params, batchSize) =>
      tracing > 0 ? cell.initialState(params, batchSize) : programFor(params).start(params, batchSize),
    step: (params, state, input) =>
      tracing > 0 ? cell.step(params, state, input) : programFor(params).step(params, state, input),
  };
}

/** Its state is the cell's with the input beside it, so that there is a gradient for both. */
function oneStep(cell: Cell, probes: Map<string, readonly number[]>): Model {
  return {
    ...cell,
    inputSize: 1,
    outputSize: 0,
    readoutSize: 0,
    initialState: (params, batchSize) => ({
      own: cell.initialState(params, batchSize),
      input: tf.zeros([batchSize, cell.inputSize]),
    }),
    step(params, state) {
      const { own, input } = state as { own: Tree; input: tf.Tensor2D };
      const batchSize = input.shape[0];
      const { output, state: next, probe = {} } = cell.step(params, own, input);
      for (const [name, value] of Object.entries(probe)) probes.set(name, value.shape.slice(1));
      const flat = [output, ...tensorsOf(next), ...Object.values(probe)].map((part) =>
        tf.reshape(part, [batchSize, -1]),
      );
      return { output: tf.concat(flat, 1) as tf.Tensor2D, state: { own: next, input } };
    },
    readout: (_, outputs) => tf.mul(outputs, 1),
  };
}

/** The compiled program of one step, and of the state before it. */
class StepProgram {
  readonly #cell: Cell;
  readonly #compiled: CompiledModel;
  readonly #graphs: ModelGraphs;
  readonly #form: Tree;
  readonly #probes = new Map<string, readonly number[]>();
  /** Floats of a step's output, state and probes, one after the other. */
  readonly #size: number;

  constructor(cell: Cell, params: Tree) {
    counts.programs++;
    tracing++;
    try {
      const model = oneStep(cell, this.#probes);
      this.#form = tf.tidy(() => shapesOf(cell.initialState(params, 1))) as unknown as Tree;
      const found = tf.tidy(
        () => [...model.step(params, model.initialState(params, 1), tf.zeros([1, 1])).output.shape] as never,
      ) as unknown as number[];
      this.#size = found[1]!;
      const sized = { ...model, outputSize: this.#size, readoutSize: this.#size };
      this.#graphs = traceModel(sized, params, (logits, { targets, mask }) =>
        tf.mul(tf.sum(tf.mul(logits, targets), 1), mask),
      );
    } finally {
      tracing--;
    }
    this.#cell = cell;
    const program = byHand(trainingProgram(this.#graphs, sgd(schedule({ rate: 1 }))), this.#graphs);
    this.#compiled = new CompiledModel(
      this.#graphs,
      { training: program, evaluation: refused },
      { relaxed: false, threads: 1 },
    );
  }

  start(params: Tree, batchSize: number): Tree {
    counts.starts++;
    const given = tensorsOf(params);
    const own = this.#graphs.state.slice(0, -1);
    const sizes = own.map(({ shape }) => elements(shape));
    const flat = tf.customGrad((...args: unknown[]) => {
      const inputs = args.slice(0, -1) as tf.Tensor[];
      const save = args.at(-1) as tf.GradSaveFunc;
      save(inputs);
      this.#load(inputs, batchSize);
      this.#run('start');
      const parts = own.map(({ name, shape }) => tf.tensor(this.#rows(name), [batchSize, elements(shape)]));
      const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
        counts.gradients++;
        this.#load(saved, batchSize);
        this.#run('clear');
        this.#write(
          own.map(({ name }) => `d.${name}`),
          columns(dy, sizes),
        );
        this.#run('startGradient');
        return this.#paramGradients(saved);
      };
      return { value: tf.concat(parts, 1), gradFunc };
    })(...given);
    return this.#stateFrom(columns(flat, sizes), batchSize);
  }

  step(params: Tree, state: Tree, input: tf.Tensor2D): CellStep<Tree> {
    counts.steps++;
    const batchSize = input.shape[0];
    const leaf = tensorsOf(params);
    const before = [...tensorsOf(state), input];
    const flat = tf.customGrad((...args: unknown[]) => {
      const inputs = args.slice(0, -1) as tf.Tensor[];
      const save = args.at(-1) as tf.GradSaveFunc;
      save(inputs);
      this.#forward(inputs, leaf.length, batchSize);
      const value = tf.tensor(this.#rows('output'), [batchSize, this.#size]);
      const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
        counts.gradients++;
        this.#forward(saved, leaf.length, batchSize, valuesOf(dy));
        const states = this.#graphs.state.map(({ name }, i) =>
          tf.tensor(this.#rows(`d.${name}`), saved[leaf.length + i]!.shape),
        );
        return [...this.#paramGradients(saved.slice(0, leaf.length)), ...states];
      };
      return { value, gradFunc };
    })(...leaf, ...before);
    return this.#stepFrom(flat as tf.Tensor2D, batchSize);
  }

  /** The step on given parameters, states and input, and backward from the cotangents. */
  #forward(inputs: tf.Tensor[], params: number, batchSize: number, cotangents?: Float32Array): void {
    this.#load(inputs.slice(0, params), batchSize);
    this.#write(
      this.#graphs.state.map(({ name }) => name),
      inputs.slice(params),
    );
    const { training } = this.#compiled;
    training.writeRows('target', cotangents ?? new Float32Array(batchSize * this.#size));
    training.writeRows('mask', new Float32Array(batchSize).fill(1));
    training.fixed('scale')[0] = 1;
    this.#run('step');
  }

  #load(params: readonly tf.Tensor[], batchSize: number): void {
    this.#compiled.training.prepare(batchSize, 1);
    this.#compiled.params = joined(params.map(valuesOf));
    this.#compiled.training.run('prologue');
  }

  #write(names: readonly string[], tensors: readonly tf.Tensor[]): void {
    names.forEach((name, i) => {
      this.#compiled.training.writeRows(name, valuesOf(tensors[i]!));
    });
  }

  #run(entry: string): void {
    this.#compiled.training.runShards(entry);
  }

  #rows(port: string): Float32Array {
    return this.#compiled.training.readRows(port);
  }

  #paramGradients(params: readonly tf.Tensor[]): tf.Tensor[] {
    this.#compiled.training.run('reduceShards');
    const flat = this.#compiled.gradient;
    let offset = 0;
    return params.map(({ shape, size }) => {
      offset += size;
      return tf.tensor(flat.slice(offset - size, offset), shape);
    });
  }

  #stateFrom(parts: readonly tf.Tensor[], batchSize: number): Tree {
    const own = this.#graphs.state.slice(0, -1);
    const shaped = parts.map((part, i) => tf.reshape(part, [batchSize, ...own[i]!.shape]));
    return treeLike(this.#form, shaped) as Tree;
  }

  #stepFrom(flat: tf.Tensor2D, batchSize: number): CellStep<Tree> {
    const states = this.#graphs.state.slice(0, -1).map(({ shape }) => elements(shape));
    const shown = [...this.#probes].map(([name, shape]) => ({ name, shape, size: elements(shape) }));
    const sum = (sizes: readonly number[]) => sizes.reduce((total, size) => total + size, 0);
    const [output, ...rest] = columns(flat, [this.#cell.outputSize, ...states]);
    const state = this.#stateFrom(rest, batchSize);
    let from = this.#cell.outputSize + sum(states);
    const probe = lazyProbe(
      Object.fromEntries(
        shown.map(({ name, shape, size }) => {
          const start = from;
          from += size;
          return [name, () => tf.reshape(tf.slice(flat, [0, start], [-1, size]), [batchSize, ...shape])];
        }),
      ),
    );
    return { output: output as tf.Tensor2D, state, probe };
  }
}

/** A tree of the same form, for `treeLike`. */
const shapesOf = (tree: Tree) =>
  treeLike(
    tree,
    tensorsOf(tree).map(() => 0),
  ) as unknown as tf.TensorContainer;

/** A training program with its parts as entries of their own, and states and their gradients as ports. */
function byHand<P extends Program>(program: P, { state }: ModelGraphs): P {
  const phases = (...names: string[]) =>
    program.entries.shard!.filter((index) => names.includes(program.phases[index]!.name));
  const apart = ['clear', 'initial', 'initialGradient'];
  const rest = program.entries.shard!.filter((index) => !apart.includes(program.phases[index]!.name));
  const place = (name: string) => placeIn(program.buffers.find((buffer) => buffer.name === name)!);
  const output = place('output');
  const ports = [
    ...state.flatMap(({ name, shape }) => [
      [name, { place: place(name), shape }],
      [`d.${name}`, { place: place(`d.${name}`), shape }],
    ]),
    ['output', { place: output, shape: [sizeOf(program, output.buffer.size)] }],
  ];
  return {
    ...program,
    entries: {
      ...program.entries,
      clear: phases('clear'),
      start: phases('initial'),
      startGradient: phases('initialGradient'),
      step: [...phases('clear'), ...rest],
    },
    ports: { ...program.ports, ...Object.fromEntries(ports) },
  };
}

const refused = (): never => {
  throw new Error('a cell that runs by hand has no program of its own to evaluate');
};

/** Records are padded to whole vectors; the targets' port knows the true size. */
const sizeOf = (program: Program, padded: number) => program.ports.target?.shape[0] ?? padded;
