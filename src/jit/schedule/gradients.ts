/**
 * From the gradient outputs of a graph to sums in memory. A gradient is a linear function of sums over examples: those
 * sums are accumulated over steps and examples, products of two vectors all at once after the loop, and what is left to do
 * with the sums is done once, when all of them are there.
 */
import { elements } from '../../core/shape.ts';
import { CompileError } from '../errors.ts';
import type { NodeId } from '../ir/graph.ts';
import { names } from '../ir/names.ts';
import { fixed, isOperand, LANES, ofPart, ofShard, type Rows, roundUp, strideOf } from './buffers.ts';
import type { ParameterLayout, Prepared } from './plan.ts';
import { type Buffer, type Place, type Product, placeIn } from './program.ts';
import type { Destination } from './regions.ts';
import { isWhole } from './views.ts';

/** The accumulators: in each shard, and their sum. The parameters' gradients come first, as one flat vector. */
export interface Accumulators {
  readonly shard: Buffer;
  readonly sum: Buffer;
}

/** Accumulators of so many floats. */
export const accumulators = (size: number): Accumulators => ({
  shard: ofShard('gradient.shard', size),
  sum: fixed('gradient', size),
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
  /** Floats of the accumulators, with this graph's. */
  readonly end: number;
}

/** A sum of products of two vectors, and where it is accumulated. */
export interface Outer {
  readonly node: NodeId;
  readonly left: NodeId;
  readonly right: NodeId;
  readonly place: Place;
}

/** Lays out the accumulators of a graph's gradients, from so many floats on. */
export function planGradients(prepared: Prepared, params: ParameterLayout, from: number): GradientPlan {
  const { graph } = prepared;
  const { direct, tails, frontier } = routes(prepared, params);
  const offsets = new Map(direct);
  let end = from;
  for (const id of frontier) {
    offsets.set(id, end);
    end += roundUp(elements(graph.nodes[id]!.shape), LANES);
  }
  const { shard, sum } = accumulators(end);
  const batchSums: Destination[] = [];
  const outers: Outer[] = [];
  for (const [id, offset] of offsets) {
    const node = graph.nodes[id]!;
    const [left, right] = node.args as [NodeId, NodeId];
    const place = placeIn(shard, offset);
    if (node.kind === 'batch-sum') batchSums.push({ node: left, place, add: true });
    if (node.kind === 'outer') outers.push({ node: id, left, right, place });
  }
  return {
    batchSums,
    outers,
    tails: tails.map(({ node, offset }) => ({ node, place: placeIn(sum, offset), add: true })),
    sums: new Map([...frontier].map((id) => [id, placeIn(sum, offsets.get(id)!)])),
    end,
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

/** A pass over the rows, as sums of products need it: what it stores where, and what it writes besides. */
export interface Pass {
  readonly keep: ReadonlyMap<NodeId, Place>;
  readonly wanted: readonly Destination[];
  /** Whether it computes a base. */
  computes(base: NodeId): boolean;
}

/**
 * The products that sum left ⊗ right over all rows, and the passes with the operands that they now write.
 * @param passOf in which of the passes a base is known first
 */
export function outerProducts(
  prepared: Prepared,
  outers: readonly Outer[],
  at: {
    readonly rows: Rows;
    readonly passes: readonly Pass[];
    readonly passOf: (base: NodeId) => number;
  },
): { readonly products: Product[]; readonly passes: Pass[] } {
  const { rows, passOf } = at;
  const passes = at.passes.map((pass) => ({ ...pass, keep: new Map(pass.keep), wanted: [...pass.wanted] }));
  const operandOf = (id: NodeId): Place => {
    const { base } = prepared.views[id]!;
    const pass = passes[passOf(base)]!;
    const { place, how } = operand(prepared, id, { pass, rows });
    if (how === 'keep') pass.keep.set(base, place);
    if (how === 'write') pass.wanted.push({ node: id, place, add: false });
    return place;
  };
  const products = outers.map((outer) =>
    outerProduct(prepared, outer, { left: operandOf(outer.left), right: operandOf(outer.right) }),
  );
  return { products, passes };
}

/** A node as operand of a sum of products: rows of a buffer of their own, there already or to be kept or written. */
function operand(
  { graph, views, available, name }: Prepared,
  id: NodeId,
  { pass, rows }: { readonly pass: Pass; readonly rows: Rows },
): { readonly place: Place; readonly how: 'there' | 'keep' | 'write' } {
  const { base } = views[id]!;
  const { shape } = graph.nodes[id]!;
  const size = elements(shape);
  const perRow = size / shape.at(-1)!;
  const fits = (place: Place) => isOperand(place, { size, perRow }, rows);
  const whole = isWhole(graph, id, views[id]!);
  const before = pass.keep.get(base) ?? available.get(base);
  if (whole && before && fits(before)) return { place: before, how: 'there' };
  const written = pass.wanted.find((one) => one.node === id && !one.add && fits(one.place));
  if (written) return { place: written.place, how: 'there' };
  const place = placeIn(ofPart(`${name}.operand${id}`, size, rows, { exact: perRow > 1 }));
  return { place, how: whole && !before && pass.computes(base) ? 'keep' : 'write' };
}

function outerProduct(
  { graph, name }: Prepared,
  outer: Outer,
  { left, right }: { readonly left: Place; readonly right: Place },
): Product {
  const { shape } = graph.nodes[outer.left]!;
  const [k, n] = [shape.at(-1)!, graph.nodes[outer.right]!.shape.at(-1)!];
  const perRow = elements(shape) / k;
  return {
    kind: 'product',
    name: `${name}.%${outer.node}`,
    form: 'tn',
    k,
    n,
    perRow,
    left,
    leftStride: strideOf(left, k, perRow),
    right,
    rightStride: strideOf(right, n, perRow),
    output: outer.place,
    outputStride: n,
    add: true,
  };
}
