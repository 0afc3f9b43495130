/**
 * A part of a graph to actions: nodes are laid in levels between products with shared matrices; each level is a region,
 * its nodes fused into nests, and values that only the region needs go to a scratch that every row uses again.
 */
import { elements } from '../../core/shape.ts';
import { type Graph, type NodeId, type NodeOf, stridesOf } from '../ir/graph.ts';
import { isWhole, type View } from '../ir/views.ts';
import { fixed, ofPart, ofShard, type Rows, samePlace, shifted, sideBySide } from './buffers.ts';
import { type Fusion, fuse, isAligned } from './fuse.ts';
import { levelsOf } from './levels.ts';
import { type Memory, opOf } from './loop-nest.ts';
import { isOperand, operandOf, operandPlace, strideOf } from './operands.ts';
import { type Action, type Place, type Product, placeIn } from './program.ts';
import { type Interval, layOut } from './scratch.ts';
import { sink } from './sink.ts';
import { copyTask, type Parts, partsInPlace, readsOf, tasksOf } from './tasks.ts';

/** A node to be written to a place; `add` adds it to what is there. */
export interface Destination {
  readonly node: NodeId;
  readonly place: Place;
  readonly add: boolean;
}

/** A graph, and where in memory what it reads is. */
export interface Placed {
  readonly name: string;
  readonly graph: Graph;
  readonly views: readonly View[];
  /** Bases that are in memory already. */
  readonly available: ReadonlyMap<NodeId, Place>;
}

/** A part of a graph to lower, with places for what comes out. */
export interface Part extends Placed {
  /** Bases that must be stored at a certain place. */
  readonly keep?: ReadonlyMap<NodeId, Place>;
  readonly wanted: readonly Destination[];
  /** Which rows the part has, for what it keeps beyond a region. */
  readonly rows: Rows;
}

interface Lowering extends Part, Placement {
  readonly levels: ReadonlyMap<NodeId, number>;
  /** Bases to compute, in order. */
  readonly order: readonly NodeId[];
}

/** The actions of a part, in order. */
export function lower(part: Part): Action[] {
  const levels = levelsOf(part);
  const order = [...levels.keys()].sort((a, b) => a - b);
  const lowering: Lowering = { ...part, levels, order, ...placement(part, levels, order) };
  return Array.from({ length: 1 + Math.max(0, ...levels.values()) }, (_, level) => [
    ...region(lowering, level),
    ...order.flatMap((id) => {
      const node = part.graph.nodes[id]!;
      return node.kind === 'dense' && levels.get(id) === level + 1 ? [product(lowering, id, node)] : [];
    }),
  ]).flat();
}

/** Where what outlives a region is. */
interface Placement {
  /** By base. */
  readonly places: ReadonlyMap<NodeId, Place>;
  /** Operands of products that had to be copied together, by node. */
  readonly operands: ReadonlyMap<NodeId, Place>;
}

function placement(part: Part, levels: ReadonlyMap<NodeId, number>, order: readonly NodeId[]): Placement {
  const { places, operands } = placedOperands(part, order);
  const { graph, name, rows } = part;
  const record = new Map<NodeId, number>();
  for (const base of crossing(part, { levels, order, operands })) {
    const node = graph.nodes[base]!;
    if (places.has(base) || record.has(base)) continue;
    const size = elements(node.shape);
    if (node.kind === 'dense' && size > node.shape.at(-1)!)
      places.set(base, placeIn(ofPart(`${name}.%${base}`, size, rows, { exact: true })));
    else record.set(base, size);
  }
  const recorded = sideBySide(record, (size) => ofPart(`${name}.record`, size, rows));
  return { places: new Map([...places, ...recorded]), operands };
}

/** Operands of products get buffers of their own; views of other nodes are copied together there. */
function placedOperands(
  { graph, views, available, keep = new Map(), name, rows }: Part,
  order: readonly NodeId[],
): { places: Map<NodeId, Place>; operands: ReadonlyMap<NodeId, Place> } {
  const places = new Map([...available, ...keep]);
  const operands = new Map<NodeId, Place>();
  for (const id of order) {
    const node = graph.nodes[id]!;
    if (node.kind !== 'dense') continue;
    const operand = node.args[0]!;
    const { base } = views[operand]!;
    const layout = operandOf(graph.nodes[operand]!);
    const whole = isWhole(graph, operand, views[operand]!);
    const before = places.get(base);
    if ((whole && before && isOperand(before, layout, rows)) || operands.has(operand)) continue;
    const place = operandPlace(`${name}.operand${operand}`, layout, rows);
    if (whole && !before && graph.nodes[base]!.kind !== 'dense') places.set(base, place);
    else operands.set(operand, place);
  }
  return { places, operands };
}

/** Bases that a later region reads, and results of products. */
function crossing(
  { graph, views, wanted }: Part,
  at: Pick<Lowering, 'levels' | 'order' | 'operands'>,
): NodeId[] {
  const { levels, order, operands } = at;
  const crosses = (arg: NodeId, reader: number): NodeId[] => {
    const { base } = views[arg]!;
    const own = levels.get(base);
    if (own === undefined) return [];
    return own === reader && graph.nodes[base]!.kind !== 'dense' ? [] : [base];
  };
  const read = order.flatMap((id) => {
    const node = graph.nodes[id]!;
    const level = levels.get(id)!;
    if (node.kind !== 'dense') return node.args.flatMap((arg) => crosses(arg, level));
    return [...(operands.has(node.args[0]!) ? crosses(node.args[0]!, level - 1) : []), id];
  });
  return [...read, ...wanted.flatMap(({ node }) => crosses(node, levels.get(views[node]!.base) ?? 0))];
}

function product(lowering: Lowering, id: NodeId, node: NodeOf<'dense'>): Product {
  const { graph, views, places, operands, name } = lowering;
  const [operand, matrix] = node.args as [NodeId, NodeId];
  const { length: k, perRow } = operandOf(graph.nodes[operand]!);
  const left = operands.get(operand) ?? places.get(views[operand]!.base)!;
  const weight = views[matrix]!;
  const weightPlace = places.get(weight.base);
  if (!weightPlace) throw new Error(`internal: lower: the matrix %${weight.base} is not in memory`);
  const n = node.shape.at(-1)!;
  const output = places.get(id)!;
  return {
    kind: 'product',
    name: `${name}.%${id}`,
    form: node.transposed ? 'nt' : 'nn',
    k,
    n,
    perRow,
    left,
    leftStride: strideOf(left, { length: k, perRow }),
    right: shifted(weightPlace, weight.offset),
    rightStride: weight.strides[0]!,
    output,
    outputStride: strideOf(output, { length: n, perRow }),
    add: false,
  };
}

/** The region of one level: its nodes fused, then what is wanted of them written out. */
function region(lowering: Lowering, level: number): Action[] {
  const { graph, order, levels, views, places, wanted, operands, name } = lowering;
  const isHere = (base: NodeId) => (levels.get(base) ?? 0) === level;
  const nodes = order.filter((id) => isHere(id) && graph.nodes[id]!.kind !== 'dense');
  const parts = partsInPlace({ ...lowering, nodes });
  const isThere = ({ node, place, add }: Destination) => {
    const own = places.get(views[node]!.base);
    return own && samePlace(own, place) && isWhole(graph, node, views[node]!) && !add;
  };
  const copied = [
    ...[...operands].map(([node, place]) => ({ node, place, add: false })),
    ...wanted.filter((destination) => !isThere(destination)),
  ].filter(({ node }) => isHere(views[node]!.base));
  const tasks = [
    ...tasksOf({ ...lowering, nodes }, parts),
    ...copied.map(({ node, place, add }) => {
      const { shape } = graph.nodes[node]!;
      return copyTask({ from: node, shape, to: { place }, strides: stridesOf(shape), add });
    }),
  ];
  const fused = sink(fuse({ graph, views, tasks }), (base) => places.has(base) || parts.has(base));
  const drafts = fused.drafts.filter((draft) => draft.items.length > 0);
  if (drafts.length === 0) return [];
  const memory = scratchMemory(lowering, fused, parts);
  const ops = drafts.map((draft, i) => opOf(draft, memory, `${name}.${level}.${i}`));
  return [{ kind: 'region', name: `${name}.${level}`, ops }];
}

/** Memory with a scratch place for everything in a region that must be in memory and has no place yet. */
function scratchMemory({ graph, views, places, rows }: Lowering, fused: Fusion, parts: Parts): Memory {
  const intervals = new Map<NodeId, Interval>();
  const touch = (id: NodeId, at: number) => {
    const base = parts.get(id)?.base ?? id;
    const before = intervals.get(base);
    const size = elements(graph.nodes[base]!.shape);
    intervals.set(base, { size, from: Math.min(before?.from ?? at, at), to: Math.max(before?.to ?? at, at) });
  };
  fused.drafts.forEach((draft, at) => {
    for (const item of draft.items) {
      for (const arg of readsOf(graph, item)) {
        const { base } = views[arg]!;
        const own = fused.where.get(base);
        if (own === undefined || (own === at && isAligned(fused, arg, draft.space))) continue;
        touch(base, own);
        touch(base, at);
      }
      if (item.kind === 'copy' && 'base' in item.to) touch(item.to.base, at);
      if (item.kind === 'compute' && (parts.has(item.node) || graph.nodes[item.node]!.kind !== 'apply'))
        touch(item.node, at);
    }
  });
  for (const base of places.keys()) intervals.delete(base);
  const { offsets, size } = layOut(intervals);
  const scratch = placeIn(rows === 'none' ? fixed('scratch.program', size) : ofShard('scratch', size));
  const placeOf = (base: NodeId): Place | undefined => {
    const part = parts.get(base);
    if (part) return shifted(placeOf(part.base)!, part.offset);
    const offset = offsets.get(base);
    return offset === undefined ? places.get(base) : shifted(scratch, offset);
  };
  return { graph, views, placeOf };
}
