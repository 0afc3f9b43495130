/**
 * The optimizer as a phase over flat vectors. It writes the new parameters and its new state beside the old ones; the
 * runtime swaps the two when all is finite, so a step that failed leaves no trace.
 */
import type { OptimizerGraph } from '../frontend/optimizer.ts';
import type { Graph, NodeId } from '../ir/graph.ts';
import { names } from '../ir/names.ts';
import { allocator } from './buffers.ts';
import { addPhase, addPort, type Plan, prepare } from './plan.ts';
import type { Action, Place } from './program.ts';
import { type Destination, lower } from './regions.ts';

/** The phase that applies the optimizer. The port `nonFinite` is 0 when all new parameters are finite, else NaN. */
export function planOptimizer(
  plan: Plan,
  { state, graph }: OptimizerGraph,
  at: {
    readonly gradient: Place;
    readonly squaredNorm: Place;
    readonly step: Place;
    readonly nonFinite: Place;
  },
): number[] {
  const inputs = new Map<string, Place>([
    ['gradient', at.gradient],
    ['params', plan.params],
    ['step', at.step],
  ]);
  const shape = [plan.parameterCount];
  const targets = new Map<string, Place>();
  for (const name of ['params', ...state.map(names.optimizerState)]) {
    if (!inputs.has(name)) inputs.set(name, plan.buffers.fixed(name, plan.parameterCount));
    addPort(plan, name, inputs.get(name)!, shape);
    targets.set(name, plan.buffers.fixed(names.updated(name), plan.parameterCount));
    addPort(plan, names.updated(name), targets.get(name)!, shape);
  }
  const prepared = prepare(plan, 'optimizer', graph, inputs);
  const norm = squaredNormOf(prepared.graph);
  if (norm !== undefined) prepared.available.set(norm, at.squaredNorm);
  const wanted: Destination[] = [
    { node: prepared.graph.outputs.nonFinite!, place: at.nonFinite, add: false },
  ];
  for (const [name, place] of targets)
    wanted.push({ node: prepared.graph.outputs[names.updated(name)]!, place, add: false });
  const allocate = allocator(plan.buffers, 'optimizer', 'none');
  const actions = lower({ ...prepared, keep: new Map<NodeId, Place>(), wanted, allocate });
  return addPhase(plan, { name: 'update', over: 'once', rows: 'none', scope: 'program', actions });
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
export function planNorm(
  plan: Plan,
  graph: Graph,
  at: { readonly gradient: Place; readonly norm: Place },
): Action[] {
  const prepared = prepare(plan, 'norm', graph, new Map([['gradient', at.gradient]]));
  const wanted = [{ node: prepared.graph.outputs.sum!, place: at.norm, add: false }];
  return lower({ ...prepared, keep: new Map(), wanted, allocate: allocator(plan.buffers, 'norm', 'none') });
}
