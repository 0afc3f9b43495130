/**
 * The graph: straight-line single assignment, each node an operation on earlier nodes, its number its place in the list.
 * As traced, shapes still hold the batch axis; after frontend/remove-batch-axis.ts they do not, and `dependence` says what
 * a value depends on. Booleans and integers are float32 numbers. All that is known of an operation is in operations.ts.
 */
import { showShape } from '../../core/shape.ts';
import type { ElementFunction, Fold } from './functions.ts';

/** A node by its place in the list. */
export type NodeId = number;

/** Lengths of axes, outermost first. */
export type Shape = readonly number[];

/** The strongest thing a value depends on: nothing, learned parameters, the time step (but no example), or the example. */
export type Dependence = 'constant' | 'params' | 'step' | 'batch';

/** Operations by their attributes. Shapes broadcast as in NumPy, aligned at the last axis. */
export type Operation =
  /** Values known while compiling. */
  | { readonly kind: 'constant'; readonly data: Float32Array; readonly shape: Shape }
  /** A value given from outside, by name. */
  | { readonly kind: 'input'; readonly name: string; readonly shape: Shape; readonly dependence: Dependence }
  /** One function of corresponding elements. */
  | { readonly kind: 'apply'; readonly name: ElementFunction }
  /** Folds over `axes`, which disappear. */
  | { readonly kind: 'reduce'; readonly fold: Fold; readonly axes: readonly number[] }
  /** The same elements, in their order, under another shape. */
  | { readonly kind: 'reshape'; readonly shape: Shape }
  /** Axis i of the result is axis order[i] of the argument. */
  | { readonly kind: 'transpose'; readonly order: readonly number[] }
  /** Element i along an axis is the argument's start + i * step; steps may be negative. */
  | {
      readonly kind: 'slice';
      readonly starts: readonly number[];
      readonly steps: readonly number[];
      readonly shape: Shape;
    }
  /** Zeros, to which each argument is added with its first element at its start: padding, concatenation, their gradients. */
  | { readonly kind: 'pad-add'; readonly starts: readonly (readonly number[])[]; readonly shape: Shape }
  | { readonly kind: 'broadcast'; readonly shape: Shape }
  /** [...,m,k] x [...,k,n], either side stored transposed; leading axes broadcast. */
  | { readonly kind: 'matmul'; readonly leftTransposed: boolean; readonly rightTransposed: boolean }
  /** Running fold along an axis. */
  | {
      readonly kind: 'cumulative';
      readonly fold: 'sum' | 'product';
      readonly axis: number;
      readonly exclusive: boolean;
      readonly reverse: boolean;
    }
  /** Values in order along the last axis, or the positions they had; equal values keep their order. */
  | { readonly kind: 'sort'; readonly descending: boolean; readonly positions: boolean }
  /** Of (table, index): result[o, i..., ...] = table[o, index[i...], ...] along `axis`; `batched`: an index list for each element of axis 0. */
  | { readonly kind: 'gather'; readonly axis: number; readonly batched: boolean }
  /** Of (rows, index): result[index[i], ...] = sum of rows[i, ...], of `size` rows: the transpose of gather along axis 0. */
  | { readonly kind: 'scatter'; readonly size: number }
  /** Of (x, weight): x [...,k] of an example times a matrix that all share, [k,n], or [n,k] transposed. Without batch axis only. */
  | { readonly kind: 'dense'; readonly transposed: boolean }
  /** Sum over examples (and leading axes) of [...,k] times [...,n] -> [k,n]. Without batch axis only. */
  | { readonly kind: 'outer' }
  /** Sum over examples. Without batch axis only. */
  | { readonly kind: 'batch-sum' };

/** An operation, the nodes it reads, and what is known of its result. */
export type Node = Operation & {
  readonly args: readonly NodeId[];
  readonly shape: Shape;
  readonly dependence: Dependence;
};

/** A node of one kind. */
export type NodeOf<K extends Operation['kind']> = Extract<Node, { readonly kind: K }>;

/** Nodes in an order in which arguments come first, and which of them are wanted, by name. */
export interface Graph {
  readonly nodes: readonly Node[];
  readonly outputs: Readonly<Record<string, NodeId>>;
  /** The kernel that each node was written for (`Sum [7,5]`), for messages; as traced only. */
  readonly sources?: readonly string[];
}

/** The shape that all of these broadcast to. @throws Error when they do not */
export function broadcastShape(shapes: readonly Shape[]): Shape {
  const [first, ...others] = shapes;
  if (first && others.every((shape) => sameShape(first, shape))) return first;
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    let size = 1;
    for (const shape of shapes) {
      const own = shape[axis - rank + shape.length] ?? 1;
      if (own !== 1 && size !== 1 && own !== size)
        throw new Error(`internal: shapes do not broadcast: ${shapes.map(showShape).join(' ')}`);
      if (own !== 1) size = own;
    }
    return size;
  });
}

/** Row-major strides of a shape, in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

/** A list with an entry an axis, without that of one axis. */
export const without = <T>(list: readonly T[], axis: number): T[] => list.filter((_, i) => i !== axis);

/** Axes but for one that is gone, counted without it; -1 for none. */
export const countedWithout = (axes: readonly number[], gone: number): number[] =>
  axes.filter((axis) => axis !== gone).map((axis) => (gone >= 0 && axis > gone ? axis - 1 : axis));

/** Two shapes alike. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** The graph with some of its outputs only; what no other needs is dead then. */
export const withOutputs = ({ nodes, outputs }: Graph, isWanted: (name: string) => boolean): Graph => ({
  nodes,
  outputs: Object.fromEntries(Object.entries(outputs).filter(([name]) => isWanted(name))),
});

/** Which nodes an output depends on. */
export function liveNodes({ nodes, outputs }: Graph): Uint8Array {
  const live = new Uint8Array(nodes.length);
  for (const id of Object.values(outputs)) live[id] = 1;
  for (let id = nodes.length - 1; id >= 0; id--)
    if (live[id]) for (const arg of nodes[id]!.args) live[arg] = 1;
  return live;
}

/** How many nodes read each node; an output counts as one more. */
export function useCounts(graph: Graph): Int32Array {
  const counts = new Int32Array(graph.nodes.length);
  for (const node of graph.nodes) for (const arg of node.args) counts[arg]!++;
  for (const id of Object.values(graph.outputs)) counts[id]!++;
  return counts;
}

/** An argument of a pad-add, and where its first element lands. */
export interface Part {
  readonly arg: NodeId;
  readonly starts: readonly number[];
}

/** The arguments of a pad-add with their places. */
export function partsOf({ args, starts }: NodeOf<'pad-add'>): Part[] {
  return args.map((arg, i) => ({ arg, starts: starts[i]! }));
}

/** Whether two parts of a pad-add share an element. */
export function partsOverlap(nodes: readonly Node[], a: Part, b: Part): boolean {
  const [sizeA, sizeB] = [nodes[a.arg]!.shape, nodes[b.arg]!.shape];
  return a.starts.every((start, i) => start < b.starts[i]! + sizeB[i]! && b.starts[i]! < start + sizeA[i]!);
}
