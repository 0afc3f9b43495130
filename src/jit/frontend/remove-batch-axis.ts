/**
 * The batch rule: takes the batch axis out of every shape. A function is traced with a batch size that no other axis has,
 * so the axis is known by its size. An operation may carry it along; only a sum may remove it, and such a sum may only
 * lead to gradients of what all examples share. Anything else would let examples see each other and is refused.
 */
import { elements, showShape } from '../../core/shape.ts';
import { CompileError } from '../errors.ts';
import { type Builder, builder, numberOf } from '../ir/builder.ts';
import { type Graph, liveNodes, type Node, type NodeId, type NodeOf, partsOf } from '../ir/graph.ts';

/** A node of the new graph with where the batch axis was in the old shape, -1 for nowhere. */
interface Tracked {
  readonly id: NodeId;
  readonly axis: number;
  /** The value is the sum of these examples of these nodes: part of sums over all, as the gradient of `tile` writes them. */
  readonly examples?: ReadonlyMap<NodeId, readonly number[]>;
}

interface Context {
  readonly build: Builder;
  readonly old: Graph;
  readonly size: number;
  readonly done: readonly Tracked[];
  /** Which old node is being rewritten. */
  readonly at: NodeId;
}

const without = <T>(list: readonly T[], axis: number) => list.filter((_, i) => i !== axis);

function refuse({ old, at }: Context, why: string): never {
  const source = old.sources?.[at] ?? old.nodes[at]!.kind;
  throw new CompileError(
    `${source}: expected an operation that treats every example alike, got one that ${why}; keep the batch axis (the first) out of it`,
  );
}

/**
 * The same graph for one example: shapes without the batch axis, products with shared matrices as `dense` and `outer`,
 * sums over the batch as `batch-sum`. What no output depends on may do as it likes, and is left out.
 * @param size the batch size of the trace
 * @throws CompileError when examples are mixed
 */
export function removeBatchAxis(old: Graph, size: number): Graph {
  const build = builder();
  const done: Tracked[] = [];
  const live = liveNodes(old);
  old.nodes.forEach((node, at) => {
    const context = { build, old, size, done, at };
    if (!live[at]) {
      done.push({ id: -1, axis: -1 });
      return;
    }
    const tracked = partialSum(node, context) ?? rewrite(node, context);
    checkMixing(node, tracked, context);
    done.push(tracked);
  });
  const outputs = Object.entries(old.outputs).map(([name, id]) => {
    if (done[id]!.examples) refuse({ build, old, size, done, at: id }, 'gives a single example');
    return [name, done[id]!.id] as const;
  });
  return { nodes: build.nodes, outputs: Object.fromEntries(outputs) };
}

/**
 * Single examples cut out and added up one after another, which is how tfjs writes the gradient of `tile`: undefined for
 * all other nodes. When every example is there, it is the sum over the batch.
 */
function partialSum(node: Node, context: Context): Tracked | undefined {
  const { build, done, size } = context;
  if (node.kind === 'slice') {
    const { id, axis } = done[node.args[0]!]!;
    if (axis < 0 || node.shape[axis] !== 1 || size === 1) return undefined;
    const own = build.slice(
      id,
      without(node.starts, axis),
      without(node.shape, axis),
      without(node.steps, axis),
    );
    const example = build.reshape(own, node.shape);
    return { id: example, axis: -1, examples: new Map([[example, [node.starts[axis]!]]]) };
  }
  const args = node.args.map((arg) => done[arg]!);
  const parts = args.filter((arg) => arg.examples);
  if (parts.length === 0) return undefined;
  if (node.kind === 'apply' && node.name === 'add') {
    const zero = args.find((arg) => !arg.examples && numberOf(build, arg.id) === 0);
    if (zero) return parts[0]!;
    const [a, b] = args as [Tracked, Tracked];
    if (a.examples && b.examples) return joined(a.examples, b.examples, context);
  }
  return refuse(context, 'uses single examples of a batch');
}

/** Two partial sums added; a sum over the batch once every example of every node is in. */
function joined(
  a: ReadonlyMap<NodeId, readonly number[]>,
  b: ReadonlyMap<NodeId, readonly number[]>,
  { build, size }: Context,
): Tracked {
  const all = new Map(a);
  for (const [id, list] of b) all.set(id, [...new Set([...(all.get(id) ?? []), ...list])]);
  const complete = [...all.values()].every((list) => list.length === size);
  const [first, ...rest] = [...all.keys()] as [NodeId, ...NodeId[]];
  if (!complete) return { id: first, axis: -1, examples: all };
  const sum = rest.reduce((left, id) => build.apply('add', left, total(build, id)), total(build, first));
  return { id: sum, axis: -1 };
}

/** A value of an example must not depend on a sum over examples. */
function checkMixing(node: Node, tracked: Tracked, context: Context): void {
  if (tracked.axis < 0) return;
  for (const arg of node.args) {
    const { id } = context.done[arg]!;
    if (context.build.node(id).dependence === 'step')
      refuse(context, 'gives every example a sum over all examples');
  }
}

/**
 * Where the batch axis of a result is: followed from where the arguments have it, and known by its size only where there
 * are none, so that another axis of that size is not taken for it.
 */
function axisOf(node: Node, { build, done, old, size }: Context): number {
  const bySize = node.shape.indexOf(size);
  if (node.kind === 'input') return node.dependence === 'batch' ? 0 : -1;
  if (node.kind === 'transpose') {
    const { axis } = done[node.args[0]!]!;
    return axis < 0 ? bySize : node.order.indexOf(axis);
  }
  if (node.kind === 'apply' || node.kind === 'broadcast') {
    const having = node.args.filter((arg) => done[arg]!.axis >= 0);
    const main = having.find((arg) => build.node(done[arg]!.id).dependence === 'batch') ?? having[0];
    return main === undefined ? bySize : done[main]!.axis + node.shape.length - old.nodes[main]!.shape.length;
  }
  if (
    node.kind === 'slice' ||
    node.kind === 'pad-add' ||
    node.kind === 'cumulative' ||
    node.kind === 'sort'
  ) {
    const first = node.args.find((arg) => done[arg]!.axis >= 0);
    return first === undefined ? bySize : done[first]!.axis;
  }
  if (node.kind === 'reduce') {
    const { axis } = done[node.args[0]!]!;
    if (axis >= 0) return node.axes.includes(axis) ? -1 : axis - node.axes.filter((a) => a < axis).length;
  }
  return bySize;
}

function rewrite(node: Node, context: Context): Tracked {
  const { build, size, done } = context;
  const axis = axisOf(node, context);
  const shape = without(node.shape, axis);
  switch (node.kind) {
    case 'constant':
      return { id: constant(node, axis, context), axis };
    case 'input':
      return { id: build.input(node.name, shape, axis < 0 ? weaker(node) : node.dependence), axis };
    case 'apply':
      return {
        id: build.apply(node.name, ...node.args.map((arg) => aligned(arg, node, axis, context))),
        axis,
      };
    case 'broadcast':
      return { id: build.broadcast(aligned(node.args[0]!, node, axis, context), shape), axis };
    case 'reduce':
      return reduce(node, axis, context);
    case 'reshape':
      return reshape(node, context);
    case 'matmul':
      return matmul(node, axis, context);
    case 'pad-add': {
      const parts = partsOf(node).map(({ arg, starts }) => {
        if (axis >= 0 && context.old.nodes[arg]!.shape[axis] !== size)
          refuse(context, 'joins or pads along the batch axis');
        return { arg: done[arg]!.id, starts: without(starts, axis) };
      });
      return { id: build.padAdd(parts, shape), axis };
    }
    case 'slice': {
      const from = done[node.args[0]!]!;
      if (from.axis >= 0 && (axis !== from.axis || node.steps[axis] !== 1))
        refuse(context, 'cuts or turns the batch axis');
      return { id: build.slice(from.id, without(node.starts, axis), shape, without(node.steps, axis)), axis };
    }
    case 'transpose': {
      const from = done[node.args[0]!]!;
      const order = node.order
        .filter((a) => a !== from.axis)
        .map((a) => (from.axis >= 0 && a > from.axis ? a - 1 : a));
      return { id: build.transpose(from.id, order), axis };
    }
    default:
      return special(node, axis, context);
  }
}

const weaker = (node: Node) => (node.dependence === 'batch' ? 'params' : node.dependence);

/** An argument of a broadcasting operation with the batch axis gone from both. */
function aligned(arg: NodeId, node: Node, axis: number, context: Context): NodeId {
  const { build, done, old } = context;
  const tracked = done[arg]!;
  const shape = old.nodes[arg]!.shape;
  const own = axis < 0 ? -1 : axis - node.shape.length + shape.length;
  if (tracked.axis >= 0 && tracked.axis !== own) refuse(context, 'sets examples against another axis');
  if (tracked.axis >= 0 || own < 0) return tracked.id;
  return build.reshape(tracked.id, without(shape, own));
}

/** A constant over the batch must be the same for each example. */
function constant(node: NodeOf<'constant'>, axis: number, context: Context): NodeId {
  const { build, size } = context;
  if (axis < 0) return build.constant(node.data, node.shape);
  const inner = elements(node.shape.slice(axis + 1));
  const outer = elements(node.shape.slice(0, axis));
  const kept = new Float32Array(outer * inner);
  for (let i = 0; i < node.data.length; i++) {
    const place = Math.floor(i / (inner * size)) * inner + (i % inner);
    if (Math.floor(i / inner) % size === 0) kept[place] = node.data[i]!;
    else if (!Object.is(kept[place], node.data[i]))
      refuse(context, 'uses a constant that differs between examples');
  }
  return build.constant(kept, without(node.shape, axis));
}

function reduce(node: NodeOf<'reduce'>, axis: number, context: Context): Tracked {
  const { build, done } = context;
  const from = done[node.args[0]!]!;
  const axes = node.axes
    .filter((a) => a !== from.axis)
    .map((a) => (from.axis >= 0 && a > from.axis ? a - 1 : a));
  const inner = build.reduce(node.fold, from.id, axes);
  if (!node.axes.includes(from.axis)) return { id: inner, axis };
  if (node.fold !== 'sum') refuse(context, `takes the ${node.fold} over the batch`);
  return { id: total(build, inner), axis: -1 };
}

const total = (build: Builder, arg: NodeId) => build.add({ kind: 'batch-sum' }, [arg]);

function reshape(node: NodeOf<'reshape'>, context: Context): Tracked {
  const { build, done, old, size } = context;
  const from = done[node.args[0]!]!;
  if (from.axis < 0) return { id: build.reshape(from.id, node.shape), axis: node.shape.indexOf(size) };
  const before = elements(old.nodes[node.args[0]!]!.shape.slice(0, from.axis));
  const axis = node.shape.findIndex(
    (length, i) => length === size && elements(node.shape.slice(0, i)) === before,
  );
  if (axis < 0)
    refuse(
      context,
      `reshapes ${showShape(old.nodes[node.args[0]!]!.shape)} to ${showShape(node.shape)} and so joins the batch axis with another`,
    );
  return { id: build.reshape(from.id, without(node.shape, axis)), axis };
}

type Matmul = NodeOf<'matmul'>;

function matmul(node: Matmul, axis: number, context: Context): Tracked {
  const { build, done, old } = context;
  const [left, right] = [done[node.args[0]!]!, done[node.args[1]!]!];
  const [a, b] = [old.nodes[node.args[0]!]!, old.nodes[node.args[1]!]!];
  const [rowA, innerA] = matrixAxes(a.shape.length, node.leftTransposed);
  const [innerB, columnB] = matrixAxes(b.shape.length, node.rightTransposed);
  if (left.axis < 0 && right.axis < 0)
    return { id: build.matmul(left.id, right.id, node.leftTransposed, node.rightTransposed), axis };
  if (left.axis >= 0 && left.axis === innerA && right.axis === innerB)
    return { id: outer(left.id, right.id, node, context), axis: -1 };
  if (left.axis === rowA && right.axis < 0) {
    if (b.shape.length !== 2) refuse(context, 'sets the batch axis against leading axes of a product');
    return { id: dense(build, left.id, right.id, node.rightTransposed), axis };
  }
  if (right.axis === columnB && left.axis < 0) {
    if (a.shape.length !== 2) refuse(context, 'sets the batch axis against leading axes of a product');
    return { id: dense(build, right.id, left.id, !node.leftTransposed), axis };
  }
  return leading(node, axis, context);
}

/** Which axes of an operand are its rows and its columns, transposition taken into account. */
function matrixAxes(rank: number, transposed: boolean): [row: number, column: number] {
  return transposed ? [rank - 1, rank - 2] : [rank - 2, rank - 1];
}

function outer(left: NodeId, right: NodeId, node: Matmul, { build, old }: Context): NodeId {
  if (build.shape(left).length !== 1 || build.shape(right).length !== 1)
    throw new CompileError(
      `matMul of ${showShape(old.nodes[node.args[0]!]!.shape)}, ${showShape(old.nodes[node.args[1]!]!.shape)}: expected a sum over examples of products of two vectors, got more axes; sum them first`,
    );
  return build.add({ kind: 'outer' }, [left, right]);
}

function dense(build: Builder, arg: NodeId, weight: NodeId, transposed: boolean): NodeId {
  return build.add({ kind: 'dense', transposed }, [arg, weight]);
}

/** Both sides have a matrix for each example, or one side has one for all. */
function leading(node: Matmul, axis: number, context: Context): Tracked {
  const { build, done, old } = context;
  const rank = node.shape.length;
  const side = (arg: NodeId): NodeId => {
    const { axis: own, id } = done[arg]!;
    const shape = old.nodes[arg]!.shape;
    const place = axis - rank + shape.length;
    if (axis < 0 || axis >= rank - 2 || (own >= 0 && own !== place))
      refuse(context, 'mixes examples in a product');
    return own >= 0 || place < 0 ? id : build.reshape(id, without(shape, place));
  };
  const [left, right] = [side(node.args[0]!), side(node.args[1]!)];
  const shared =
    build.node(right).dependence !== 'batch' && build.shape(right).length === 2 && !node.leftTransposed;
  if (shared && build.node(left).dependence === 'batch')
    return { id: dense(build, left, right, node.rightTransposed), axis };
  return { id: build.matmul(left, right, node.leftTransposed, node.rightTransposed), axis };
}

function special(node: Node, axis: number, context: Context): Tracked {
  const { build, done } = context;
  if (node.kind === 'cumulative') {
    const from = done[node.args[0]!]!;
    if (from.axis === node.axis) refuse(context, 'runs along the batch axis');
    const own = from.axis >= 0 && from.axis < node.axis ? node.axis - 1 : node.axis;
    return { id: build.add({ ...node, axis: own }, [from.id]), axis };
  }
  if (node.kind === 'sort') {
    if (axis === node.shape.length - 1) refuse(context, 'sorts along the batch axis');
    return { id: build.add(node, [done[node.args[0]!]!.id]), axis };
  }
  if (node.kind === 'gather') return gather(node, axis, context);
  if (node.kind === 'scatter') return scatter(node, axis, context);
  throw new Error(`internal: batch rule: ${node.kind} before the batch rule`);
}

function gather(node: NodeOf<'gather'>, axis: number, context: Context): Tracked {
  const { build, done } = context;
  const [from, index] = [done[node.args[0]!]!, done[node.args[1]!]!];
  const both = from.axis >= 0 && index.axis >= 0;
  if (both && !(node.batched && from.axis === 0 && index.axis === 0))
    refuse(context, 'picks from every example for every example');
  if (from.axis === node.axis) refuse(context, 'picks among examples');
  const own = from.axis >= 0 && from.axis < node.axis ? node.axis - 1 : node.axis;
  const operation = { kind: 'gather', axis: own, batched: node.batched && !both } as const;
  return { id: build.add(operation, [from.id, index.id]), axis };
}

function scatter(node: NodeOf<'scatter'>, axis: number, context: Context): Tracked {
  const { build, done } = context;
  const [from, index] = [done[node.args[0]!]!, done[node.args[1]!]!];
  if (from.axis === 0 && index.axis === 0) {
    // Rows of a shared table, one an example: the sum over examples of a one-hot vector times the row.
    const places = build.constant(
      Float32Array.from({ length: node.shape[0]! }, (_, i) => i),
      [node.shape[0]!],
    );
    const hot = build.apply('equal', places, index.id);
    const row = build.reshape(from.id, [elements(build.shape(from.id))]);
    const sum = build.add({ kind: 'outer' }, [hot, row]);
    return { id: build.reshape(sum, node.shape), axis: -1 };
  }
  if (index.axis >= 0 || from.axis === 0) refuse(context, 'adds up over examples at positions');
  return {
    id: build.add({ kind: 'scatter', size: node.size }, [from.id, index.id]),
    axis,
  };
}
