/** Rewrites of operations that move or fold elements; see simplify.ts. */
import { elements } from '../../../core/shape.ts';
import type { Builder } from '../../ir/builder.ts';
import { type NodeId, type NodeOf, type Part, partsOf } from '../../ir/graph.ts';

type ShapeNode = NodeOf<'reshape' | 'transpose' | 'slice' | 'pad-add' | 'broadcast' | 'reduce'>;

/** The node itself built anew, or something simpler. */
export function simplifyShape(build: Builder, node: ShapeNode): NodeId {
  const unsigned = withoutSign(build, node);
  if (unsigned !== undefined) return unsigned;
  switch (node.kind) {
    case 'reshape':
      return reshape(build, node.args[0]!, node.shape);
    case 'transpose':
      return transpose(build, node);
    case 'slice':
      return slice(build, node);
    case 'pad-add':
      return assemble(build, node);
    case 'broadcast':
      return broadcast(build, node.args[0]!, node.shape);
    case 'reduce':
      return reduce(build, node);
  }
}

/** A sign before elements are moved or added up is a sign after it. */
function withoutSign(build: Builder, node: ShapeNode): NodeId | undefined {
  if (node.kind === 'pad-add' || (node.kind === 'reduce' && node.fold !== 'sum')) return undefined;
  const inner = build.node(node.args[0]!);
  if (inner.kind !== 'apply' || inner.name !== 'negate') return undefined;
  return build.apply('negate', simplifyShape(build, { ...node, args: inner.args }));
}

function isUniform(build: Builder, id: NodeId): boolean {
  const node = build.node(id);
  if (node.kind === 'constant') return node.data.length === 1;
  return (node.kind === 'broadcast' || node.kind === 'reshape') && isUniform(build, node.args[0]!);
}

/** The number behind broadcasts and reshapes of one. */
function numberBehind(build: Builder, id: NodeId): NodeId {
  const node = build.node(id);
  if (node.kind === 'broadcast' || node.kind === 'reshape') return numberBehind(build, node.args[0]!);
  return build.reshape(id, []);
}

function reshape(build: Builder, arg: NodeId, shape: readonly number[]): NodeId {
  if (isUniform(build, arg)) return build.broadcast(numberBehind(build, arg), shape);
  return build.reshape(arg, shape);
}

function broadcast(build: Builder, arg: NodeId, shape: readonly number[]): NodeId {
  const inner = build.node(arg);
  if (isUniform(build, arg)) return build.broadcast(numberBehind(build, arg), shape);
  if (elements(build.shape(arg)) === elements(shape)) return build.reshape(arg, shape);
  if (inner.kind === 'broadcast') return broadcast(build, inner.args[0]!, shape);
  return build.broadcast(arg, shape);
}

function transpose(build: Builder, node: NodeOf<'transpose'>): NodeId {
  const inner = build.node(node.args[0]!);
  if (isUniform(build, node.args[0]!)) return build.broadcast(numberBehind(build, node.args[0]!), node.shape);
  if (inner.kind === 'transpose')
    return build.transpose(
      inner.args[0]!,
      node.order.map((axis) => inner.order[axis]!),
    );
  // Only axes of length one change their places: the elements keep their order.
  const long = node.order.filter((axis) => inner.shape[axis] !== 1);
  if (long.every((axis, i) => i === 0 || axis > long[i - 1]!))
    return build.reshape(node.args[0]!, node.shape);
  return build.transpose(node.args[0]!, node.order);
}

function slice(build: Builder, node: NodeOf<'slice'>): NodeId {
  const inner = build.node(node.args[0]!);
  const { starts, steps, shape } = node;
  if (isUniform(build, node.args[0]!)) return build.broadcast(numberBehind(build, node.args[0]!), shape);
  if (inner.kind === 'slice')
    return build.slice(
      inner.args[0]!,
      starts.map((start, i) => inner.starts[i]! + start * inner.steps[i]!),
      shape,
      steps.map((step, i) => step * inner.steps[i]!),
    );
  if (inner.kind === 'pad-add' && steps.every((step) => step === 1)) {
    const inside = partsOf(inner).filter((part) => meets(build, part, starts, shape));
    const only = inside[0];
    if (inside.length === 0) return build.broadcast(build.number(0), shape);
    if (inside.length === 1 && contains(build, only!, starts, shape))
      return build.slice(
        only!.arg,
        starts.map((start, i) => start - only!.starts[i]!),
        shape,
      );
  }
  return build.slice(node.args[0]!, starts, shape, steps);
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

function isZero(build: Builder, id: NodeId): boolean {
  if (!isUniform(build, id)) return false;
  const node = build.node(numberBehind(build, id));
  return node.kind === 'constant' && node.data[0] === 0;
}

function assemble(build: Builder, node: NodeOf<'pad-add'>): NodeId {
  const parts = partsOf(node)
    .filter((part) => !isZero(build, part.arg))
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

function reduce(build: Builder, node: NodeOf<'reduce'>): NodeId {
  const shape = build.shape(node.args[0]!);
  const axes = node.axes.filter((axis) => shape[axis] !== 1);
  if (axes.length === 0) return reshape(build, node.args[0]!, node.shape);
  const inner = build.node(node.args[0]!);
  if (node.fold === 'sum' && inner.kind === 'reduce' && inner.fold === 'sum') {
    const kept = [...build.shape(inner.args[0]!).keys()].filter((axis) => !inner.axes.includes(axis));
    const all = [...inner.axes, ...node.axes.map((axis) => kept[axis]!)];
    return reshape(build, build.reduce('sum', inner.args[0]!, all), node.shape);
  }
  if (inner.kind === 'broadcast' && node.fold === 'sum') return repeatedSum(build, node, inner, axes);
  return reshape(build, build.reduce(node.fold, node.args[0]!, axes), node.shape);
}

/** A sum along axes that a value repeats along is a multiple of it. */
function repeatedSum(
  build: Builder,
  node: NodeOf<'reduce'>,
  inner: NodeOf<'broadcast'>,
  axes: readonly number[],
): NodeId {
  const shape = inner.shape;
  const narrow = build.shape(inner.args[0]!);
  const own = (axis: number) => narrow[axis - shape.length + narrow.length] ?? 1;
  const repeated = axes.filter((axis) => own(axis) === 1);
  if (repeated.length === 0) return reshape(build, build.reduce(node.fold, node.args[0]!, axes), node.shape);
  const count = repeated.reduce((product, axis) => product * shape[axis]!, 1);
  const full = shape.map((_, axis) => own(axis));
  const kept = shape.map((size, axis) => (repeated.includes(axis) ? 1 : size));
  const left = axes.filter((axis) => !repeated.includes(axis));
  const arg = build.broadcast(build.reshape(inner.args[0]!, full), kept);
  const sum = reshape(build, build.reduce('sum', arg, left), node.shape);
  return build.apply('multiply', sum, build.number(count));
}
