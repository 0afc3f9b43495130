/**
 * Takes the batch axis out of every shape, by the batching rule of each operation. A function is traced with a batch size
 * that no other axis has, so the axis is known by its size. Sums over the batch may only lead to gradients of what all
 * examples share. Anything else would let examples see each other and is refused.
 */
import { CompileError } from '../errors.ts';
import { type Batched, batchSum } from '../ir/batching.ts';
import { type Builder, builder, numberOf } from '../ir/builder.ts';
import { type Graph, liveNodes, type Node, type NodeId, without } from '../ir/graph.ts';
import { forOneExample } from '../ir/operations.ts';

/** A node of the new graph with where the batch axis was in the old shape. */
interface Tracked extends Batched {
  /** The value is the sum of these examples of these nodes: part of sums over all, as the gradient of `tile` writes them. */
  readonly examples?: ReadonlyMap<NodeId, readonly number[]>;
}

interface Context {
  readonly build: Builder;
  readonly size: number;
  readonly done: readonly Tracked[];
  readonly refuse: (why: string) => never;
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
  const refuseAt =
    (at: NodeId) =>
    (why: string): never => {
      const source = old.sources?.[at] ?? old.nodes[at]!.kind;
      throw new CompileError(
        `${source}: expected an operation that treats every example alike, got one that ${why}; keep the batch axis (the first) out of it`,
      );
    };
  const rewritten = (node: Node, at: NodeId): Tracked => {
    const context = { build, size, done, refuse: refuseAt(at) };
    const partial = partialSum(node, context);
    if (partial) return partial;
    const args = node.args.map((arg) => ({ ...done[arg]!, shape: old.nodes[arg]!.shape }));
    const batched = forOneExample(node, { ...context, args, shape: node.shape });
    if (batched.axis >= 0) checkMixing(node, context);
    return batched;
  };
  old.nodes.forEach((node, at) => {
    done.push(live[at] ? rewritten(node, at) : { id: -1, axis: -1 });
  });
  const outputs = Object.entries(old.outputs).map(([name, at]) => {
    const { id, examples } = done[at]!;
    if (examples) refuseAt(at)('gives a single example');
    return [name, id] as const;
  });
  return { nodes: build.nodes, outputs: Object.fromEntries(outputs) };
}

/** A value of an example must not depend on a sum over examples. */
function checkMixing({ args }: Node, { build, done, refuse }: Context): void {
  for (const arg of args)
    if (build.node(done[arg]!.id).dependence === 'step')
      refuse('gives every example a sum over all examples');
}

/**
 * Single examples cut out and added up one after another, which is how tfjs writes the gradient of `tile`: undefined for
 * all other nodes. When every example is there, it is the sum over the batch.
 */
function partialSum(node: Node, context: Context): Tracked | undefined {
  const { build, done, size, refuse } = context;
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
  return refuse('uses single examples of a batch');
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
  const sum = rest.reduce(
    (left, id) => build.apply('add', left, batchSum(build, id)),
    batchSum(build, first),
  );
  return { id: sum, axis: -1 };
}
