/**
 * The optimizer as a phase over flat vectors. It writes the new parameters and its new state beside the old ones; the
 * runtime swaps the two when all is finite, so a step that failed leaves no trace.
 */
import type { OptimizerGraph } from '../frontend/optimizer.ts';
import type { Graph, NodeId } from '../ir/graph.ts';
import { names } from '../ir/names.ts';
import { fixed } from './buffers.ts';
import { phase } from './phases.ts';
import { destination, type Prepared, prepare } from './plan.ts';
import { type Action, type Buffer, type Phase, type Place, type Port, placeIn } from './program.ts';
import { lower } from './regions.ts';

/** The phase that applies the optimizer. The port `nonFinite` is 0 when all new parameters are finite, else NaN. */
export function planOptimizer(
  { state, graph }: OptimizerGraph,
  at: {
    readonly params: Buffer;
    readonly gradient: Place;
    readonly squaredNorm: Place;
    readonly step: Place;
    readonly nonFinite: Place;
  },
): {
  readonly phase: Phase;
  readonly prepared: Prepared;
  readonly ports: Readonly<Record<string, Port>>;
} {
  const { size } = at.params;
  const learned = ['params', ...state.map(names.optimizerState)];
  const places = new Map(
    [...learned, ...learned.map(names.updated)].map((name) => [name, placeIn(fixed(name, size))] as const),
  );
  const inputs = new Map([...places, ['gradient', at.gradient] as const, ['step', at.step] as const]);
  const prepared = prepare('optimizer', graph, inputs);
  const norm = squaredNormOf(prepared.graph);
  const available = new Map(prepared.available);
  if (norm !== undefined) available.set(norm, at.squaredNorm);
  const wanted = [
    ...destination(prepared, 'nonFinite', at.nonFinite),
    ...learned.map(names.updated).flatMap((name) => destination(prepared, name, places.get(name)!)),
  ];
  return {
    phase: phase('update', lower({ ...prepared, available, wanted, rows: 'none' })),
    prepared,
    ports: Object.fromEntries([...places].map(([name, place]) => [name, { place, shape: [size] }])),
  };
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
  graph: Graph,
  { gradient, squaredNorm }: { readonly gradient: Place; readonly squaredNorm: Place },
): { readonly prepared: Prepared; readonly actions: readonly Action[] } {
  const prepared = prepare('norm', graph, new Map([['gradient', gradient]]));
  const wanted = destination(prepared, 'sum', squaredNorm);
  return { prepared, actions: lower({ ...prepared, wanted, rows: 'none' }) };
}
