/**
 * The three functions of a model, traced and without the batch axis: initial state, step, and readout with loss, each with
 * its vector-Jacobian product. Names in the graphs (ir/names.ts):
 *   params.*  state.*  input  next.*  output  probe.*      what the functions take and give
 *   d.<name>                                               the loss's gradient with respect to <name>
 */
import { inCell } from '../../core/cell-errors.ts';
import { checkStep } from '../../core/cell-step.ts';
import type { CellStep, Model, Tree } from '../../core/contracts.ts';
import * as tf from '../../core/tf.ts';
import { leaves, treeLike } from '../../core/tree.ts';
import { CompileError } from '../errors.ts';
import type { Graph } from '../ir/graph.ts';
import { names } from '../ir/names.ts';
import { type OnPass, runPass } from '../pass.ts';
import { type TracedInput, traceGraph } from './import.ts';
import { removeBatchAxis } from './remove-batch-axis.ts';
import { look, type Seen } from './trace.ts';

/** Loss of each row of logits [n,O], given targets [n,O] and mask [n]: [n]. */
export type RowLosses = (
  logits: tf.Tensor2D,
  answers: { readonly targets: tf.Tensor2D; readonly mask: tf.Tensor1D },
) => tf.Tensor1D;

/** A part of a tree: its path there, its name in the graphs, and its shape, without the batch axis where it has one. */
export interface Leaf {
  readonly path: string;
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

type ArgumentLeaf = TracedInput & Leaf;

/** Two batch sizes that divide no size in sight. */
function batchSizesBeside(sizes: readonly number[]): [number, number] {
  const primes = [5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53];
  const [first, second] = primes.filter((prime) => sizes.every((size) => size % prime !== 0));
  if (first !== undefined && second !== undefined) return [first, second];
  throw new CompileError(
    'compile: expected sizes that leave a small prime free for the batch, got none free; change a size by one',
  );
}

/** Tensors by name. */
type Named = Readonly<Record<string, tf.Tensor>>;

/**
 * Traces `f` and, for each output that has one, the product of its cotangent with the Jacobian: inputs `d.<output>`,
 * outputs `d.<input>` for the names in `wanted`.
 */
function traceWithGradients(
  args: readonly TracedInput[],
  f: (args: Named) => Named,
  options: {
    readonly graph: string;
    readonly subject: Subject;
    readonly wanted: readonly TracedInput[];
    readonly outputs: readonly TracedInput[];
  },
): Graph {
  const { graph, subject, wanted, outputs } = options;
  const { size, onPass } = subject;
  const observed = { graph, onPass };
  const cotangents = outputs.map((output) => ({ ...output, name: names.gradient(output.name) }));
  const withBatch = [...args, ...cotangents].map(({ name, shape, dependence }) => ({
    name,
    shape: dependence === 'batch' ? [size, ...shape] : shape,
    dependence,
  }));
  const traced = traceGraph(
    withBatch,
    (named) => {
      let found: Record<string, Seen> = {};
      const scalar = () => {
        const given = f(named);
        found = Object.fromEntries(Object.entries(given).map(([name, tensor]) => [name, look(tensor)]));
        const products = outputs.map(({ name }) =>
          tf.sum(tf.mul(given[name]!, named[names.gradient(name)]!)),
        );
        return tf.addN(products) as tf.Scalar;
      };
      const targets = wanted.map(({ name }) => named[name]!);
      const { grads } = tf.engine().gradients(scalar, targets, undefined as never, true);
      grads.forEach((gradient, i) => {
        if (gradient) found[names.gradient(wanted[i]!.name)] = look(gradient);
      });
      return found;
    },
    observed,
  );
  return runPass(observed, {
    name: 'remove-batch-axis',
    nodesBefore: traced.nodes.length,
    run: () => removeBatchAxis(traced, size),
  });
}

const withoutBatch = ({ path, name, shape }: Leaf, size: number): ArgumentLeaf => {
  if (shape[0] !== size)
    throw new CompileError(
      `${name}: expected the batch as first axis, got [${shape.join(',')}] for ${size} examples; give every part of the state, and every probe, one entry an example`,
    );
  return { path, name, shape: shape.slice(1), dependence: 'batch' };
};

/** A model being traced. */
interface Subject {
  readonly model: Model;
  readonly size: number;
  readonly params: readonly ArgumentLeaf[];
  readonly tree: Tree;
  readonly onPass: OnPass | undefined;
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
export function traceModel(model: Model, params: Tree, losses: RowLosses, onPass?: OnPass): ModelGraphs {
  const paramLeaves = leaves<tf.Tensor>(params).map(
    ([path, tensor]): ArgumentLeaf => ({
      path,
      name: names.param(path),
      shape: [...tensor.shape],
      dependence: 'params',
    }),
  );
  const sizes = [
    model.inputSize,
    model.outputSize,
    model.readoutSize,
    ...paramLeaves.flatMap((leaf) => leaf.shape),
  ];
  const inState = inCell('initialState', () => stateSizes(model, params));
  const [size, other] = batchSizesBeside(sizes.concat(inState));
  const subject: Subject = { model, size, params: paramLeaves, tree: params, onPass };
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
  const { state, form } = stateOf(subject);
  const { probes, graph: step } = traceStep(subject, state, form);
  return {
    params: subject.params,
    state,
    probes,
    initial: traceInitial(subject, state),
    step,
    readout: traceReadout(subject, losses),
  };
}

/** Sizes in the state, seen with a batch of one. */
function stateSizes(model: Model, params: Tree): number[] {
  return tf.tidy(() =>
    leaves<tf.Tensor>(model.initialState(params, 1) as Tree).flatMap(([, tensor]) => tensor.shape.slice(1)),
  );
}

/** The parts of the state, and a tree of its form; the tensors in it are gone. */
function stateOf({ model, tree, size }: Subject): { state: ArgumentLeaf[]; form: Tree } {
  let form: Tree = [];
  tf.tidy(() => {
    form = model.initialState(tree, size) as Tree;
  });
  const state = leaves<tf.Tensor>(form).map(([path, { shape }]) =>
    withoutBatch({ path, name: names.state(path), shape }, size),
  );
  return { state, form };
}

function traceInitial(subject: Subject, state: readonly ArgumentLeaf[]): Graph {
  const run = (named: Named) => {
    const given = subject.model.initialState(rebuild(subject, named), subject.size) as Tree;
    return Object.fromEntries(
      leaves<tf.Tensor>(given).map(([path, tensor]) => [names.state(path), tensor] as const),
    );
  };
  const options = { graph: 'initial', subject, wanted: subject.params, outputs: state };
  return traceWithGradients(subject.params, run, options);
}

function traceStep(
  subject: Subject,
  state: readonly ArgumentLeaf[],
  form: Tree,
): { probes: ArgumentLeaf[]; graph: Graph } {
  const { model, size, params } = subject;
  const input: TracedInput = { name: 'input', shape: [model.inputSize], dependence: 'batch' };
  let probes: ArgumentLeaf[] = [];
  const run = (named: Named) => {
    const before = treeLike(
      form,
      state.map(({ name }) => named[name]!),
    ) as Tree;
    const after = model.step(rebuild(subject, named), before, named.input as tf.Tensor2D);
    checkStep(model, { before, after: after as CellStep<Tree>, batchSize: size });
    const next = leaves<tf.Tensor>(after.state as Tree);
    const shown = Object.entries(after.probe ?? {});
    probes = shown.map(([path, { shape }]) => withoutBatch({ path, name: names.probe(path), shape }, size));
    const outputs = [
      ...next.map(([path, tensor]) => [names.next(path), tensor] as const),
      ...shown.map(([path, tensor]) => [names.probe(path), tensor] as const),
    ];
    return { output: after.output, ...Object.fromEntries(outputs) };
  };
  const next = state.map((leaf): TracedInput => ({ ...leaf, name: names.next(leaf.path) }));
  const output: TracedInput = { name: 'output', shape: [model.outputSize], dependence: 'batch' };
  const graph = traceWithGradients([...params, ...state, input], run, {
    graph: 'step',
    subject,
    wanted: [...params, ...state],
    outputs: [output, ...next],
  });
  return { probes, graph };
}

function traceReadout(subject: Subject, losses: RowLosses): Graph {
  const { model, params } = subject;
  const output: TracedInput = { name: 'output', shape: [model.outputSize], dependence: 'batch' };
  const rows: TracedInput[] = [
    output,
    { name: 'target', shape: [model.readoutSize], dependence: 'batch' },
    { name: 'mask', shape: [], dependence: 'batch' },
  ];
  const run = (named: Named) => {
    const logits = model.readout(rebuild(subject, named), named.output as tf.Tensor2D);
    const answers = { targets: named.target as tf.Tensor2D, mask: named.mask as tf.Tensor1D };
    return { logits, losses: losses(logits, answers) };
  };
  return traceWithGradients([...params, ...rows], run, {
    graph: 'readout',
    subject,
    wanted: [...params, output],
    outputs: [{ name: 'losses', shape: [], dependence: 'batch' }],
  });
}
