/**
 * Short axes (heads, shift offsets) written out. A sum over one becomes additions: its terms are then functions of
 * corresponding elements, which fuse with what reads the sum, instead of a loop nest of their own through memory. A sum
 * over a memory that all heads share becomes a sum for each head, and one loop that reads the memory once makes them all.
 */
import { elements } from '../../core/shape.ts';
import { type Rebuilding, rebuild } from '../ir/builder.ts';
import { countedWithout, type Graph, type NodeId, type NodeOf, without } from '../ir/graph.ts';
import { simpler } from './simplify/simplify.ts';

/** Axes up to this long are written out. */
const SHORT = 4;
/** Unless what is left of the space is so small that a nest costs nothing. */
const LEAST = 16;
/** A memory of this many elements, which heads share, is worth reading once. */
const SHARED = 256;

/** The graph with sums that heads or offsets make long written out. */
export function unrollAxes(old: Graph): Graph {
  return rebuild(
    old,
    (context, node) =>
      node.kind === 'reduce' && node.fold === 'sum'
        ? (unrolledSum(context, node) ?? sumPerHead(context, node))
        : undefined,
    simpler,
  );
}

function unrolledSum(context: Rebuilding, node: NodeOf<'reduce'>): NodeId | undefined {
  const { build, old, uses } = context;
  const arg = old.nodes[node.args[0]!]!;
  if (arg.kind !== 'apply' || uses[node.args[0]!] !== 1) return undefined;
  const axis = node.axes.find((a) => arg.shape[a]! <= SHORT && elements(arg.shape.slice(a + 1)) >= LEAST);
  if (axis === undefined) return undefined;
  const terms = Array.from({ length: arg.shape[axis]! }, (_, i) => at(context, node.args[0]!, { axis, i }));
  const sum = terms.reduce((left, right) => build.apply('add', left, right));
  return build.reduce('sum', sum, countedWithout(node.axes, axis));
}

/** [H,N,W] -> [H,N] or [H,W] where what is summed is a product with one [N,W] for all H. */
function sumPerHead(context: Rebuilding, node: NodeOf<'reduce'>): NodeId | undefined {
  const { build, old, uses } = context;
  const arg = old.nodes[node.args[0]!]!;
  if (arg.kind !== 'apply' || arg.name !== 'multiply' || uses[node.args[0]!] !== 1) return undefined;
  const { shape } = arg;
  const rest = (axis: number) => elements(without(shape, axis));
  const isShared = (axis: number) =>
    arg.args.some((id) => {
      const own = old.nodes[id]!.shape;
      const at = axis - shape.length + own.length;
      return (at < 0 || own[at] === 1) && elements(own) === rest(axis);
    });
  const axis = shape.findIndex(
    (size, a) => size > 1 && size <= SHORT && !node.axes.includes(a) && rest(a) >= SHARED && isShared(a),
  );
  if (axis < 0) return undefined;
  const axes = countedWithout(node.axes, axis);
  const kept = axis - node.axes.filter((a) => a < axis).length;
  const thin = node.shape.with(kept, 1);
  const parts = Array.from({ length: shape[axis]! }, (_, i) => ({
    arg: build.reshape(build.reduce('sum', at(context, node.args[0]!, { axis, i }), axes), thin),
    starts: thin.map((_, a) => (a === kept ? i : 0)),
  }));
  return build.padAdd(parts, node.shape);
}

/** Element i along an axis, which disappears. */
function at(
  context: Rebuilding,
  id: NodeId,
  { axis, i }: { readonly axis: number; readonly i: number },
): NodeId {
  const { build, old, uses, done } = context;
  const node = old.nodes[id]!;
  const rank = node.shape.length;
  if (node.kind === 'apply' && uses[id] === 1) {
    const args = node.args.map((arg) => {
      const own = axis - rank + old.nodes[arg]!.shape.length;
      return own < 0 ? done[arg]! : at(context, arg, { axis: own, i });
    });
    return build.apply(node.name, ...args);
  }
  const rest = without(node.shape, axis);
  if (node.shape[axis] === 1) return build.reshape(done[id]!, rest);
  const starts = node.shape.map((_, a) => (a === axis ? i : 0));
  return build.reshape(build.slice(done[id]!, starts, node.shape.with(axis, 1)), rest);
}
