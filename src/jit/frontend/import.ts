/** From a recording to a graph with the batch axis still in its shapes. */
import { showShape } from '../../core/shape.ts';
import type * as tf from '../../core/tf.ts';
import { UnsupportedKernelError } from '../errors.ts';
import { type Builder, builder } from '../ir/builder.ts';
import type { Dependence, Graph, NodeId } from '../ir/graph.ts';
import { type Observed, runPass, timed } from '../pass.ts';
import { kernels } from './kernels/kernels.ts';
import { type Kernel, type Recording, type Seen, type Traced, trace } from './trace.ts';

/** An input of a traced function: its name in the graph, the shape it is traced with, and what it may vary with. */
export interface TracedInput {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dependence: Dependence;
}

/**
 * The graph of a function of named tensors: traced, then imported.
 * @throws UnsupportedKernelError when it uses a kernel that has no rule
 */
export function traceGraph(
  inputs: readonly TracedInput[],
  f: (named: Readonly<Record<string, tf.Tensor>>) => Readonly<Record<string, Seen>>,
  observed: Observed,
): Graph {
  const { result: traced, microseconds } = timed(() =>
    trace(
      inputs.map((input) => input.shape),
      (tensors) => f(Object.fromEntries(inputs.map(({ name }, i) => [name, tensors[i]!]))),
    ),
  );
  const { kernels: recorded } = traced.recording;
  observed.onPass?.({
    graph: observed.graph,
    pass: 'trace',
    nodesBefore: 0,
    nodesAfter: recorded.length,
    microseconds,
    text: () => printRecording(traced.recording),
  });
  return runPass(observed, {
    name: 'import',
    nodesBefore: recorded.length,
    run: () => importRecording(traced, inputs),
  });
}

/** A recording for a person to read, a kernel a line: `BatchMatMul -> [5,4]`. */
function printRecording({ kernels: recorded }: Recording): string {
  return recorded.map(({ name, outputs }) => `${name} -> ${showShape(outputs[0]!.shape)}`).join('\n');
}

/**
 * The graph of a trace whose inputs were these.
 * @throws UnsupportedKernelError when a kernel has no rule
 */
export function importRecording(
  { inputs: seen, result: outputs, recording }: Traced<Readonly<Record<string, Seen>>>,
  inputs: readonly TracedInput[],
): Graph {
  const build = builder();
  const known = new Map<object, NodeId>();
  inputs.forEach(({ name, shape, dependence }, i) => {
    known.set(seen[i]!.data, build.input(name, shape, dependence));
  });
  const find = (seen: Seen): NodeId => {
    const id = known.get(seen.data) ?? constant(build, seen, recording);
    known.set(seen.data, id);
    return build.reshape(id, seen.shape);
  };
  const sources: string[] = [];
  for (const kernel of recording.kernels) {
    const results = importKernel(build, kernel, find);
    kernel.outputs.forEach((output, i) => {
      known.set(output.data, results[i]!);
    });
    const source = `${placeOf(kernel)}${kernel.name} of ${showInputs(kernel)}`;
    while (sources.length < build.nodes.length) sources.push(source);
  }
  const wanted = Object.entries(outputs).map(([name, seen]) => [name, find(seen)] as const);
  return { nodes: build.nodes, outputs: Object.fromEntries(wanted), sources };
}

/** The line of the cell, where a failure is looked into. */
const placeOf = ({ site }: Kernel) => (site ? `${site}: ` : '');

const showInputs = (kernel: Kernel) =>
  Object.values(kernel.inputs)
    .map((input) => showShape(input.shape))
    .join(', ') || 'nothing';

/** Values from outside; a tensor of equal values is one number, broadcast. */
function constant(build: Builder, seen: Seen, recording: Recording): NodeId {
  const values = recording.captured.get(seen.data);
  if (values === undefined)
    throw new Error(`internal: trace: no values for a tensor ${showShape(seen.shape)}`);
  const first = values[0] ?? 0;
  if (values.every((value) => Object.is(value, first)))
    return build.broadcast(build.number(first), seen.shape);
  return build.constant(values, seen.shape);
}

function importKernel(build: Builder, kernel: Kernel, find: (seen: Seen) => NodeId): NodeId[] {
  const rule = Object.hasOwn(kernels, kernel.name) ? kernels[kernel.name] : undefined;
  if (rule === undefined) {
    throw new UnsupportedKernelError(
      `${placeOf(kernel)}${kernel.name}: expected a kernel the compiler knows, got ${kernel.name} of ${showInputs(kernel)}; write it with other operations or run with --engine eager`,
    );
  }
  const inputs = Object.fromEntries(Object.entries(kernel.inputs).map(([name, seen]) => [name, find(seen)]));
  return rule({
    build,
    inputs,
    attributes: kernel.attributes,
    outputs: kernel.outputs.map((output) => output.shape),
    dtype: kernel.outputs[0]!.dtype,
  });
}
