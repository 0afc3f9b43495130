/**
 * The optimizer as a phase over flat vectors. It writes the new parameters and its new state beside the old ones; the
 * runtime swaps the two when all is finite, so a step that failed leaves no trace.
 */
import type { Transform } from '../../core/contracts.ts';
import { traceOptimizer } from '../frontend/model.ts';
import { type Builder, builder } from '../ir/builder.ts';
import type { Graph, NodeId } from '../ir/graph.ts';
import { allocator } from './buffers.ts';
import { addPhase, addPort, type Plan, prepare } from './plan.ts';
import type { Action, Place } from './program.ts';
import { type Destination, lower } from './regions.ts';

/** The name of the buffer beside a port's own, which the optimizer writes. */
export const nextOf = (port: string) => `next.${port}`;

/** A graph with more nodes built onto it. */
function extended(
  graph: Graph,
  build: (builder: Builder, outputs: Graph['outputs']) => Graph['outputs'],
): Graph {
  const own = builder();
  own.nodes.push(...graph.nodes);
  return { nodes: own.nodes, outputs: build(own, graph.outputs) };
}

/** The port of a part of the optimizer's state. */
export const statePort = (name: string) => `optimizer.${name}`;

/** The phase that applies the optimizer. The port `nonFinite` is 0 when all new parameters are finite, else NaN. */
export function planOptimizer(
  plan: Plan,
  optimizer: Transform,
  at: {
    readonly gradient: Place;
    readonly squaredNorm: Place;
    readonly step: Place;
    readonly nonFinite: Place;
  },
): { readonly update: number[]; readonly state: readonly string[] } {
  const traced = traceOptimizer(optimizer, plan.parameterCount);
  const inputs = new Map<string, Place>([
    ['gradient', at.gradient],
    ['params', plan.params],
    ['step', at.step],
  ]);
  const shape = [plan.parameterCount];
  const targets = new Map<string, Place>();
  for (const name of ['params', ...traced.state.map(statePort)]) {
    if (!inputs.has(name)) inputs.set(name, plan.buffers.fixed(name, plan.parameterCount));
    addPort(plan, name, inputs.get(name)!, shape);
    targets.set(name, plan.buffers.fixed(nextOf(name), plan.parameterCount));
    addPort(plan, nextOf(name), targets.get(name)!, shape);
  }
  const graph = extended(traced.graph, (build, outputs) => {
    const params = build.apply('add', build.input('params', shape, 'params'), outputs.update!);
    // x - x is 0 for every finite x and NaN for all others.
    const nonFinite = build.reduce('sum', build.apply('subtract', params, params), [0]);
    const state = traced.state.map((name) => nextOf(statePort(name)));
    return {
      [nextOf('params')]: params,
      nonFinite,
      ...Object.fromEntries(state.map((name) => [name, outputs[name]!])),
    };
  });
  const prepared = prepare(plan, 'optimizer', graph, inputs);
  const norm = squaredNormOf(prepared.graph);
  if (norm !== undefined) prepared.available.set(norm, at.squaredNorm);
  const wanted: Destination[] = [
    { node: prepared.graph.outputs.nonFinite!, place: at.nonFinite, add: false },
  ];
  for (const [name, place] of targets)
    wanted.push({ node: prepared.graph.outputs[nextOf(name)]!, place, add: false });
  const allocate = allocator(plan.buffers, 'optimizer', 'none');
  const actions = lower({ ...prepared, keep: new Map<NodeId, Place>(), wanted, allocate });
  const update = addPhase(plan, { name: 'update', over: 'once', rows: 'none', scope: 'program', actions });
  return { update, state: traced.state };
}

/** The sum of the gradient's squares in an optimizer that clips: it is known by then. */
function squaredNormOf({ nodes }: Graph): NodeId | undefined {
  const found = nodes.findIndex((node) => {
    if (node.kind !== 'reduce' || node.fold !== 'sum' || node.shape.length > 0) return false;
    const square = nodes[node.args[0]!]!;
    if (square.kind !== 'apply' || square.name !== 'multiply') return false;
    return square.args.every((arg) => {
      const factor = nodes[arg]!;
      return factor.kind === 'input' && factor.name === 'gradient';
    });
  });
  return found < 0 ? undefined : found;
}

/** Actions that put the sum of the gradient's squares where the outside reads it. */
export function planNorm(plan: Plan, gradient: Place, norm: Place): Action[] {
  const build = builder();
  const g = build.input('gradient', [plan.parameterCount], 'params');
  const sum = build.reduce('sum', build.apply('multiply', g, g), [0]);
  const graph = { nodes: build.nodes, outputs: { sum } };
  const prepared = prepare(plan, 'norm', graph, new Map([['gradient', gradient]]));
  const wanted = [{ node: prepared.graph.outputs.sum!, place: norm, add: false }];
  return lower({ ...prepared, keep: new Map(), wanted, allocate: allocator(plan.buffers, 'norm', 'none') });
}
