/**
 * A part of a graph to actions: nodes are laid in levels between products with shared matrices; each level is a region,
 * its nodes fused into nests, and values that only the region needs go to a scratch that every row uses again.
 */
import { elements } from '../../core/shape.ts';
import {
  type Graph,
  type Node,
  type NodeId,
  type NodeOf,
  partsOf,
  partsOverlap,
  stridesOf,
} from '../ir/graph.ts';
import { type Copy, type Fusion, fuse, isAligned, readsOf, type Work } from './fuse.ts';
import { type Memory, shifted, spaceOf, stepOf } from './loop-nest.ts';
import type { Action, Place, Product } from './program.ts';
import { type Interval, layOut } from './scratch.ts';
import { sink } from './sink.ts';
import { isContiguous, isWhole, squeezed, type View } from './views.ts';

/** A node to be written to a place; `add` adds it to what is there. */
export interface Destination {
  readonly node: NodeId;
  readonly place: Place;
  readonly add: boolean;
}

/** Where a part may put what it keeps beyond a region. */
export interface Allocator {
  /** For a value that a later region reads. */
  crossing(name: string, size: number): Place;
  /** For an operand of a product, `perRow` rows of a matrix for each row: a buffer of its own. */
  operand(name: string, size: number, perRow: number): Place;
  /** Whether what is at a place can be a product's operand there. */
  isOperand(place: Place, size: number, perRow: number): boolean;
  /** Floats between the rows of a place's buffer. */
  strideOf(place: Place): number;
  /** The scratch, grown to this many floats. */
  scratch(size: number): Place;
}

/** What is to be lowered. */
export interface Part {
  readonly name: string;
  readonly graph: Graph;
  readonly views: readonly View[];
  /** Bases that are in memory already. */
  readonly available: ReadonlyMap<NodeId, Place>;
  /** Bases that must be stored at a certain place. */
  readonly keep: ReadonlyMap<NodeId, Place>;
  readonly wanted: readonly Destination[];
  readonly allocate: Allocator;
}

interface Lowering extends Part {
  readonly levels: Map<NodeId, number>;
  /** Bases to compute, in order. */
  readonly order: readonly NodeId[];
  readonly places: Map<NodeId, Place>;
  /** Operands that had to be copied together: node -> place. */
  readonly operands: Map<NodeId, Place>;
}

/** The actions of a part, in order. */
export function lower(part: Part): Action[] {
  const levels = levelsOf(part);
  const order = [...levels.keys()].sort((a, b) => a - b);
  const lowering: Lowering = {
    ...part,
    levels,
    order,
    places: new Map([...part.available, ...part.keep]),
    operands: new Map(),
  };
  placeOperands(lowering);
  placeCrossing(lowering);
  const last = Math.max(0, ...levels.values());
  const actions: Action[] = [];
  for (let level = 0; level <= last; level++) {
    actions.push(...region(lowering, level));
    for (const id of order) {
      const node = part.graph.nodes[id]!;
      if (node.kind === 'dense' && levels.get(id) === level + 1) actions.push(product(lowering, id, node));
    }
  }
  return actions;
}

/** Whether a base is a number that needs no memory. */
const isNumber = (node: Node) => node.kind === 'constant' && node.data.length === 1;

/** Bases that must be computed and the region in which each is ready; a `dense` is ready one later than what it reads. */
function levelsOf({ graph, views, available, keep, wanted }: Part): Map<NodeId, number> {
  const needed = new Set<NodeId>();
  const visit = (id: NodeId): void => {
    const { base } = views[id]!;
    if (needed.has(base) || available.has(base) || isNumber(graph.nodes[base]!)) return;
    needed.add(base);
    const node = graph.nodes[base]!;
    if (node.kind === 'input' || node.kind === 'constant')
      throw new Error(`internal: lower: %${base} ${node.kind} is not available`);
    for (const arg of node.args) visit(arg);
  };
  for (const { node } of wanted) visit(node);
  for (const base of keep.keys()) visit(base);
  const levels = new Map<NodeId, number>();
  for (const id of [...needed].sort((a, b) => a - b)) {
    const node = graph.nodes[id]!;
    const reads = node.kind === 'dense' ? [node.args[0]!] : node.args;
    const level = Math.max(0, ...reads.map((arg) => levels.get(views[arg]!.base) ?? 0));
    levels.set(id, node.kind === 'dense' ? level + 1 : level);
  }
  postpone(graph, views, levels, wanted);
  return levels;
}

/** What needs no product's result is computed in the first region that reads it, not before. */
function postpone(
  graph: Graph,
  views: readonly View[],
  levels: Map<NodeId, number>,
  wanted: readonly Destination[],
): void {
  const first = new Map<NodeId, number>();
  const read = (id: NodeId, level: number) => {
    const { base } = views[id]!;
    first.set(base, Math.min(first.get(base) ?? Number.POSITIVE_INFINITY, level));
  };
  const ready = new Set<NodeId>();
  for (const [id] of [...levels].sort(([a], [b]) => a - b)) {
    const node = graph.nodes[id]!;
    const waits = node.args.some((arg) => levels.has(views[arg]!.base) && !ready.has(views[arg]!.base));
    if (node.kind !== 'dense' && !waits) ready.add(id);
  }
  for (const { node } of wanted) read(node, levels.get(views[node]!.base) ?? 0);
  for (const id of [...levels.keys()].sort((a, b) => b - a)) {
    const at = first.get(id);
    if (ready.has(id) && at !== undefined && Number.isFinite(at)) levels.set(id, at);
    const own = levels.get(id)!;
    const node = graph.nodes[id]!;
    for (const arg of node.args) read(arg, node.kind === 'dense' ? own - 1 : own);
  }
}

/** Operands of products get buffers of their own; views of other nodes are copied together there. */
function placeOperands(lowering: Lowering): void {
  const { graph, views, order, places, operands, allocate, name } = lowering;
  for (const id of order) {
    const node = graph.nodes[id]!;
    if (node.kind !== 'dense') continue;
    const { base } = views[node.args[0]!]!;
    const { shape } = graph.nodes[node.args[0]!]!;
    const size = elements(shape);
    const perRow = size / shape.at(-1)!;
    const whole = isWhole(graph, node.args[0]!, views[node.args[0]!]!);
    const before = places.get(base);
    if (whole && before && allocate.isOperand(before, size, perRow)) continue;
    if (operands.has(node.args[0]!)) continue;
    const place = allocate.operand(`${name}.operand${node.args[0]!}`, size, perRow);
    if (whole && !before && graph.nodes[base]!.kind !== 'dense') places.set(base, place);
    else operands.set(node.args[0]!, place);
  }
}

/** Values that a later region reads get a place for each row. */
function placeCrossing(lowering: Lowering): void {
  const { graph, views, order, levels, places, wanted, allocate, name } = lowering;
  const crosses = (arg: NodeId, reader: number) => {
    const { base } = views[arg]!;
    const own = levels.get(base);
    if (own === undefined || places.has(base)) return;
    if (own === reader && graph.nodes[base]!.kind !== 'dense') return;
    places.set(base, allocate.crossing(`${name}.%${base}`, elements(graph.nodes[base]!.shape)));
  };
  for (const id of order) {
    const node = graph.nodes[id]!;
    const level = levels.get(id)!;
    if (node.kind !== 'dense') for (const arg of node.args) crosses(arg, level);
    else if (lowering.operands.has(node.args[0]!)) crosses(node.args[0]!, level - 1);
    if (node.kind === 'dense' && !places.has(id)) {
      const rows = elements(node.shape) / node.shape.at(-1)!;
      const own = `${name}.%${id}`;
      const size = elements(node.shape);
      places.set(id, rows > 1 ? allocate.operand(own, size, rows) : allocate.crossing(own, size));
    }
  }
  for (const { node } of wanted) crosses(node, levels.get(views[node]!.base) ?? 0);
}

function product(lowering: Lowering, id: NodeId, node: NodeOf<'dense'>): Product {
  const { graph, views, places, operands, allocate, name } = lowering;
  const shape = graph.nodes[node.args[0]!]!.shape;
  const left = operands.get(node.args[0]!) ?? places.get(views[node.args[0]!]!.base)!;
  const weight = views[node.args[1]!]!;
  const weightPlace = places.get(weight.base);
  if (!weightPlace) throw new Error(`internal: lower: the matrix %${weight.base} is not in memory`);
  const k = shape.at(-1)!;
  const n = node.shape.at(-1)!;
  const perRow = elements(shape) / k;
  const output = places.get(id)!;
  return {
    kind: 'product',
    name: `${name}.%${id}`,
    form: node.transposed ? 'nt' : 'nn',
    k,
    n,
    perRow,
    left,
    leftStride: perRow > 1 ? k : allocate.strideOf(left),
    right: shifted(weightPlace, weight.offset),
    rightStride: weight.strides[0]!,
    output,
    outputStride: perRow > 1 ? n : allocate.strideOf(output),
    add: false,
  };
}

/** The region of one level: its nodes fused, then what is wanted of them written out. */
function region(lowering: Lowering, level: number): Action[] {
  const { graph, order, levels, views, wanted, operands, name } = lowering;
  const work: Work = { graph, views, tasks: [], writers: new Map(), parts: new Map() };
  const stored = (base: NodeId) => lowering.places.has(base) || work.parts.has(base);
  for (const id of order)
    if (levels.get(id) === level && graph.nodes[id]!.kind !== 'dense') addNode(work, id, stored);
  const contiguous = (node: NodeId) => stridesOf(graph.nodes[node]!.shape);
  const copyOut = (from: NodeId, place: Place, add: boolean) =>
    addCopy(work, {
      kind: 'copy',
      from,
      shape: graph.nodes[from]!.shape,
      to: { place },
      strides: contiguous(from),
      add,
    });
  for (const [node, place] of operands)
    if ((levels.get(views[node]!.base) ?? 0) === level) copyOut(node, place, false);
  for (const { node, place, add } of wanted) {
    if ((levels.get(views[node]!.base) ?? 0) !== level) continue;
    const own = lowering.places.get(views[node]!.base);
    const there = own && samePlace(own, place) && isWhole(graph, node, views[node]!) && !add;
    if (!there) copyOut(node, place, add);
  }
  const fused = fuse(work);
  sink(fused, stored);
  const drafts = fused.drafts.filter((draft) => draft.items.length > 0);
  if (drafts.length === 0) return [];
  const memory = scratchMemory(lowering, fused, work.parts);
  const steps = drafts.map((draft, i) => stepOf(draft, memory, `${name}.${level}.${i}`));
  return [{ kind: 'region', name: `${name}.${level}`, steps }];
}

const samePlace = (a: Place, b: Place) =>
  a.buffer === b.buffer && a.offset === b.offset && a.shift === b.shift;

/** @returns the task's number */
function addCopy(work: Work, copy: Copy, after: readonly number[] = []): number {
  return work.tasks.push({ item: copy, space: squeezed(copy.shape), after }) - 1;
}

type Stored = (base: NodeId) => boolean;

function addNode(work: Work, id: NodeId, stored: Stored): void {
  const node = work.graph.nodes[id]!;
  if (node.kind === 'pad-add') {
    work.writers.set(id, addAssembly(work, { id, node, stored }));
    return;
  }
  const task = { item: { kind: 'compute', node: id }, space: spaceOf(work.graph, id), after: [] } as const;
  work.writers.set(id, [work.tasks.push(task) - 1]);
}

interface Assembly {
  readonly id: NodeId;
  readonly node: NodeOf<'pad-add'>;
  readonly stored: Stored;
}

/** Parts of an assembly are computed in it where that can be, else copied; zeros first where parts do not cover it. */
function addAssembly(work: Work, { id, node, stored }: Assembly): number[] {
  const { graph, views, writers, parts } = work;
  const strides = stridesOf(node.shape);
  const pieces = partsOf(node);
  const overlapping = pieces.some((part, i) =>
    pieces.slice(0, i).some((other) => partsOverlap(graph.nodes, part, other)),
  );
  const covered = pieces.reduce((sum, part) => sum + elements(graph.nodes[part.arg]!.shape), 0);
  const full = !overlapping && covered === elements(node.shape);
  const tasks: number[] = [];
  const shared = { kind: 'copy', strides } as const;
  if (!full) {
    const to = { base: id, offset: 0 };
    tasks.push(addCopy(work, { ...shared, from: zeroOf(graph), shape: node.shape, to, add: false }));
  }
  for (const { arg, starts } of pieces) {
    const offset = starts.reduce((sum, start, axis) => sum + start * strides[axis]!, 0);
    const { shape } = graph.nodes[arg]!;
    const { base } = views[arg]!;
    const inPlace = full && !stored(base) && isWhole(graph, arg, views[arg]!) && isContiguous(shape, strides);
    const writing = inPlace && graph.nodes[base]!.kind !== 'pad-add' ? writers.get(base) : undefined;
    if (writing) {
      parts.set(base, { base: id, offset });
      tasks.push(...writing);
      continue;
    }
    const copy: Copy = { ...shared, from: arg, shape, to: { base: id, offset }, add: overlapping };
    tasks.push(addCopy(work, copy, overlapping ? tasks.slice(-1) : full ? [] : tasks.slice(0, 1)));
  }
  return tasks;
}

/** The number 0, which every graph that is lowered holds. */
function zeroOf(graph: Graph): NodeId {
  const id = graph.nodes.findIndex(
    (node) => node.kind === 'constant' && node.shape.length === 0 && node.data[0] === 0,
  );
  if (id < 0) throw new Error('internal: lower: the graph holds no zero');
  return id;
}

/** Memory with a scratch place for everything in a region that must be in memory and has no place yet. */
function scratchMemory(lowering: Lowering, fused: Fusion, parts: Work['parts']): Memory {
  const { graph, views, places, allocate } = lowering;
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
  const scratch = allocate.scratch(size);
  const placeOf = (base: NodeId): Place | undefined => {
    const part = parts.get(base);
    if (part) return shifted(placeOf(part.base)!, part.offset);
    const offset = offsets.get(base);
    return offset === undefined ? places.get(base) : shifted(scratch, offset);
  };
  return { graph, views, placeOf };
}
