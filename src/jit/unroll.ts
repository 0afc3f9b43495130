/**
 * Sums over a short axis (heads, shift offsets) written out as additions: their terms are then functions of corresponding
 * elements, which fuse with what reads the sum, instead of a loop nest of their own through memory.
 */
import { elements } from '../core/shape.ts';
import { type Builder, builder } from './build.ts';
import { type Graph, type Node, type NodeId, useCounts, withArgs } from './ir.ts';

/** Axes up to this long are written out. */
const SHORT = 4;
/** Unless what is left of the space is so small that a nest costs nothing. */
const LEAST = 16;

interface Unrolling {
  readonly build: Builder;
  readonly old: Graph;
  readonly uses: Int32Array;
  readonly done: readonly NodeId[];
}

/** The graph with sums over short axes of values that nothing else reads written out. */
export function unrollSums(old: Graph): Graph {
  const build = builder();
  const done: NodeId[] = [];
  const context = { build, old, uses: useCounts(old), done };
  for (const node of old.nodes) {
    const own = withArgs(node, (id) => done[id]!);
    const unrolled = node.kind === 'reduce' ? unrolledSum(context, node) : undefined;
    done.push(unrolled ?? build.add(own, own.shape, own.varies));
  }
  const outputs = Object.entries(old.outputs).map(([name, id]) => [name, done[id]!] as const);
  return { nodes: build.nodes, outputs: Object.fromEntries(outputs) };
}

function unrolledSum(context: Unrolling, node: Node & { kind: 'reduce' }): NodeId | undefined {
  const { build, old, uses } = context;
  const arg = old.nodes[node.arg]!;
  if (node.fold !== 'sum' || arg.kind !== 'apply' || uses[node.arg] !== 1) return undefined;
  const axis = node.axes.find((a) => arg.shape[a]! <= SHORT && elements(arg.shape.slice(a + 1)) >= LEAST);
  if (axis === undefined) return undefined;
  const terms = Array.from({ length: arg.shape[axis]! }, (_, i) => at(context, node.arg, { axis, i }));
  const sum = terms.reduce((left, right) => build.apply('add', left, right));
  const rest = node.axes.filter((a) => a !== axis).map((a) => (a > axis ? a - 1 : a));
  return build.reduce('sum', sum, rest);
}

/** Element i along an axis, which disappears. */
function at(
  context: Unrolling,
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
  const rest = node.shape.filter((_, a) => a !== axis);
  if (node.shape[axis] === 1) return build.reshape(done[id]!, rest);
  const starts = node.shape.map((_, a) => (a === axis ? i : 0));
  const thin = node.shape.map((size, a) => (a === axis ? 1 : size));
  return build.reshape(build.slice(done[id]!, starts, thin), rest);
}
