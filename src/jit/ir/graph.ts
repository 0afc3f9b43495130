/**
 * The graph: straight-line single assignment, each node an operation on earlier nodes, its number its place in the list.
 * As traced, shapes still hold the batch axis; after the batch rule (batch.ts) they do not, and `varies` says what a
 * value depends on. Booleans and integers are float32 numbers. What a graph means is written in interpret.ts.
 */
import { elements, showShape } from '../../core/shape.ts';
import type { ElementFunction, Fold } from './functions.ts';

/** A node by its place in the list. */
export type NodeId = number;

/** What a value depends on: nothing, learned parameters, the time step (but no example), or the example. */
export type Varies = 'constant' | 'params' | 'step' | 'batch';

/** The orders of dependence, weakest first. */
export const variesOrder: readonly Varies[] = ['constant', 'params', 'step', 'batch'];

/** The strongest dependence among some. */
export function strongest(all: readonly Varies[]): Varies {
  return variesOrder[Math.max(0, ...all.map((v) => variesOrder.indexOf(v)))]!;
}

/** What a node computes. Shapes broadcast as in NumPy, aligned at the last axis. */
export type Operation =
  /** Values known while compiling. */
  | { readonly kind: 'constant'; readonly data: Float32Array }
  /** A value given from outside, by name. */
  | { readonly kind: 'input'; readonly name: string }
  /** One function of corresponding elements. */
  | { readonly kind: 'apply'; readonly name: ElementFunction; readonly args: readonly NodeId[] }
  /** Folds over `axes`, which disappear. */
  | { readonly kind: 'reduce'; readonly fold: Fold; readonly arg: NodeId; readonly axes: readonly number[] }
  | { readonly kind: 'reshape'; readonly arg: NodeId }
  /** Axis i of the result is axis order[i] of the argument. */
  | { readonly kind: 'transpose'; readonly arg: NodeId; readonly order: readonly number[] }
  /** Element i along an axis is the argument's start + i * step; steps may be negative. */
  | {
      readonly kind: 'slice';
      readonly arg: NodeId;
      readonly starts: readonly number[];
      readonly steps: readonly number[];
    }
  /** Zeros, to which each part is added at its place: padding, concatenation, and the gradients of both. */
  | { readonly kind: 'assemble'; readonly parts: readonly Part[] }
  | { readonly kind: 'broadcast'; readonly arg: NodeId }
  /** [...,m,k] x [...,k,n], either side stored transposed; leading axes broadcast. */
  | {
      readonly kind: 'matmul';
      readonly left: NodeId;
      readonly right: NodeId;
      readonly leftTransposed: boolean;
      readonly rightTransposed: boolean;
    }
  /** Running fold along an axis. */
  | {
      readonly kind: 'cumulative';
      readonly fold: 'sum' | 'product';
      readonly arg: NodeId;
      readonly axis: number;
      readonly exclusive: boolean;
      readonly reverse: boolean;
    }
  /** Values in order along the last axis, or the positions they had; equal values keep their order. */
  | { readonly kind: 'sort'; readonly arg: NodeId; readonly descending: boolean; readonly positions: boolean }
  /** result[o, i..., ...] = arg[o, index[i...], ...] along `axis`; `batched`: one index list an element of axis 0. */
  | {
      readonly kind: 'gather';
      readonly arg: NodeId;
      readonly index: NodeId;
      readonly axis: number;
      readonly batched: boolean;
    }
  /** result[index[i], ...] = sum of arg[i, ...]: the transpose of gather along axis 0. */
  | { readonly kind: 'scatter'; readonly arg: NodeId; readonly index: NodeId }
  /** Per example [...,k] times a matrix that all examples share: [k,n], or [n,k] transposed. After the batch rule. */
  | { readonly kind: 'dense'; readonly arg: NodeId; readonly weight: NodeId; readonly transposed: boolean }
  /** Sum over examples (and leading axes) of left [...,k] times right [...,n] -> [k,n]. After the batch rule. */
  | { readonly kind: 'outer'; readonly left: NodeId; readonly right: NodeId }
  /** Sum over examples. After the batch rule. */
  | { readonly kind: 'total'; readonly arg: NodeId };

/** A part of an `assemble`, and where its first element lands. */
export interface Part {
  readonly arg: NodeId;
  readonly starts: readonly number[];
}

/** An operation with what is known of its result. */
export type Node = Operation & { readonly shape: readonly number[]; readonly varies: Varies };

/** Nodes in an order in which arguments come first, and which of them are wanted, by name. */
export interface Graph {
  readonly nodes: readonly Node[];
  readonly outputs: Readonly<Record<string, NodeId>>;
  /** What each node was written for (`Sum [7,5]`), for messages; as traced only. */
  readonly sources?: readonly string[];
}

/** The nodes an operation reads. */
export function argsOf(node: Operation): readonly NodeId[] {
  switch (node.kind) {
    case 'constant':
    case 'input':
      return [];
    case 'apply':
      return node.args;
    case 'assemble':
      return node.parts.map((part) => part.arg);
    case 'matmul':
    case 'outer':
      return [node.left, node.right];
    case 'gather':
    case 'scatter':
      return [node.arg, node.index];
    case 'dense':
      return [node.arg, node.weight];
    default:
      return [node.arg];
  }
}

/** The same operation reading other nodes. */
export function withArgs<O extends Operation>(node: O, map: (id: NodeId) => NodeId): O {
  switch (node.kind) {
    case 'constant':
    case 'input':
      return node;
    case 'apply':
      return { ...node, args: node.args.map(map) };
    case 'assemble':
      return { ...node, parts: node.parts.map((part) => ({ ...part, arg: map(part.arg) })) };
    case 'matmul':
    case 'outer':
      return { ...node, left: map(node.left), right: map(node.right) };
    case 'gather':
    case 'scatter':
      return { ...node, arg: map(node.arg), index: map(node.index) };
    case 'dense':
      return { ...node, arg: map(node.arg), weight: map(node.weight) };
    default:
      return { ...node, arg: map(node.arg) };
  }
}

/** The shape that all of these broadcast to. @throws Error when they do not */
export function broadcastShape(shapes: readonly (readonly number[])[]): number[] {
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
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

/** Two shapes alike. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** The one value of a constant whose elements are all equal, or undefined. */
export function uniformValue(node: Node): number | undefined {
  if (node.kind !== 'constant' || node.data.length === 0) return undefined;
  const first = node.data[0]!;
  return node.data.every((value) => Object.is(value, first)) ? first : undefined;
}

/** How many nodes read each node; an output counts as one more. */
export function useCounts(graph: Graph): Int32Array {
  const counts = new Int32Array(graph.nodes.length);
  for (const node of graph.nodes) for (const arg of argsOf(node)) counts[arg]!++;
  for (const id of Object.values(graph.outputs)) counts[id]!++;
  return counts;
}

/** How many numbers a node's result holds. */
export function sizeOf(node: Node): number {
  return elements(node.shape);
}

/** Whether two parts of an assembly share an element. */
export function partsOverlap(nodes: readonly Node[], a: Part, b: Part): boolean {
  const [sizeA, sizeB] = [nodes[a.arg]!.shape, nodes[b.arg]!.shape];
  return a.starts.every((start, i) => start < b.starts[i]! + sizeB[i]! && b.starts[i]! < start + sizeA[i]!);
}
