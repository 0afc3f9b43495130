/**
 * Where the elements of a node are: one that only moves elements (reshape, transpose, slice, broadcast) reads another node's
 * memory through an offset and strides, and computes nothing. A node that computes is its own base, contiguous.
 */
import { elements } from '../../core/shape.ts';
import { type Graph, type Node, type NodeId, stridesOf } from './graph.ts';
import { movedBy } from './operations.ts';
import { isContiguous, type Strided } from './strides.ts';

/** A node's elements in the memory of its base. */
export interface View extends Strided {
  readonly base: NodeId;
}

/** The view of every node. */
export function viewsOf({ nodes }: Graph): View[] {
  const views: View[] = [];
  nodes.forEach((node, id) => {
    views.push(viewOf(node, nodes, views) ?? { base: id, offset: 0, strides: stridesOf(node.shape) });
  });
  return views;
}

function viewOf(node: Node, nodes: readonly Node[], views: readonly View[]): View | undefined {
  const [arg] = node.args;
  if (arg === undefined) return undefined;
  const { base, ...from } = views[arg]!;
  const moved = movedBy(node, { ...from, shape: nodes[arg]!.shape });
  return moved && { base, ...moved };
}

/** Whether a view is all of its base's elements in their order. */
export function isWhole(graph: Graph, id: NodeId, view: View): boolean {
  const shape = graph.nodes[id]!.shape;
  if (view.offset !== 0 || elements(shape) !== elements(graph.nodes[view.base]!.shape)) return false;
  return isContiguous(shape, view.strides);
}
