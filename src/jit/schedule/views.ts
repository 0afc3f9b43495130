/**
 * Where the elements of a node are: nodes that only move elements (reshape, transpose, slice, broadcast) read another
 * node's memory through an offset and strides, and compute nothing. A node that computes is its own base, contiguous.
 */
import { elements } from '../../core/shape.ts';
import { type Graph, type Node, type NodeId, stridesOf } from '../ir/graph.ts';

/** A node's elements in the memory of its base: element [i,j] at offset + i * strides[0] + j * strides[1]. */
export interface View {
  readonly base: NodeId;
  readonly offset: number;
  readonly strides: readonly number[];
}

/** The view of every node. */
export function viewsOf(graph: Graph): View[] {
  const views: View[] = [];
  graph.nodes.forEach((node, id) => {
    views.push(viewOf(graph, node, views) ?? { base: id, offset: 0, strides: stridesOf(node.shape) });
  });
  return views;
}

function viewOf(graph: Graph, node: Node, views: readonly View[]): View | undefined {
  switch (node.kind) {
    case 'reshape': {
      const from = views[node.args[0]!]!;
      const strides = reshaped(graph.nodes[node.args[0]!]!.shape, from.strides, node.shape);
      return strides && { ...from, strides };
    }
    case 'transpose': {
      const from = views[node.args[0]!]!;
      return { ...from, strides: node.order.map((axis) => from.strides[axis]!) };
    }
    case 'slice': {
      const from = views[node.args[0]!]!;
      const offset = node.starts.reduce((sum, start, axis) => sum + start * from.strides[axis]!, from.offset);
      return {
        base: from.base,
        offset,
        strides: from.strides.map((stride, axis) => stride * node.steps[axis]!),
      };
    }
    case 'broadcast': {
      const from = views[node.args[0]!]!;
      return {
        ...from,
        strides: alignedStrides(graph.nodes[node.args[0]!]!.shape, from.strides, node.shape),
      };
    }
    default:
      return undefined;
  }
}

/** Strides for an argument within a shape it broadcasts to: 0 along the axes it repeats on. */
export function alignedStrides(
  own: readonly number[],
  strides: readonly number[],
  shape: readonly number[],
): number[] {
  const skip = shape.length - own.length;
  return shape.map((_, axis) => (axis < skip || own[axis - skip] === 1 ? 0 : strides[axis - skip]!));
}

/** Strides that read strided memory under another shape, or undefined where none do. */
function reshaped(
  from: readonly number[],
  strides: readonly number[],
  to: readonly number[],
): number[] | undefined {
  const long = [...from.keys()].filter((axis) => from[axis] !== 1);
  const result = new Array<number>(to.length).fill(0);
  let next = to.length - 1;
  for (let i = long.length - 1; i >= 0; ) {
    // A run of axes that lie behind one another counts as one long axis.
    let run = from[long[i]!]!;
    const step = strides[long[i]!]!;
    for (i--; i >= 0 && strides[long[i]!] === step * run; i--) run *= from[long[i]!]!;
    let stride = step;
    let left = run;
    while (left > 1 && next >= 0) {
      const size = to[next]!;
      if (left % size !== 0) return undefined;
      result[next--] = stride;
      stride *= size;
      left /= size;
    }
    if (left > 1) return undefined;
  }
  return result;
}

/** Whether a view is all of its base's elements in their order. */
export function isWhole(graph: Graph, id: NodeId, view: View): boolean {
  const shape = graph.nodes[id]!.shape;
  if (view.offset !== 0 || elements(shape) !== elements(graph.nodes[view.base]!.shape)) return false;
  return isContiguous(shape, view.strides);
}

/** Whether strides are those of contiguous memory, axes of length one left aside. */
export function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  const own = stridesOf(shape);
  return shape.every((size, axis) => size === 1 || strides[axis] === own[axis]);
}

/** A shape without axes of length one: the space a loop nest runs over. */
export function squeezed(shape: readonly number[]): number[] {
  return shape.filter((size) => size !== 1);
}

/** Strides of the axes that `squeezed` keeps. */
export function squeezedStrides(shape: readonly number[], strides: readonly number[]): number[] {
  return strides.filter((_, axis) => shape[axis] !== 1);
}
