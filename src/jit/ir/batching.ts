/**
 * The batching rules: an operation as traced, with the batch axis in its shapes, becomes one for a single example; see
 * operations.ts. It may carry the axis along; only a sum may remove it. What would let examples see each other is refused.
 */
import { elements, showShape } from '../../core/shape.ts';
import type { Builder } from './builder.ts';
import { countedWithout, type NodeId, type Operation, type Shape, without } from './graph.ts';

/** A node without the batch axis, and where that axis was in the shape as traced, -1 for nowhere. */
export interface Batched {
  readonly id: NodeId;
  readonly axis: number;
}

/** An argument of an operation, and its shape as traced. */
export interface BatchedSource extends Batched {
  readonly shape: Shape;
}

/** What a rule is given beside the operation. */
export interface Batching {
  readonly build: Builder;
  readonly args: readonly BatchedSource[];
  /** The result's shape as traced. */
  readonly shape: Shape;
  /** The batch size of the trace, which no other axis has. */
  readonly size: number;
  /** @throws CompileError that names the operation */
  refuse(why: string): never;
}

type Of<K extends Operation['kind']> = Extract<Operation, { readonly kind: K }>;
type Matmul = Of<'matmul'>;

/** The sum over examples. */
export const batchSum = (build: Builder, arg: NodeId): NodeId => build.add({ kind: 'batch-sum' }, [arg]);

const bySize = ({ shape, size }: Batching): number => shape.indexOf(size);

/** Where the argument has the axis; known by its size only where none has it, so that no other axis is taken for it. */
const keptAxis = (at: Batching): number => at.args.find(({ axis }) => axis >= 0)?.axis ?? bySize(at);

/** The same for arguments whose shapes are aligned at their last axis. */
function broadcastAxis(at: Batching): number {
  const having = at.args.filter(({ axis }) => axis >= 0);
  const main = having.find(({ id }) => at.build.node(id).dependence === 'batch') ?? having[0];
  return main === undefined ? bySize(at) : main.axis + at.shape.length - main.shape.length;
}

/** An argument of a broadcasting operation with the batch axis gone from both. */
function aligned(arg: BatchedSource, axis: number, { build, shape, refuse }: Batching): NodeId {
  const own = axis < 0 ? -1 : axis - shape.length + arg.shape.length;
  if (arg.axis >= 0 && arg.axis !== own) refuse('sets examples against another axis');
  if (arg.axis >= 0 || own < 0) return arg.id;
  return build.reshape(arg.id, without(arg.shape, own));
}

/** A constant over the batch must be the same for each example. */
export function constant({ data }: Of<'constant'>, at: Batching): Batched {
  const { build, shape, size, refuse } = at;
  const axis = bySize(at);
  if (axis < 0) return { id: build.constant(data, shape), axis };
  const inner = elements(shape.slice(axis + 1));
  const outer = elements(shape.slice(0, axis));
  const kept = new Float32Array(outer * inner);
  data.forEach((value, i) => {
    const place = Math.floor(i / (inner * size)) * inner + (i % inner);
    if (Math.floor(i / inner) % size === 0) kept[place] = value;
    else if (!Object.is(kept[place], value)) refuse('uses a constant that differs between examples');
  });
  return { id: build.constant(kept, without(shape, axis)), axis };
}

/** An input's first axis, if it depends on the example. */
export function input({ name, dependence }: Of<'input'>, { build, shape }: Batching): Batched {
  const axis = dependence === 'batch' ? 0 : -1;
  return { id: build.input(name, without(shape, axis), dependence), axis };
}

/** Corresponding elements. */
export function apply(operation: Of<'apply'>, at: Batching): Batched {
  const axis = broadcastAxis(at);
  const args = at.args.map((arg) => aligned(arg, axis, at));
  return { id: at.build.add(operation, args), axis };
}

/** Repeats. */
export function broadcast(_: unknown, at: Batching): Batched {
  const axis = broadcastAxis(at);
  return { id: at.build.broadcast(aligned(at.args[0]!, axis, at), without(at.shape, axis)), axis };
}

/** A sum over the batch, unless the axis is another. */
export function reduce({ fold, axes }: Of<'reduce'>, at: Batching): Batched {
  const { build, refuse } = at;
  const [from] = at.args as [BatchedSource];
  const inner = build.reduce(fold, from.id, countedWithout(axes, from.axis));
  if (from.axis < 0) return { id: inner, axis: bySize(at) };
  if (!axes.includes(from.axis))
    return { id: inner, axis: from.axis - axes.filter((axis) => axis < from.axis).length };
  if (fold !== 'sum') refuse(`takes the ${fold} over the batch`);
  return { id: batchSum(build, inner), axis: -1 };
}

/** The axis stays where as many elements come before it. */
export function reshape(_: unknown, at: Batching): Batched {
  const { build, shape, size, refuse } = at;
  const [from] = at.args as [BatchedSource];
  if (from.axis < 0) return { id: build.reshape(from.id, shape), axis: bySize(at) };
  const before = elements(from.shape.slice(0, from.axis));
  const axis = shape.findIndex((length, i) => length === size && elements(shape.slice(0, i)) === before);
  if (axis < 0)
    refuse(
      `reshapes ${showShape(from.shape)} to ${showShape(shape)} and so joins the batch axis with another`,
    );
  return { id: build.reshape(from.id, without(shape, axis)), axis };
}

/** Moves axes. */
export function transpose({ order }: Of<'transpose'>, at: Batching): Batched {
  const [from] = at.args as [BatchedSource];
  return {
    id: at.build.transpose(from.id, countedWithout(order, from.axis)),
    axis: from.axis < 0 ? bySize(at) : order.indexOf(from.axis),
  };
}

/** Cuts other axes; single examples that are cut out have a rule of their own (frontend/remove-batch-axis.ts). */
export function slice({ starts, steps }: Of<'slice'>, at: Batching): Batched {
  const { build, shape, refuse } = at;
  const [from] = at.args as [BatchedSource];
  const axis = keptAxis(at);
  if (from.axis >= 0 && steps[axis] !== 1) refuse('cuts or turns the batch axis');
  const [ownStarts, ownShape, ownSteps] = [starts, shape, steps].map((list) => without(list, axis));
  return { id: build.slice(from.id, ownStarts!, ownShape!, ownSteps), axis };
}

/** Pads and joins along other axes. */
export function padAdd({ starts }: Of<'pad-add'>, at: Batching): Batched {
  const { build, args, shape, size, refuse } = at;
  const axis = keptAxis(at);
  if (axis >= 0 && args.some((arg) => arg.shape[axis] !== size)) refuse('joins or pads along the batch axis');
  const parts = args.map((arg, i) => ({ arg: arg.id, starts: without(starts[i]!, axis) }));
  return { id: build.padAdd(parts, without(shape, axis)), axis };
}

/** A running fold along another axis. */
export function cumulative(operation: Of<'cumulative'>, at: Batching): Batched {
  const [from] = at.args as [BatchedSource];
  if (from.axis === operation.axis) at.refuse('runs along the batch axis');
  const [axis] = countedWithout([operation.axis], from.axis) as [number];
  return { id: at.build.add({ ...operation, axis }, [from.id]), axis: keptAxis(at) };
}

/** Lines of another axis in order. */
export function sort(operation: Of<'sort'>, at: Batching): Batched {
  const axis = keptAxis(at);
  if (axis === at.shape.length - 1) at.refuse('sorts along the batch axis');
  return { id: at.build.add(operation, [at.args[0]!.id]), axis };
}

/** Picks along another axis: by one list for all, or by each example's own in its own part of the table. */
export function gather({ axis, batched }: Of<'gather'>, at: Batching): Batched {
  const { build, refuse } = at;
  const [table, index] = at.args as [BatchedSource, BatchedSource];
  const both = table.axis >= 0 && index.axis >= 0;
  if (both && !(batched && table.axis === 0 && index.axis === 0))
    refuse('picks from every example for every example');
  if (table.axis === axis) refuse('picks among examples');
  const [own] = countedWithout([axis], table.axis) as [number];
  const operation = { kind: 'gather', axis: own, batched: batched && !both } as const;
  return { id: build.add(operation, [table.id, index.id]), axis: bySize(at) };
}

/** Rows of a table that all share, one an example: the sum over examples of a one-hot vector times the row. */
export function scatter(operation: Of<'scatter'>, at: Batching): Batched {
  const { build, shape, refuse } = at;
  const [from, index] = at.args as [BatchedSource, BatchedSource];
  if (from.axis === 0 && index.axis === 0) {
    const places = build.constant(
      Float32Array.from({ length: operation.size }, (_, i) => i),
      [operation.size],
    );
    const hot = build.apply('equal', places, index.id);
    const row = build.reshape(from.id, [elements(build.shape(from.id))]);
    return { id: build.reshape(build.add({ kind: 'outer' }, [hot, row]), shape), axis: -1 };
  }
  if (index.axis >= 0 || from.axis === 0) refuse('adds up over examples at positions');
  return { id: build.add(operation, [from.id, index.id]), axis: bySize(at) };
}

/** Where an operand has its rows and its columns, transposition taken into account. */
function matrixAxes({ length }: Shape, transposed: boolean): [row: number, column: number] {
  return transposed ? [length - 1, length - 2] : [length - 2, length - 1];
}

/** `dense` with a matrix that all examples share, `outer` where examples are summed over, else a product for each. */
export function matmul(operation: Matmul, at: Batching): Batched {
  const { build } = at;
  const { leftTransposed, rightTransposed } = operation;
  const [left, right] = at.args as [BatchedSource, BatchedSource];
  const [row, leftInner] = matrixAxes(left.shape, leftTransposed);
  const [rightInner, column] = matrixAxes(right.shape, rightTransposed);
  if (left.axis < 0 && right.axis < 0)
    return { id: build.add(operation, [left.id, right.id]), axis: bySize(at) };
  if (left.axis >= 0 && left.axis === leftInner && right.axis === rightInner) return outer(left, right, at);
  if (left.axis === row && right.axis < 0)
    return dense({ rows: left, matrix: right, transposed: rightTransposed }, at);
  if (right.axis === column && left.axis < 0)
    return dense({ rows: right, matrix: left, transposed: !leftTransposed }, at);
  return product(operation, at);
}

function outer(left: BatchedSource, right: BatchedSource, { build, refuse }: Batching): Batched {
  if (build.shape(left.id).length !== 1 || build.shape(right.id).length !== 1)
    refuse('sums products of more than two vectors over the batch');
  return { id: build.add({ kind: 'outer' }, [left.id, right.id]), axis: -1 };
}

function dense(
  {
    rows,
    matrix,
    transposed,
  }: { readonly rows: BatchedSource; readonly matrix: BatchedSource; readonly transposed: boolean },
  at: Batching,
): Batched {
  if (matrix.shape.length !== 2) at.refuse('sets the batch axis against leading axes of a product');
  return { id: at.build.add({ kind: 'dense', transposed }, [rows.id, matrix.id]), axis: bySize(at) };
}

/** Both sides have a matrix for each example, or one side has one for all. */
function product(operation: Matmul, at: Batching): Batched {
  const { build, shape, refuse } = at;
  const axis = bySize(at);
  const side = (arg: BatchedSource): NodeId => {
    const place = axis - shape.length + arg.shape.length;
    if (axis < 0 || axis >= shape.length - 2 || (arg.axis >= 0 && arg.axis !== place))
      refuse('mixes examples in a product');
    return arg.axis >= 0 || place < 0 ? arg.id : build.reshape(arg.id, without(arg.shape, place));
  };
  const [left, right] = at.args.map(side) as [NodeId, NodeId];
  const isShared = build.node(right).dependence !== 'batch' && build.shape(right).length === 2;
  if (isShared && !operation.leftTransposed && build.node(left).dependence === 'batch')
    return { id: build.add({ kind: 'dense', transposed: operation.rightTransposed }, [left, right]), axis };
  return { id: build.add(operation, [left, right]), axis };
}
