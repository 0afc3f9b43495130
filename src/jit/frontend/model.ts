/**
 * The four functions of a model, traced and without the batch axis: initial state, step, readout with loss, each with its
 * vector-Jacobian product, and the optimizer on the flat vector of parameters. Names in the graphs:
 *   params.*  state.*  input  next.*  output  probe.*      what the functions take and give
 *   d.<name>                                               the loss's gradient with respect to <name>
 */
import { inCell } from '../../core/cell-errors.ts';
import { checkStep } from '../../core/cell-step.ts';
import type { CellStep, Model, OptimizerState, Transform, Tree } from '../../core/contracts.ts';
import * as tf from '../../core/tf.ts';
import { leaves, treeLike } from '../../core/tree.ts';
import { CompileError } from '../errors.ts';
import type { Graph } from '../ir/graph.ts';
import { type InputSpec, importRecording } from './import.ts';
import { removeBatchAxis } from './remove-batch-axis.ts';
import { look, type Seen, trace } from './trace.ts';

/** Loss of each row of logits [n,O], given targets [n,O] and mask [n]: [n]. */
export type RowLosses = (
  logits: tf.Tensor2D,
  answers: { readonly targets: tf.Tensor2D; readonly mask: tf.Tensor1D },
) => tf.Tensor1D;

/** A name and a shape, without the batch axis where the value has one. */
export interface Leaf {
  readonly name: string;
  readonly shape: readonly number[];
}

/** A model as graphs. */
export interface ModelGraphs {
  readonly params: readonly Leaf[];
  readonly state: readonly Leaf[];
  readonly probes: readonly Leaf[];
  readonly initial: Graph;
  readonly step: Graph;
  readonly readout: Graph;
}

interface Argument extends Leaf, InputSpec {}

/** Two batch sizes that divide no size in sight. */
function batchSizesBeside(sizes: readonly number[]): [number, number] {
  const primes = [5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53];
  const [first, second] = primes.filter((prime) => sizes.every((size) => size % prime !== 0));
  if (first !== undefined && second !== undefined) return [first, second];
  throw new CompileError(
    'compile: expected sizes that leave a small prime free for the batch, got none free; change a size by one',
  );
}

const withBatch = ({ shape, dependence }: Argument, size: number) =>
  dependence === 'batch' ? [size, ...shape] : shape;

/** What a function of named tensors gives, by name. */
type Named = Readonly<Record<string, tf.Tensor>>;

/**
 * Traces `f` and, for each output that has one, the product of its cotangent with the Jacobian: inputs `d.<output>`,
 * outputs `d.<input>` for the names in `wanted`.
 */
function traceWithGradients(
  args: readonly Argument[],
  f: (args: Named) => Named,
  options: {
    readonly size: number;
    readonly wanted: readonly string[];
    readonly outputs: readonly Argument[];
  },
): Graph {
  const { size, wanted, outputs } = options;
  const cotangents = outputs.map((output) => ({ ...output, name: `d.${output.name}`, of: output.name }));
  const all = [...args, ...cotangents];
  const { inputs, result, recording } = trace(
    all.map((arg) => withBatch(arg, size)),
    (tensors) => {
      const named = Object.fromEntries(all.map((arg, i) => [arg.name, tensors[i]!]));
      let found: Record<string, Seen> = {};
      const scalar = () => {
        const given = f(named);
        found = Object.fromEntries(Object.entries(given).map(([name, tensor]) => [name, look(tensor)]));
        const products = cotangents.map(({ of, name }) => tf.sum(tf.mul(given[of]!, named[name]!)));
        return tf.addN(products) as tf.Scalar;
      };
      if (wanted.length === 0) {
        const given = f(named);
        return Object.fromEntries(Object.entries(given).map(([name, tensor]) => [name, look(tensor)]));
      }
      const targets = wanted.map((name) => named[name]!);
      const { grads } = tf.engine().gradients(scalar, targets, undefined as never, true);
      grads.forEach((gradient, i) => {
        if (gradient) found[`d.${wanted[i]}`] = look(gradient);
      });
      return found;
    },
  );
  const seen = all.map((arg, i) => ({ seen: inputs[i]!, spec: arg }));
  return removeBatchAxis(importRecording(recording, seen, result), size);
}

const tensorLeaves = (tree: Tree, prefix: string) =>
  leaves<tf.Tensor>(tree).map(([path, tensor]) => [`${prefix}.${path}`, tensor] as const);

const dropBatch = (name: string, shape: readonly number[], size: number): Argument => {
  if (shape[0] !== size)
    throw new CompileError(
      `${name}: expected the batch as first axis, got [${shape.join(',')}] for ${size} examples; give every part of the state, and every probe, one entry an example`,
    );
  return { name, shape: shape.slice(1), dependence: 'batch' };
};

/** What the tracing functions share about a model. */
interface Subject {
  readonly model: Model;
  readonly size: number;
  readonly params: readonly Argument[];
  readonly tree: Tree;
}

const rebuild = (subject: Subject, named: Named): Tree =>
  treeLike(
    subject.tree,
    subject.params.map(({ name }) => named[name]!),
  ) as Tree;

/**
 * All graphs of a model.
 * @param params a tree with the model's parameters, for their names and shapes
 * @throws CompileError or UnsupportedKernelError when the model cannot be compiled
 */
export function traceModel(model: Model, params: Tree, losses: RowLosses): ModelGraphs {
  const paramLeaves = tensorLeaves(params, 'params').map(
    ([name, tensor]): Argument => ({ name, shape: [...tensor.shape], dependence: 'params' }),
  );
  const sizes = [
    model.inputSize,
    model.outputSize,
    model.readoutSize,
    ...paramLeaves.flatMap((leaf) => leaf.shape),
  ];
  const inState = inCell('initialState', () => stateSizes(model, params));
  const [size, other] = batchSizesBeside(sizes.concat(inState));
  const subject: Subject = { model, size, params: paramLeaves, tree: params };
  return inCell('the cell', () => traceAtEither(subject, other, losses));
}

/** An axis inside the cell may happen to be as long as the batch of the trace; no axis is as long as both sizes. */
function traceAtEither(subject: Subject, other: number, losses: RowLosses): ModelGraphs {
  try {
    return traceAll(subject, losses);
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    try {
      return traceAll({ ...subject, size: other }, losses);
    } catch {
      throw error;
    }
  }
}

function traceAll(subject: Subject, losses: RowLosses): ModelGraphs {
  const { state, form, graph: initial } = traceInitial(subject);
  const { probes, graph: step } = traceStep(subject, state, form);
  return { params: subject.params, state, probes, initial, step, readout: traceReadout(subject, losses) };
}

/** Sizes in the state, seen with a batch of one. */
function stateSizes(model: Model, params: Tree): number[] {
  return tf.tidy(() =>
    leaves<tf.Tensor>(model.initialState(params, 1) as Tree).flatMap(([, tensor]) => tensor.shape.slice(1)),
  );
}

function traceInitial(subject: Subject): { state: Argument[]; form: Tree; graph: Graph } {
  let form: Tree | undefined;
  const run = (named: Named) => {
    form = subject.model.initialState(rebuild(subject, named), subject.size) as Tree;
    return Object.fromEntries(tensorLeaves(form, 'state'));
  };
  let shapes: [string, number[]][] = [];
  trace(
    subject.params.map((leaf) => leaf.shape),
    (tensors) => {
      const named = Object.fromEntries(subject.params.map((leaf, i) => [leaf.name, tensors[i]!]));
      shapes = Object.entries(run(named)).map(([name, tensor]) => [name, [...tensor.shape]]);
    },
  );
  const state = shapes.map(([name, shape]) => dropBatch(name, shape, subject.size));
  const wanted = subject.params.map((leaf) => leaf.name);
  const graph = traceWithGradients(subject.params, run, { size: subject.size, wanted, outputs: state });
  return { state, form: form!, graph };
}

function traceStep(
  subject: Subject,
  state: readonly Argument[],
  form: Tree,
): { probes: Argument[]; graph: Graph } {
  const { model, size, params } = subject;
  const input: Argument = { name: 'input', shape: [model.inputSize], dependence: 'batch' };
  const probes: Argument[] = [];
  const run = (named: Named) => {
    const before = treeLike(
      form,
      state.map(({ name }) => named[name]!),
    ) as Tree;
    const after = model.step(rebuild(subject, named), before, named.input as tf.Tensor2D);
    checkStep(model, { before, after: after as CellStep<Tree>, batchSize: size });
    const next = leaves<tf.Tensor>(after.state as Tree).map(([path, t]) => [`next.${path}`, t] as const);
    const shown = Object.entries(after.probe ?? {}).map(([name, t]) => [`probe.${name}`, t] as const);
    probes.length = 0;
    for (const [name, t] of shown) probes.push(dropBatch(name, t.shape, size));
    return { output: after.output, ...Object.fromEntries(next), ...Object.fromEntries(shown) };
  };
  const next = state.map((leaf): Argument => ({ ...leaf, name: leaf.name.replace(/^state\./, 'next.') }));
  const output: Argument = { name: 'output', shape: [model.outputSize], dependence: 'batch' };
  const graph = traceWithGradients([...params, ...state, input], run, {
    size,
    wanted: [...params, ...state].map((leaf) => leaf.name),
    outputs: [output, ...next],
  });
  return { probes, graph };
}

function traceReadout(subject: Subject, losses: RowLosses): Graph {
  const { model, size, params } = subject;
  const rows: Argument[] = [
    { name: 'output', shape: [model.outputSize], dependence: 'batch' },
    { name: 'target', shape: [model.readoutSize], dependence: 'batch' },
    { name: 'mask', shape: [], dependence: 'batch' },
  ];
  const run = (named: Named) => {
    const logits = model.readout(rebuild(subject, named), named.output as tf.Tensor2D);
    const answers = { targets: named.target as tf.Tensor2D, mask: named.mask as tf.Tensor1D };
    return { logits, losses: losses(logits, answers) };
  };
  return traceWithGradients([...params, ...rows], run, {
    size,
    wanted: [...params.map((leaf) => leaf.name), 'output'],
    outputs: [{ name: 'losses', shape: [], dependence: 'batch' }],
  });
}

/** The optimizer over `count` parameters: gradient, params, step, optimizer.* -> update, next.optimizer.*; `state` are the names. */
export function traceOptimizer(transform: Transform, count: number): { state: string[]; graph: Graph } {
  const state = tf.tidy(() => Object.keys(transform.init(1)));
  const names = ['gradient', 'params', 'step', ...state.map((name) => `optimizer.${name}`)];
  const shapes = names.map((name) => (name === 'step' ? [] : [count]));
  const { inputs, result, recording } = trace(shapes, (tensors) => {
    const named = Object.fromEntries(names.map((name, i) => [name, tensors[i]!])) as Record<
      string,
      tf.Tensor1D
    >;
    const own: OptimizerState = Object.fromEntries(state.map((name) => [name, named[`optimizer.${name}`]!]));
    const after = transform.update(named.gradient!, own, {
      params: named.params!,
      step: named.step as unknown as tf.Scalar,
    });
    const kept = Object.entries(after.state).map(
      ([name, tensor]) => [`next.optimizer.${name}`, look(tensor)] as const,
    );
    return { update: look(after.update), ...Object.fromEntries(kept) };
  });
  const seen = inputs.map((input, i) => ({
    seen: input,
    spec: { name: names[i]!, dependence: 'params' as const },
  }));
  return { state, graph: importRecording(recording, seen, result) };
}
