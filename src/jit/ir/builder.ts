/**
 * Building graphs: one function an operation, which works out the result's shape and what it varies with, and gives the
 * node that is already there when the same operation on the same nodes was built before.
 */
import { showShape } from '../../core/shape.ts';
import type { ElementFunction, Fold } from './functions.ts';
import {
  argsOf,
  broadcastShape,
  type Graph,
  type Node,
  type NodeId,
  type Operation,
  type Part,
  sameShape,
  strongest,
  type Varies,
  withArgs,
} from './graph.ts';

/** A graph being built. */
export interface Builder {
  readonly nodes: Node[];
  /** Any operation, its shape given. */
  add(operation: Operation, shape: readonly number[], varies?: Varies): NodeId;
  node(id: NodeId): Node;
  shape(id: NodeId): readonly number[];
  input(name: string, shape: readonly number[], varies: Varies): NodeId;
  constant(data: Float32Array, shape: readonly number[]): NodeId;
  number(value: number): NodeId;
  apply(name: ElementFunction, ...args: NodeId[]): NodeId;
  reduce(fold: Fold, arg: NodeId, axes: readonly number[]): NodeId;
  reshape(arg: NodeId, shape: readonly number[]): NodeId;
  transpose(arg: NodeId, order: readonly number[]): NodeId;
  slice(arg: NodeId, starts: readonly number[], shape: readonly number[], steps?: readonly number[]): NodeId;
  assemble(parts: readonly Part[], shape: readonly number[]): NodeId;
  broadcast(arg: NodeId, shape: readonly number[]): NodeId;
  matmul(left: NodeId, right: NodeId, leftTransposed: boolean, rightTransposed: boolean): NodeId;
}

/** What makes two operations the same one; constants by their values when they are small. */
function keyOf(operation: Operation, shape: readonly number[], unique: number): string {
  if (operation.kind !== 'constant') return JSON.stringify([operation, shape]);
  if (operation.data.length > 4096) return `constant ${unique}`;
  return `constant ${showShape(shape)} ${operation.data.join(' ')} ${operation.data.some((v) => Object.is(v, -0))}`;
}

/** An empty graph to build in. */
export function builder(): Builder {
  const nodes: Node[] = [];
  const known = new Map<string, NodeId>();
  const node = (id: NodeId) => nodes[id]!;
  const shape = (id: NodeId) => node(id).shape;
  const add = (operation: Operation, size: readonly number[], varies?: Varies): NodeId => {
    const key = keyOf(operation, size, nodes.length);
    const before = known.get(key);
    if (before !== undefined) return before;
    nodes.push({
      ...operation,
      shape: size,
      varies: varies ?? strongest(argsOf(operation).map((id) => node(id).varies)),
    } as Node);
    known.set(key, nodes.length - 1);
    return nodes.length - 1;
  };
  return { nodes, add, node, shape, ...operations(add, node) };
}

/** A graph being built anew from an old one: `done` gives the new node of each old one so far. */
export interface Rebuilding {
  readonly build: Builder;
  readonly old: Graph;
  readonly done: readonly NodeId[];
}

/**
 * A graph built anew, node by node.
 * @param start gets what is being built, and gives the function that makes a node's successor; a node for which it gives
 *   none stays as it is, on the successors of what it reads
 */
export function rebuild(old: Graph, start: (at: Rebuilding) => (node: Node) => NodeId | undefined): Graph {
  const build = builder();
  const done: NodeId[] = [];
  const make = start({ build, old, done });
  for (const node of old.nodes) {
    const made = make(node);
    done.push(
      made ??
        build.add(
          withArgs(node, (id) => done[id]!),
          node.shape,
          node.varies,
        ),
    );
  }
  const outputs = Object.entries(old.outputs).map(([name, id]) => [name, done[id]!] as const);
  return { nodes: build.nodes, outputs: Object.fromEntries(outputs) };
}

type Add = Builder['add'];

function operations(add: Add, node: (id: NodeId) => Node): Omit<Builder, 'nodes' | 'add' | 'node' | 'shape'> {
  const shape = (id: NodeId) => node(id).shape;
  const reshape = (arg: NodeId, size: readonly number[]): NodeId => {
    if (sameShape(shape(arg), size)) return arg;
    const own = node(arg);
    if (own.kind === 'reshape') return reshape(own.arg, size);
    if (own.kind === 'constant') return add({ kind: 'constant', data: own.data }, size, 'constant');
    return add({ kind: 'reshape', arg }, size);
  };
  return {
    reshape,
    input: (name, size, varies) => add({ kind: 'input', name }, size, varies),
    constant: (data, size) => add({ kind: 'constant', data }, size, 'constant'),
    number: (value) => add({ kind: 'constant', data: Float32Array.of(value) }, [], 'constant'),
    apply: (name, ...args) => add({ kind: 'apply', name, args }, broadcastShape(args.map(shape))),
    reduce(fold, arg, axes) {
      if (axes.length === 0) return arg;
      const kept = shape(arg).filter((_, axis) => !axes.includes(axis));
      return add({ kind: 'reduce', fold, arg, axes: [...axes].sort((a, b) => a - b) }, kept);
    },
    transpose(arg, order) {
      if (order.every((from, to) => from === to)) return arg;
      return add(
        { kind: 'transpose', arg, order },
        order.map((axis) => shape(arg)[axis]!),
      );
    },
    slice(arg, starts, size, steps = starts.map(() => 1)) {
      if (sameShape(size, shape(arg)) && steps.every((step) => step === 1)) return arg;
      return add({ kind: 'slice', arg, starts, steps }, size);
    },
    assemble(parts, size) {
      const only = parts.length === 1 ? parts[0]! : undefined;
      if (only && sameShape(shape(only.arg), size)) return only.arg;
      return add({ kind: 'assemble', parts }, size);
    },
    broadcast: (arg, size) => (sameShape(shape(arg), size) ? arg : add({ kind: 'broadcast', arg }, size)),
    matmul(left, right, leftTransposed, rightTransposed) {
      const [a, b] = [shape(left), shape(right)];
      const m = a.at(leftTransposed ? -1 : -2)!;
      const n = b.at(rightTransposed ? -2 : -1)!;
      const lead = broadcastShape([a.slice(0, -2), b.slice(0, -2)]);
      return add({ kind: 'matmul', left, right, leftTransposed, rightTransposed }, [...lead, m, n]);
    },
  };
}
