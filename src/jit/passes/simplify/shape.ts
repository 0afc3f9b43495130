/** Rewrites of operations that move or fold elements; see simplify.ts. */
import { elements } from '../../../core/shape.ts';
import { type Builder, numberOf } from '../../ir/builder.ts';
import { type NodeId, type NodeOf, type Part, partsOf } from '../../ir/graph.ts';

type Moves = 'reshape' | 'transpose' | 'slice';

/** A sign before elements are moved or added up is a sign after it. */
function withoutSign(build: Builder, node: NodeOf<Moves | 'reduce'>): NodeId | undefined {
  const inner = build.node(node.args[0]!);
  if (inner.kind !== 'apply' || inner.name !== 'negate') return undefined;
  return build.apply('negate', build.add(node, inner.args));
}

/** A number that is repeated and moved is a number that is repeated. */
function ofUniform(build: Builder, { args, shape }: NodeOf<Moves | 'broadcast'>): NodeId | undefined {
  const value = numberOf(build, args[0]!);
  return value === undefined ? undefined : build.broadcast(build.number(value), shape);
}

/** What holds for all that moves elements, or else a rule of its own. */
const move =
  <N extends NodeOf<Moves>>(rule: (build: Builder, node: N) => NodeId | undefined) =>
  (build: Builder, node: N) =>
    withoutSign(build, node) ?? ofUniform(build, node) ?? rule(build, node);

function reshape(build: Builder, { args, shape }: NodeOf<'reshape'>): NodeId | undefined {
  const inner = build.node(args[0]!).kind;
  return inner === 'reshape' || inner === 'constant' ? build.reshape(args[0]!, shape) : undefined;
}

function broadcast(build: Builder, node: NodeOf<'broadcast'>): NodeId | undefined {
  const { args, shape } = node;
  const [arg] = args as [NodeId];
  const inner = build.node(arg);
  if (inner.kind === 'constant' && inner.shape.length === 0) return undefined;
  const uniform = ofUniform(build, node);
  if (uniform !== undefined) return uniform;
  if (elements(inner.shape) === elements(shape)) return build.reshape(arg, shape);
  return inner.kind === 'broadcast' ? build.broadcast(inner.args[0]!, shape) : undefined;
}

function transpose(build: Builder, { args, order, shape }: NodeOf<'transpose'>): NodeId | undefined {
  const [arg] = args as [NodeId];
  const inner = build.node(arg);
  if (inner.kind === 'transpose')
    return build.transpose(
      inner.args[0]!,
      order.map((axis) => inner.order[axis]!),
    );
  // Only axes of length one change their places: the elements keep their order.
  const long = order.filter((axis) => inner.shape[axis] !== 1);
  return long.every((axis, i) => i === 0 || axis > long[i - 1]!) ? build.reshape(arg, shape) : undefined;
}

function slice(build: Builder, { args, starts, steps, shape }: NodeOf<'slice'>): NodeId | undefined {
  const inner = build.node(args[0]!);
  if (inner.kind === 'slice')
    return build.slice(
      inner.args[0]!,
      starts.map((start, i) => inner.starts[i]! + start * inner.steps[i]!),
      shape,
      steps.map((step, i) => step * inner.steps[i]!),
    );
  if (inner.kind !== 'pad-add' || steps.some((step) => step !== 1)) return undefined;
  const [only, ...others] = partsOf(inner).filter((part) => meets(build, part, starts, shape));
  if (!only) return build.broadcast(build.number(0), shape);
  if (others.length > 0 || !contains(build, only, starts, shape)) return undefined;
  const own = starts.map((start, i) => start - only.starts[i]!);
  return build.slice(only.arg, own, shape);
}

const endsOf = (build: Builder, part: Part) => build.shape(part.arg).map((size, i) => part.starts[i]! + size);

function meets(build: Builder, part: Part, starts: readonly number[], shape: readonly number[]): boolean {
  const ends = endsOf(build, part);
  return starts.every((start, i) => part.starts[i]! < start + shape[i]! && ends[i]! > start);
}

function contains(build: Builder, part: Part, starts: readonly number[], shape: readonly number[]): boolean {
  const ends = endsOf(build, part);
  return starts.every((start, i) => part.starts[i]! <= start && ends[i]! >= start + shape[i]!);
}

function padAdd(build: Builder, node: NodeOf<'pad-add'>): NodeId | undefined {
  const isPad = (arg: NodeId) => build.node(arg).kind === 'pad-add';
  const isZero = (arg: NodeId) => numberOf(build, arg) === 0;
  if (!node.args.some((arg) => isZero(arg) || isPad(arg))) return undefined;
  const parts = partsOf(node)
    .filter((part) => !isZero(part.arg))
    .flatMap((part): readonly Part[] => {
      const inner = build.node(part.arg);
      if (inner.kind !== 'pad-add') return [part];
      return partsOf(inner).map(({ arg, starts }) => ({
        arg,
        starts: starts.map((s, i) => s + part.starts[i]!),
      }));
    });
  if (parts.length === 0) return build.broadcast(build.number(0), node.shape);
  return build.padAdd(parts, node.shape);
}

function reduce(build: Builder, node: NodeOf<'reduce'>): NodeId | undefined {
  const signed = node.fold === 'sum' ? withoutSign(build, node) : undefined;
  if (signed !== undefined) return signed;
  const [arg] = node.args as [NodeId];
  const inner = build.node(arg);
  const axes = node.axes.filter((axis) => inner.shape[axis] !== 1);
  if (axes.length < node.axes.length) return build.reshape(build.reduce(node.fold, arg, axes), node.shape);
  if (node.fold !== 'sum') return undefined;
  if (inner.kind === 'reduce' && inner.fold === 'sum') {
    const kept = [...build.shape(inner.args[0]!).keys()].filter((axis) => !inner.axes.includes(axis));
    const all = [...inner.axes, ...axes.map((axis) => kept[axis]!)];
    return build.reduce('sum', inner.args[0]!, all);
  }
  return inner.kind === 'broadcast' ? repeatedSum(build, node, inner) : undefined;
}

/** A sum along axes that a value repeats along is a multiple of it. */
function repeatedSum(
  build: Builder,
  { axes, shape: reducedShape }: NodeOf<'reduce'>,
  { args, shape }: NodeOf<'broadcast'>,
): NodeId | undefined {
  const [arg] = args as [NodeId];
  const narrow = build.shape(arg);
  const own = (axis: number) => narrow[axis - shape.length + narrow.length] ?? 1;
  const repeated = axes.filter((axis) => own(axis) === 1);
  if (repeated.length === 0) return undefined;
  const count = repeated.reduce((product, axis) => product * shape[axis]!, 1);
  const full = shape.map((_, axis) => own(axis));
  const kept = shape.map((size, axis) => (repeated.includes(axis) ? 1 : size));
  const left = axes.filter((axis) => !repeated.includes(axis));
  const sum = build.reduce('sum', build.broadcast(build.reshape(arg, full), kept), left);
  return build.apply('multiply', build.reshape(sum, reducedShape), build.number(count));
}

/** The rules of this file by the kind of a node. */
export const shapeRules = {
  reshape: move(reshape),
  transpose: move(transpose),
  slice: move(slice),
  'pad-add': padAdd,
  broadcast,
  reduce,
};
