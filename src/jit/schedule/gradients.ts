/**
 * From the gradient outputs of a graph to sums in memory. A gradient is a linear function of sums over examples: those
 * sums are accumulated over steps and examples, products of two vectors all at once after the loop, and what is left to do
 * with the sums is done once, when all of them are there.
 */
import { elements } from '../../core/shape.ts';
import { CompileError } from '../errors.ts';
import type { ModelGraphs } from '../frontend/model.ts';
import type { OptimizerGraph } from '../frontend/optimizer.ts';
import type { Graph, NodeId } from '../ir/graph.ts';
import { names } from '../ir/names.ts';
import { isWhole } from '../ir/views.ts';
import { fixed, LANES, ofShard, type Rows, roundUp, sideBySide } from './buffers.ts';
import { isOperand, operandOf, operandPlace, strideOf } from './operands.ts';
import type { ParameterLayout, Prepared, Sequence } from './plan.ts';
import { type Buffer, type Place, type Product, placeIn } from './program.ts';
import type { Destination } from './regions.ts';

/** A vector that shards add to, each on its own, and the sum of what they added. */
export interface Accumulator {
  readonly shard: Buffer;
  readonly sum: Buffer;
}

/** An accumulator of so many floats. */
export const accumulator = (name: string, size: number): Accumulator => ({
  shard: ofShard(`${name}.shard`, size),
  sum: fixed(name, size),
});

/** The sums that a graph's gradients need while it runs and afterwards. */
export interface GradientPlan {
  /** Sums over examples to add up row by row. */
  readonly batchSums: readonly Destination[];
  readonly outers: readonly Outer[];
  /** Values computed from the finished sums, and added to the gradient. */
  readonly tails: readonly Destination[];
  /** Where the finished sums that tails read are. */
  readonly sums: ReadonlyMap<NodeId, Place>;
  /** What holds those sums; none where no tail reads any. */
  readonly accumulators: readonly Accumulator[];
}

/** A sum of products of two vectors, and where it is accumulated. */
export interface Outer {
  readonly node: NodeId;
  readonly left: NodeId;
  readonly right: NodeId;
  readonly place: Place;
}

/** A model's graphs, those of the optimizer, and the sum of a gradient's squares. */
export interface TrainingGraphs extends ModelGraphs {
  readonly optimizer: OptimizerGraph;
  readonly norm: Graph;
}

/** The graphs and places that the parts of a training program share. */
export interface Training {
  readonly graphs: TrainingGraphs;
  readonly params: ParameterLayout;
  readonly rows: Sequence;
  /** Of the parameters, as one flat vector. */
  readonly gradient: Accumulator;
  /** Gradient of the states, at even and odd times, by the states' names. */
  readonly stateGradient: ReadonlyMap<string, Place>;
  readonly outputGradient: Place;
}

/** A part of a training program that finds gradients, and sums of products left until after the loops. */
export interface TrainingPart {
  readonly prepared: Prepared;
  readonly gradients: GradientPlan;
  readonly products: readonly Product[];
}

/** Finds places for the sums of a graph's gradients: in the gradient itself, or in an accumulator of the graph. */
export function planGradients(
  prepared: Prepared,
  params: ParameterLayout,
  gradient: Accumulator,
): GradientPlan {
  const { graph, name } = prepared;
  const { direct, tails, frontier } = routes(prepared, params);
  const sizes = new Map([...frontier].map((id) => [id, elements(graph.nodes[id]!.shape)]));
  const total = [...sizes.values()].reduce((sum, size) => sum + roundUp(size, LANES), 0);
  const own = accumulator(`${name}.sums`, total);
  const places = new Map([
    ...[...direct].map(([id, offset]) => [id, placeIn(gradient.shard, offset)] as const),
    ...sideBySide(sizes, () => own.shard),
  ]);
  const batchSums: Destination[] = [];
  const outers: Outer[] = [];
  for (const [id, place] of places) {
    const node = graph.nodes[id]!;
    const [left, right] = node.args as [NodeId, NodeId];
    if (node.kind === 'batch-sum') batchSums.push({ node: left, place, add: true });
    if (node.kind === 'outer') outers.push({ node: id, left, right, place });
  }
  return {
    batchSums,
    outers,
    tails: tails.map(({ node, offset }) => ({ node, place: placeIn(gradient.sum, offset), add: true })),
    sums: sideBySide(sizes, () => own.sum),
    accumulators: total > 0 ? [own] : [],
  };
}

/** How gradients come about: sums that are one by themselves, what is computed from finished sums, and those sums. */
interface Routes {
  /** Where in the flat vector. */
  readonly direct: ReadonlyMap<NodeId, number>;
  readonly tails: readonly { readonly node: NodeId; readonly offset: number }[];
  readonly frontier: ReadonlySet<NodeId>;
}

function routes(prepared: Prepared, params: ParameterLayout): Routes {
  const { graph, views } = prepared;
  const direct = new Map<NodeId, number>();
  const tails: { node: NodeId; offset: number }[] = [];
  const frontier = new Set<NodeId>();
  for (const [name, { offset }] of params.places) {
    const node = graph.outputs[names.gradient(name)];
    if (node === undefined || graph.nodes[views[node]!.base]!.dependence === 'constant') continue;
    const { base } = views[node]!;
    const collect = frontierOf(prepared, node);
    const alone = collect.size === 1 && collect.has(base) && isWhole(graph, node, views[node]!);
    if (alone && !direct.has(base) && !frontier.has(base)) direct.set(base, offset);
    else tails.push({ node, offset });
    if (!alone || direct.get(base) !== offset) for (const id of collect) frontier.add(id);
  }
  // A sum that is a gradient by itself and also goes into another one is kept apart.
  for (const [node, offset] of [...direct])
    if (frontier.has(node)) {
      direct.delete(node);
      tails.push({ node, offset });
    }
  return { direct, tails, frontier };
}

/** The sums over examples that a gradient is computed from. @throws CompileError when it is not linear in them */
function frontierOf({ graph }: Prepared, output: NodeId): Set<NodeId> {
  const found = new Set<NodeId>();
  const visit = (id: NodeId): void => {
    const node = graph.nodes[id]!;
    if (node.dependence !== 'step') return;
    if (node.kind === 'batch-sum' || node.kind === 'outer') {
      found.add(id);
      return;
    }
    const moving = node.args.filter((arg) => graph.nodes[arg]!.dependence === 'step');
    const linear =
      node.kind !== 'apply' ||
      ['add', 'subtract', 'negate'].includes(node.name) ||
      (node.name === 'multiply' && moving.length === 1) ||
      (node.name === 'divide' && moving.length === 1 && moving[0] === node.args[0]);
    if (!linear || (node.kind === 'reduce' && node.fold !== 'sum'))
      throw new CompileError(
        `gradient: expected a linear function of sums over examples, got ${node.kind === 'apply' ? node.name : node.kind} of such sums; keep sums over the batch out of the cell`,
      );
    for (const arg of moving) visit(arg);
  };
  visit(output);
  return found;
}

/** A pass over the rows: what it stores where, and what it writes besides. */
export interface RowPass {
  readonly keep: ReadonlyMap<NodeId, Place>;
  readonly wanted: readonly Destination[];
}

/** A pass that also leaves operands of sums of products in memory, in rows of a buffer of their own, and where these are. */
export function withOperands(
  { graph, views, available, name }: Prepared,
  pass: RowPass,
  { operands, rows }: { readonly operands: readonly NodeId[]; readonly rows: Rows },
): RowPass & { readonly operands: ReadonlyMap<NodeId, Place> } {
  const keep = new Map(pass.keep);
  const wanted = [...pass.wanted];
  const placeOf = (id: NodeId): Place => {
    const { base } = views[id]!;
    const layout = operandOf(graph.nodes[id]!);
    const fits = (place: Place) => isOperand(place, layout, rows);
    const whole = isWhole(graph, id, views[id]!);
    const before = keep.get(base) ?? available.get(base);
    if (whole && before && fits(before)) return before;
    const written = wanted.find((one) => one.node === id && !one.add && fits(one.place));
    if (written) return written.place;
    const place = operandPlace(`${name}.operand${id}`, layout, rows);
    if (whole && !before) keep.set(base, place);
    else wanted.push({ node: id, place, add: false });
    return place;
  };
  const places = new Map(operands.map((id) => [id, placeOf(id)] as const));
  return { keep, wanted, operands: places };
}

/** The product that sums left ⊗ right over all rows. */
export function outerProduct(
  { graph, name }: Prepared,
  { node, left, right, place }: Outer,
  operands: ReadonlyMap<NodeId, Place>,
): Product {
  const [a, b] = [operandOf(graph.nodes[left]!), operandOf(graph.nodes[right]!)];
  return {
    kind: 'product',
    name: `${name}.%${node}`,
    form: 'tn',
    k: a.length,
    n: b.length,
    perRow: a.perRow,
    left: operands.get(left)!,
    leftStride: strideOf(operands.get(left)!, a),
    right: operands.get(right)!,
    rightStride: strideOf(operands.get(right)!, b),
    output: place,
    outputStride: b.length,
    add: true,
  };
}
