/** From a draft of a loop nest to its instructions: what is loaded from where, computed, folded and stored. */
import { elements } from '../../core/shape.ts';
import { type Graph, type NodeId, type NodeOf, stridesOf, without } from '../ir/graph.ts';
import { alignedStrides, squeezedStrides } from '../ir/strides.ts';
import { isWhole, type View } from '../ir/views.ts';
import { shifted } from './buffers.ts';
import type { Draft } from './fuse.ts';
import type { GatherScatter, Instruction, LaneOp, Nest, Place, RegionOp } from './program.ts';
import type { Compute, Copy } from './tasks.ts';

/** Where bases are in memory; undefined for those that stay in a nest. */
export interface Memory {
  readonly graph: Graph;
  readonly views: readonly View[];
  placeOf(base: NodeId): Place | undefined;
}

/** The operation that a draft stands for. */
export function opOf(draft: Draft, memory: Memory, name: string): RegionOp {
  if (draft.space === 'alone') return aloneOp(draft.items[0] as Compute, memory, name);
  const body: Instruction[] = [];
  const writer: Writer = { memory, space: draft.space, body, computed: new Map(), loaded: new Map() };
  for (const item of draft.items)
    if (item.kind === 'copy') writeCopy(writer, item);
    else writeCompute(writer, item.node);
  return orderedNest(name, draft.space, body);
}

interface Writer {
  readonly memory: Memory;
  readonly space: readonly number[];
  readonly body: Instruction[];
  /** Values of bases computed in this nest. */
  readonly computed: Map<NodeId, number>;
  readonly loaded: Map<string, number>;
}

const push = (writer: Writer, instruction: Instruction) => writer.body.push(instruction) - 1;

/** A node's element at the point, for an item whose shape is `shape`. */
function elementOf(writer: Writer, id: NodeId, shape: readonly number[]): number {
  const { graph, views, placeOf } = writer.memory;
  const view = views[id]!;
  const base = graph.nodes[view.base]!;
  const here = writer.computed.get(view.base);
  if (here !== undefined && isWhole(graph, id, view)) return here;
  if (base.kind === 'constant' && base.data.length === 1) return numberOf(writer, base.data[0]!);
  const own = graph.nodes[id]!.shape;
  const strides = squeezedStrides(shape, alignedStrides(own, view.strides, shape));
  const place = placeOf(view.base);
  if (place === undefined) throw new Error(`internal: lower: %${view.base} (${base.kind}) is not in memory`);
  const load = { kind: 'load', place: shifted(place, view.offset), strides } as const;
  const { buffer, offset, shift } = load.place;
  return remembered(writer, `${buffer.name} ${offset} ${shift} ${strides}`, load);
}

const numberOf = (writer: Writer, value: number): number =>
  remembered(writer, `number ${value}`, { kind: 'number', value });

function remembered(writer: Writer, key: string, instruction: Instruction): number {
  const before = writer.loaded.get(key);
  if (before !== undefined) return before;
  const index = push(writer, instruction);
  writer.loaded.set(key, index);
  return index;
}

function writeCopy(writer: Writer, copy: Copy): void {
  const value = copy.from === 'zero' ? numberOf(writer, 0) : elementOf(writer, copy.from, copy.shape);
  const place =
    'place' in copy.to ? copy.to.place : shifted(writer.memory.placeOf(copy.to.base)!, copy.to.offset);
  const strides = squeezedStrides(copy.shape, copy.strides);
  push(writer, { kind: 'store', value, place, strides, add: copy.add });
}

function writeCompute(writer: Writer, id: NodeId): void {
  const { graph, placeOf } = writer.memory;
  const node = graph.nodes[id]!;
  if (node.kind === 'reduce') {
    writeReduce(writer, node, placeOf(id)!);
    return;
  }
  const value =
    node.kind === 'apply'
      ? push(writer, {
          kind: 'apply',
          name: node.name,
          args: node.args.map((arg) => elementOf(writer, arg, node.shape)),
        })
      : elementOf(writer, node.args[0]!, graph.nodes[node.args[0]!]!.shape);
  writer.computed.set(id, value);
  const place = placeOf(id);
  if (place) push(writer, { kind: 'store', value, place, strides: stridesOf(writer.space), add: false });
}

function writeReduce(writer: Writer, node: NodeOf<'reduce'>, place: Place): void {
  const shape = writer.memory.graph.nodes[node.args[0]!]!.shape;
  const value = elementOf(writer, node.args[0]!, shape);
  const long = [...shape.keys()].filter((axis) => shape[axis] !== 1);
  const reduced = long.map((axis) => node.axes.includes(axis));
  const own = stridesOf(long.filter((axis) => !node.axes.includes(axis)).map((axis) => shape[axis]!));
  let next = 0;
  const strides = reduced.map((fold) => (fold ? 0 : own[next++]!));
  push(writer, { kind: 'reduce', fold: node.fold, value, reduced, place, strides, add: false });
}

/** Loads first, so that a store to memory that is also read at the same point comes after the reading. */
function orderedNest(name: string, space: readonly number[], body: readonly Instruction[]): Nest {
  const rank = (instruction: Instruction) =>
    instruction.kind === 'load' || instruction.kind === 'number' ? 0 : 1;
  const order = [...body.keys()].sort((a, b) => rank(body[a]!) - rank(body[b]!) || a - b);
  const moved = new Map(order.map((from, to) => [from, to]));
  const at = (index: number) => moved.get(index)!;
  const sorted = order.map((from): Instruction => {
    const instruction = body[from]!;
    if (instruction.kind === 'apply') return { ...instruction, args: instruction.args.map(at) };
    if (instruction.kind === 'store' || instruction.kind === 'reduce')
      return { ...instruction, value: at(instruction.value) };
    return instruction;
  });
  return { kind: 'nest', name, space, body: sorted };
}

/** Strides and start of an argument that an operation standing alone reads. */
function located(memory: Memory, id: NodeId): { place: Place; strides: readonly number[] } {
  const view = memory.views[id]!;
  const place = memory.placeOf(view.base);
  if (place === undefined) throw new Error(`internal: lower: %${view.base} is not in memory`);
  return { place: shifted(place, view.offset), strides: view.strides };
}

function aloneOp(item: Compute, memory: Memory, name: string): LaneOp | GatherScatter {
  const node = memory.graph.nodes[item.node]!;
  const output = memory.placeOf(item.node)!;
  if (node.kind === 'cumulative' || node.kind === 'sort') return laneOp(node, memory, { output, name });
  if (node.kind !== 'gather' && node.kind !== 'scatter')
    throw new Error(`internal: lower: ${node.kind} cannot stand alone`);
  return gatherScatter(node, memory, { output, name });
}

function laneOp(
  node: NodeOf<'cumulative' | 'sort'>,
  memory: Memory,
  { output, name }: { output: Place; name: string },
): LaneOp {
  const axis = node.kind === 'cumulative' ? node.axis : node.shape.length - 1;
  const { place, strides } = located(memory, node.args[0]!);
  const own = stridesOf(node.shape);
  const lines = {
    name,
    outer: without(node.shape, axis),
    length: node.shape[axis]!,
    input: place,
    output,
    inputStrides: without(strides, axis),
    outputStrides: without(own, axis),
    inputStep: strides[axis]!,
    outputStep: own[axis]!,
  };
  if (node.kind === 'sort')
    return { ...lines, kind: 'sort', descending: node.descending, positions: node.positions };
  const { fold, exclusive, reverse } = node;
  return { ...lines, kind: 'cumulative', fold, exclusive, reverse };
}

function gatherScatter(
  node: NodeOf<'gather' | 'scatter'>,
  memory: Memory,
  { output, name }: { output: Place; name: string },
): GatherScatter {
  const { graph } = memory;
  const arg = graph.nodes[node.args[0]!]!.shape;
  const index = graph.nodes[node.args[1]!]!.shape;
  const axis = node.kind === 'gather' ? node.axis : 0;
  const table = node.kind === 'gather' ? arg : node.shape;
  const batched = node.kind === 'gather' && node.batched;
  const outer = elements(arg.slice(0, axis));
  const count = batched ? elements(index) / outer : elements(index);
  return {
    kind: node.kind,
    name,
    outer,
    count,
    limit: table[axis]!,
    inner: elements(table.slice(axis + 1)),
    input: located(memory, node.args[0]!).place,
    index: located(memory, node.args[1]!).place,
    indexStride: batched ? count : 0,
    output,
  };
}
