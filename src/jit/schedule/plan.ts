/**
 * What the plans of all programs share: parameters and constants in memory, values that depend on parameters only
 * computed once, and the strides that are known when every buffer has its size.
 */
import { elements } from '../../core/shape.ts';
import type { Leaf, ModelGraphs } from '../frontend/model.ts';
import { builder } from '../ir/builder.ts';
import type { Graph, NodeId } from '../ir/graph.ts';
import { allocator, type Buffers, buffers } from './buffers.ts';
import type { Action, Phase, Place, Port, Program } from './program.ts';
import { type Destination, lower } from './regions.ts';
import { verifyProgram } from './verify.ts';
import { type View, viewsOf } from './views.ts';

/** A graph ready to be lowered. */
export interface Prepared {
  readonly name: string;
  readonly graph: Graph;
  readonly views: readonly View[];
  /** Bases in memory before any phase of the graph's own runs. */
  readonly available: Map<NodeId, Place>;
}

/** A program being planned. */
export interface Plan {
  readonly buffers: Buffers;
  readonly params: Place;
  readonly paramPlaces: ReadonlyMap<string, Place>;
  /** Floats of the flat vector of parameters, gaps included. */
  readonly parameterCount: number;
  readonly phases: Phase[];
  readonly prologue: Action[];
  readonly data: { buffer: number; offset: number; values: Float32Array }[];
  readonly ports: Record<string, Port>;
}

/** Parameters begin at multiples of this many floats, so that products read whole cache lines. */
const PARAM_UNIT = 16;

/** Where each parameter begins in the flat vector of all, and how long that is; gaps hold zeros. */
export function flatLayout(params: readonly Pick<Leaf, 'shape'>[]): {
  offsets: readonly number[];
  size: number;
} {
  let size = 0;
  const offsets = params.map((leaf) => {
    const offset = size;
    size += Math.ceil(elements(leaf.shape) / PARAM_UNIT) * PARAM_UNIT;
    return offset;
  });
  return { offsets, size };
}

/** Starts a plan: the parameters as one block. */
export function newPlan(params: readonly Pick<Leaf, 'name' | 'shape'>[]): Plan {
  const all = buffers();
  const { offsets, size: parameterCount } = flatLayout(params);
  const block = all.fixed('params', parameterCount);
  const paramPlaces = new Map<string, Place>();
  params.forEach((leaf, i) => {
    paramPlaces.set(leaf.name, { ...block, offset: offsets[i]! });
  });
  const ports: Record<string, Port> = { params: { name: 'params', place: block, shape: [parameterCount] } };
  return {
    buffers: all,
    params: block,
    paramPlaces,
    parameterCount,
    phases: [],
    prologue: [],
    data: [],
    ports,
  };
}

/** Makes a place known to the outside by name. */
export function addPort(plan: Plan, name: string, place: Place, shape: readonly number[]): void {
  plan.ports[name] = { name, place, shape };
}

/** A graph with the number 0, which filling writes. */
function withZero({ nodes, outputs }: Graph): Graph {
  const build = builder();
  build.number(0);
  return { nodes: [...nodes, ...build.nodes], outputs };
}

/** Constants that must be in memory: all but single numbers, and those too where no loop nest reads them. */
function inMemory(graph: Graph, views: readonly View[]): Set<NodeId> {
  const found = new Set<NodeId>();
  graph.nodes.forEach((node, id) => {
    if (node.kind === 'constant' && node.data.length !== 1) found.add(id);
    if (!['cumulative', 'sort', 'gather', 'scatter'].includes(node.kind)) return;
    for (const arg of node.args)
      if (graph.nodes[views[arg]!.base]!.kind === 'constant') found.add(views[arg]!.base);
  });
  return found;
}

/** Puts a graph's constants into memory and finds its inputs there. */
export function prepare(
  plan: Plan,
  name: string,
  graph: Graph,
  inputs: ReadonlyMap<string, Place>,
): Prepared {
  const simple = withZero(graph);
  const views = viewsOf(simple);
  const constants = inMemory(simple, views);
  const available = new Map<NodeId, Place>();
  simple.nodes.forEach((node, id) => {
    const place =
      node.kind === 'input' ? (inputs.get(node.name) ?? plan.paramPlaces.get(node.name)) : undefined;
    if (place) available.set(id, place);
    if (node.kind !== 'constant' || !constants.has(id)) return;
    const block = plan.buffers.grow('constants', 'fixed', node.data.length);
    available.set(id, block);
    plan.data.push({ buffer: block.buffer, offset: block.offset, values: node.data });
  });
  return { name, graph: simple, views, available };
}

/** Computes once what varies with parameters only and is read by what varies more, or is an output. */
export function hoist(plan: Plan, prepared: Prepared): void {
  const { graph, views, available, name } = prepared;
  const fixedOnly = (id: NodeId) => ['constant', 'params'].includes(graph.nodes[id]!.dependence);
  const computes = (id: NodeId) =>
    views[id]!.base === id && !available.has(id) && graph.nodes[id]!.kind !== 'constant';
  const read = new Set<NodeId>();
  const reading = (id: NodeId) => {
    const { base } = views[id]!;
    if (fixedOnly(base) && computes(base)) read.add(base);
  };
  graph.nodes.forEach((node, id) => {
    if (!fixedOnly(id)) for (const arg of node.args) reading(arg);
  });
  for (const id of Object.values(graph.outputs)) reading(id);
  if (read.size === 0) return;
  const keep = new Map<NodeId, Place>();
  for (const id of read)
    keep.set(id, plan.buffers.fixed(`${name}.hoisted${id}`, elements(graph.nodes[id]!.shape)));
  const allocate = allocator(plan.buffers, `${name}.prologue`, 'none');
  plan.prologue.push(
    ...lower({ name: `${name}.prologue`, graph, views, available, keep, wanted: [], allocate }),
  );
  for (const [id, place] of keep) available.set(id, place);
}

/** Adds a phase unless it does nothing; gives its number in a list. */
export function addPhase(plan: Plan, phase: Phase): number[] {
  if (phase.actions.length === 0) return [];
  plan.phases.push(phase);
  return [plan.phases.length - 1];
}

/** The finished program. */
export function finish(plan: Plan, entries: Readonly<Record<string, readonly number[]>>): Program {
  const { list } = plan.buffers;
  const settle = (action: Action): Action => {
    if (action.kind !== 'product' || action.form === 'tn' || action.perRow > 1) return action;
    const output = list[action.output.buffer]!;
    return { ...action, outputStride: output.kind === 'rows' ? output.size : action.n };
  };
  const phases = plan.phases.map((phase) => ({ ...phase, actions: phase.actions.map(settle) }));
  const program: Program = { buffers: list, phases, entries, data: plan.data, ports: plan.ports };
  verifyProgram(program);
  return program;
}

/** Rows of a model's outside: the state over time and what a batch holds. */
export interface Sequence {
  readonly state: ReadonlyMap<string, Place>;
  readonly input: Place;
  readonly output: Place;
}

/** Buffers for states and sequences; states of all times for training, of two without. */
export function sequence(plan: Plan, graphs: ModelGraphs, slots: 'all' | 'two'): Sequence {
  const input = graphs.step.nodes.find((node) => node.kind === 'input' && node.name === 'input');
  const state = new Map<string, Place>();
  for (const { name, shape } of graphs.state)
    state.set(name, plan.buffers.rows(name, elements(shape), slots, { extra: slots === 'all' }));
  const inputSize = input?.shape[0] ?? 0;
  const inputs = plan.buffers.rows('input', inputSize, 'all');
  const outputSize = graphs.step.nodes[graphs.step.outputs.output!]!.shape[0]!;
  const output = plan.buffers.rows('output', outputSize, 'all');
  addPort(plan, 'input', inputs, [inputSize]);
  return { state, input: inputs, output };
}

/** Destinations of the outputs of a graph that have a place. */
export function destinations({ graph }: Prepared, places: ReadonlyMap<string, Place>): Destination[] {
  return Object.entries(graph.outputs).flatMap(([name, node]) => {
    const place = places.get(name);
    return place ? [{ node, place, add: false }] : [];
  });
}
