/**
 * Building graphs: one function an operation, which gives the node that is already there when the same operation on the
 * same nodes was built before, and the argument itself where the operation would change nothing.
 */
import { showShape } from '../../core/shape.ts';
import type { ElementFunction, Fold } from './functions.ts';
import {
  type Dependence,
  type Graph,
  liveNodes,
  type Node,
  type NodeId,
  type Operation,
  type Part,
  type Shape,
  useCounts,
} from './graph.ts';
import { describe, isIdentity, nodeOf } from './operations.ts';

/** A graph being built. */
export interface Builder {
  readonly nodes: Node[];
  /** Any operation on nodes that are there. @throws Error when they do not fit */
  add(operation: Operation, args: readonly NodeId[]): NodeId;
  node(id: NodeId): Node;
  shape(id: NodeId): Shape;
  input(name: string, shape: Shape, dependence: Dependence): NodeId;
  constant(data: Float32Array, shape: Shape): NodeId;
  number(value: number): NodeId;
  apply(name: ElementFunction, ...args: NodeId[]): NodeId;
  reduce(fold: Fold, arg: NodeId, axes: readonly number[]): NodeId;
  reshape(arg: NodeId, shape: Shape): NodeId;
  transpose(arg: NodeId, order: readonly number[]): NodeId;
  slice(arg: NodeId, starts: readonly number[], shape: Shape, steps?: readonly number[]): NodeId;
  padAdd(parts: readonly Part[], shape: Shape): NodeId;
  broadcast(arg: NodeId, shape: Shape): NodeId;
  matmul(left: NodeId, right: NodeId, leftTransposed: boolean, rightTransposed: boolean): NodeId;
}

/** Nodes of one key are one node: all that is printed of them; constants by all their values when they are few. */
function keyOf(node: Node, unique: number): string {
  if (node.kind !== 'constant') return `${describe(node)} ${showShape(node.shape)}`;
  if (node.data.length > 4096) return `constant ${unique}`;
  return `constant ${showShape(node.shape)} ${node.data.join(' ')} ${node.data.some((v) => Object.is(v, -0))}`;
}

/** A simpler way to write a node that is about to be added; undefined where there is none. */
export type Rule = (build: Builder, node: Node) => NodeId | undefined;

/**
 * An empty graph to build in.
 * @param rule applied to every node that is added, so that what is built never has to be simplified again
 */
export function builder(rule?: Rule): Builder {
  const nodes: Node[] = [];
  const known = new Map<string, NodeId>();
  const node = (id: NodeId) => nodes[id]!;
  const add = (operation: Operation, args: readonly NodeId[]): NodeId => {
    const made = nodeOf(operation, args, nodes);
    if (isIdentity(made, nodes)) return args[0]!;
    const key = keyOf(made, nodes.length);
    const before = known.get(key);
    if (before !== undefined) return before;
    const id = rule?.(build, made) ?? nodes.push(made) - 1;
    known.set(key, id);
    return id;
  };
  const build = { nodes, add, node, shape: (id: NodeId) => node(id).shape, ...operations(add, node) };
  return build;
}

function operations(
  add: Builder['add'],
  node: Builder['node'],
): Omit<Builder, 'nodes' | 'add' | 'node' | 'shape'> {
  const constant = (data: Float32Array, shape: Shape) => add({ kind: 'constant', data, shape }, []);
  const reshape = (arg: NodeId, shape: Shape): NodeId => {
    const own = node(arg);
    if (own.kind === 'reshape') return reshape(own.args[0]!, shape);
    if (own.kind === 'constant') return constant(own.data, shape);
    return add({ kind: 'reshape', shape }, [arg]);
  };
  return {
    reshape,
    constant,
    input: (name, shape, dependence) => add({ kind: 'input', name, shape, dependence }, []),
    number: (value) => constant(Float32Array.of(value), []),
    apply: (name, ...args) => add({ kind: 'apply', name }, args),
    reduce: (fold, arg, axes) => add({ kind: 'reduce', fold, axes: [...axes].sort((a, b) => a - b) }, [arg]),
    transpose: (arg, order) => add({ kind: 'transpose', order }, [arg]),
    slice: (arg, starts, shape, steps = starts.map(() => 1)) =>
      add({ kind: 'slice', starts, steps, shape }, [arg]),
    padAdd: (parts, shape) =>
      add(
        { kind: 'pad-add', starts: parts.map((part) => part.starts), shape },
        parts.map((part) => part.arg),
      ),
    broadcast: (arg, shape) => add({ kind: 'broadcast', shape }, [arg]),
    matmul: (left, right, leftTransposed, rightTransposed) =>
      add({ kind: 'matmul', leftTransposed, rightTransposed }, [left, right]),
  };
}

/** The number that every element of a node is, if it is known. */
export function numberOf(build: Builder, id: NodeId): number | undefined {
  const node = build.node(id);
  if (node.kind === 'constant') return node.data.length === 1 ? node.data[0] : undefined;
  return node.kind === 'broadcast' || node.kind === 'reshape' ? numberOf(build, node.args[0]!) : undefined;
}

/** A graph being built anew from an old one. */
export interface Rebuilding {
  readonly build: Builder;
  readonly old: Graph;
  /** The new node of each old one so far. */
  readonly done: readonly NodeId[];
  /** How often each old node is read. */
  readonly uses: Int32Array;
}

/**
 * A graph built anew, node by node; what no output needs is left out.
 * @param successor makes what takes a node's place; one for which it gives none stays as it is, on the successors of what
 *   it reads
 */
export function rebuild(
  old: Graph,
  successor: (at: Rebuilding, node: Node) => NodeId | undefined,
  rule?: Rule,
): Graph {
  const build = builder(rule);
  const done: NodeId[] = [];
  const at = { build, old, done, uses: useCounts(old) };
  for (const node of old.nodes)
    done.push(
      successor(at, node) ??
        build.add(
          node,
          node.args.map((id) => done[id]!),
        ),
    );
  const outputs = Object.entries(old.outputs).map(([name, id]) => [name, done[id]!] as const);
  return prune({ nodes: build.nodes, outputs: Object.fromEntries(outputs) });
}

/** A graph with more nodes built onto it, which then has the outputs that `add` gives. */
export function extended(
  { nodes, outputs }: Graph,
  add: (build: Builder, outputs: Graph['outputs']) => Graph['outputs'],
): Graph {
  const build = builder();
  for (const node of nodes) build.add(node, node.args);
  return { nodes: build.nodes, outputs: add(build, outputs) };
}

/** Only what the outputs need. */
function prune(graph: Graph): Graph {
  const live = liveNodes(graph);
  const place = new Int32Array(graph.nodes.length);
  const nodes: Node[] = [];
  graph.nodes.forEach((node, id) => {
    if (!live[id]) return;
    place[id] = nodes.push({ ...node, args: node.args.map((arg) => place[arg]!) }) - 1;
  });
  const outputs = Object.entries(graph.outputs).map(([name, id]) => [name, place[id]!] as const);
  return { nodes, outputs: Object.fromEntries(outputs) };
}
