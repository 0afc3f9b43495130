/**
 * A value that is only read in slices is computed in slices: the gates of an LSTM, which one product makes side by side, are then
 * functions of corresponding elements and share a loop, instead of going through memory as one long vector.
 */
import { elements } from '../../core/shape.ts';
import { type Builder, rebuild } from '../ir/builder.ts';
import type { Graph, NodeId, NodeOf } from '../ir/graph.ts';
import { simpler } from './simplify/simplify.ts';

type Slice = NodeOf<'slice'>;
type Apply = NodeOf<'apply'>;

/** The graph with slices of functions of elements made functions of slices. */
export function pushSlices(old: Graph): Graph {
  const sliced = onlySliced(old);
  return rebuild(
    old,
    ({ build, done }, node) => {
      if (node.kind !== 'slice' || !sliced.has(node.args[0]!)) return undefined;
      const of = build.node(done[node.args[0]!]!);
      if (of.kind !== 'apply') return undefined;
      return build.apply(of.name, ...of.args.map((id) => sliceOf(build, id, node, of)));
    },
    simpler,
  );
}

/** Functions of elements whose readers are all slices that take no element twice. */
function onlySliced(graph: Graph): Set<NodeId> {
  const taken = new Map<NodeId, number>();
  const other = new Set<NodeId>(Object.values(graph.outputs));
  for (const node of graph.nodes) {
    if (node.kind === 'slice')
      taken.set(node.args[0]!, (taken.get(node.args[0]!) ?? 0) + elements(node.shape));
    else for (const arg of node.args) other.add(arg);
  }
  const found = [...taken].filter(([id, count]) => {
    const node = graph.nodes[id]!;
    return node.kind === 'apply' && !other.has(id) && count <= elements(node.shape);
  });
  return new Set(found.map(([id]) => id));
}

/** An argument cut as the slice cuts the result; an axis along which it repeats stays as it is. */
function sliceOf(build: Builder, id: NodeId, { starts, steps, shape }: Slice, of: Apply): NodeId {
  const own = build.shape(id);
  const skip = of.shape.length - own.length;
  const cut = <T>(list: readonly T[], whole: (axis: number) => T) =>
    own.map((size, axis) => (size === 1 && of.shape[axis + skip] !== 1 ? whole(axis) : list[axis + skip]!));
  return build.slice(
    id,
    cut(starts, () => 0),
    cut(shape, () => 1),
    cut(steps, () => 1),
  );
}
