/**
 * From the gradient outputs of a graph to sums in memory. A gradient is a linear function of sums over examples: those
 * sums are accumulated over steps and examples, products of two vectors all at once after the loop, and what is left to do
 * with the sums is done once, when all of them are there.
 */
import { elements } from '../../core/shape.ts';
import { CompileError } from '../errors.ts';
import type { NodeId } from '../ir/graph.ts';
import { names } from '../ir/names.ts';
import { addPort, type Plan, type Prepared } from './plan.ts';
import type { Place, Product } from './program.ts';
import type { Allocator, Destination } from './regions.ts';
import { isWhole } from './views.ts';

/** The accumulators: in each shard, and their sum. The parameters' gradients come first, as one flat vector. */
export interface Accumulators {
  readonly shard: Place;
  readonly sum: Place;
  /** Takes this many floats at the end of both. */
  take(size: number): number;
}

/** Room for the gradient of all parameters. */
export function accumulators(plan: Plan): Accumulators {
  const { buffers, parameterCount } = plan;
  const shard = buffers.grow('gradient.shard', 'shard', parameterCount);
  const sum = buffers.grow('gradient', 'fixed', parameterCount);
  addPort(plan, 'gradient', sum, [parameterCount]);
  const take = (size: number) => {
    const { offset } = buffers.grow('gradient.shard', 'shard', size);
    buffers.grow('gradient', 'fixed', size);
    return offset;
  };
  return { shard, sum, take };
}

/** What a graph's gradients need while it runs and afterwards. */
export interface GradientPlan {
  /** Sums over examples to add up row by row. */
  readonly totals: readonly Destination[];
  readonly outers: readonly Outer[];
  /** What is computed from the finished sums, and added to the gradient. */
  readonly tails: readonly Destination[];
  /** Where the finished sums that tails read are. */
  readonly sums: ReadonlyMap<NodeId, Place>;
}

/** A sum of products of two vectors, and where it is accumulated. */
export interface Outer {
  readonly node: NodeId;
  readonly left: NodeId;
  readonly right: NodeId;
  readonly place: Place;
}

/** Lays out the accumulators of a graph's gradients. */
export function planGradients(plan: Plan, prepared: Prepared, sums: Accumulators): GradientPlan {
  const { graph, views } = prepared;
  const direct = new Map<NodeId, number>();
  const tails: Destination[] = [];
  const frontier = new Set<NodeId>();
  for (const [name, { offset }] of plan.paramPlaces) {
    const node = graph.outputs[names.gradient(name)];
    if (node === undefined) continue;
    if (graph.nodes[views[node]!.base]!.dependence === 'constant') continue;
    const { base } = views[node]!;
    const collect = frontierOf(prepared, node);
    const alone = collect.size === 1 && collect.has(base) && isWhole(graph, node, views[node]!);
    if (alone && !direct.has(base) && !frontier.has(base)) direct.set(base, offset);
    else tails.push({ node, place: { ...sums.sum, offset }, add: true });
    if (!alone || direct.get(base) !== offset) for (const id of collect) frontier.add(id);
  }
  // A sum that is a gradient by itself and also goes into another one is kept apart.
  for (const [id, offset] of [...direct])
    if (frontier.has(id)) {
      direct.delete(id);
      tails.push({ node: id, place: { ...sums.sum, offset }, add: true });
    }
  const offsets = new Map(direct);
  for (const id of frontier) offsets.set(id, sums.take(elements(graph.nodes[id]!.shape)));
  const finished = new Map(
    [...frontier].map((id) => [id, { ...sums.sum, offset: offsets.get(id)! }] as const),
  );
  return { ...accumulations(prepared, offsets, sums), tails, sums: finished };
}

function accumulations(
  { graph }: Prepared,
  offsets: ReadonlyMap<NodeId, number>,
  sums: Accumulators,
): { totals: Destination[]; outers: Outer[] } {
  const totals: Destination[] = [];
  const outers: Outer[] = [];
  for (const [id, offset] of offsets) {
    const node = graph.nodes[id]!;
    const place = { ...sums.shard, offset };
    if (node.kind === 'batch-sum') totals.push({ node: node.args[0]!, place, add: true });
    if (node.kind === 'outer') outers.push({ node: id, left: node.args[0]!, right: node.args[1]!, place });
  }
  return { totals, outers };
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

/** A node as operand of a sum of products: rows of a buffer of their own, found or still to be written. */
export function operandOf(
  prepared: Prepared,
  id: NodeId,
  options: {
    readonly places: Map<NodeId, Place>;
    readonly keep: Map<NodeId, Place>;
    readonly wanted: Destination[];
    readonly allocate: Allocator;
    readonly computed: (base: NodeId) => boolean;
  },
): Place {
  const { graph, views } = prepared;
  const { places, keep, wanted, allocate, computed } = options;
  const { base } = views[id]!;
  const { shape } = graph.nodes[id]!;
  const size = elements(shape);
  const perRow = size / shape.at(-1)!;
  const whole = isWhole(graph, id, views[id]!);
  const before = keep.get(base) ?? places.get(base);
  if (whole && before && allocate.isOperand(before, size, perRow)) return before;
  const already = wanted.find(
    (one) => one.node === id && !one.add && allocate.isOperand(one.place, size, perRow),
  );
  if (already) return already.place;
  const place = allocate.operand(`${prepared.name}.operand${id}`, size, perRow);
  if (whole && !before && computed(base)) keep.set(base, place);
  else wanted.push({ node: id, place, add: false });
  return place;
}

/** The product that sums left ⊗ right over all rows. */
export function outerProduct(
  { graph, name }: Prepared,
  outer: Outer,
  operands: { readonly left: Place; readonly right: Place; readonly allocate: Allocator },
): Product {
  const { left, right, allocate } = operands;
  const shape = graph.nodes[outer.left]!.shape;
  const k = shape.at(-1)!;
  const n = graph.nodes[outer.right]!.shape.at(-1)!;
  const perRow = elements(shape) / k;
  return {
    kind: 'product',
    name: `${name}.%${outer.node}`,
    form: 'tn',
    k,
    n,
    perRow,
    left,
    leftStride: perRow > 1 ? k : allocate.strideOf(left),
    right,
    rightStride: perRow > 1 ? n : allocate.strideOf(right),
    output: outer.place,
    outputStride: n,
    add: true,
  };
}
