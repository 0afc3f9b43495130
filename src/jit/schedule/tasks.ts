/**
 * The work of a region before it is fused: a task for each value that is computed, and for each copy. Arguments of a pad-add
 * are computed right where it wants them where that can be, else copied there.
 */
import { elements } from '../../core/shape.ts';
import { type Graph, type NodeId, type NodeOf, partsOf, partsOverlap, stridesOf } from '../ir/graph.ts';
import { isContiguous, squeezed } from '../ir/strides.ts';
import { isWhole, type View } from '../ir/views.ts';
import type { Place } from './program.ts';

/** Elements of `from` (a node, through its view) written somewhere. */
export interface Copy {
  readonly kind: 'copy';
  readonly from: NodeId | 'zero';
  readonly shape: readonly number[];
  /** Where to: in the storage of a base, or at a place. */
  readonly to: { readonly base: NodeId; readonly offset: number } | { readonly place: Place };
  readonly strides: readonly number[];
  readonly add: boolean;
}

/** A value of a graph computed. */
export interface Compute {
  readonly kind: 'compute';
  readonly node: NodeId;
}

/** One thing done in a nest. */
export type Item = Copy | Compute;

/** The space that a nest runs over; `alone` for an operation that is no nest. */
export type Space = readonly number[] | 'alone';

/** An item before it has a nest. */
export interface Task {
  readonly item: Item;
  readonly space: Space;
  /** Bases of the region that are whole only when it is done. */
  readonly writes: readonly NodeId[];
  /** Tasks, by number, that must be done in an earlier nest. */
  readonly after: readonly number[];
}

/** A base that is computed right where it is wanted: in the memory of a pad-add, some elements on. */
export interface PartOf {
  readonly base: NodeId;
  readonly offset: number;
}

/** Where its parts are, by base. */
export type Parts = ReadonlyMap<NodeId, PartOf>;

/** The nodes of a region in order, and which bases have memory of their own anyway. */
export interface Nodes {
  readonly graph: Graph;
  readonly views: readonly View[];
  readonly nodes: readonly NodeId[];
  readonly places: ReadonlyMap<NodeId, Place>;
}

/** The nodes that an item reads. */
export function readsOf(graph: Graph, item: Item): readonly NodeId[] {
  if (item.kind === 'compute') return graph.nodes[item.node]!.args;
  return item.from === 'zero' ? [] : [item.from];
}

/** A task that copies, and writes no base unless told. */
export const copyTask = (
  copy: Omit<Copy, 'kind'>,
  { writes = [], after = [] }: Partial<Pick<Task, 'writes' | 'after'>> = {},
): Task => ({ item: { kind: 'copy', ...copy }, space: squeezed(copy.shape), writes, after });

/** The arguments of pad-adds that are computed in these: whole ones of the region, each in one pad-add that they all fill. */
export function partsInPlace({ graph, views, nodes, places }: Nodes): Parts {
  const here = new Set(nodes);
  const parts = new Map<NodeId, PartOf>();
  for (const id of nodes) {
    const node = graph.nodes[id]!;
    if (node.kind !== 'pad-add' || !coverOf(graph, node).full) continue;
    const strides = stridesOf(node.shape);
    for (const { arg, starts } of partsOf(node)) {
      const { base } = views[arg]!;
      const free = here.has(base) && !places.has(base) && !parts.has(base);
      const fits = isWhole(graph, arg, views[arg]!) && isContiguous(graph.nodes[arg]!.shape, strides);
      if (free && fits && graph.nodes[base]!.kind !== 'pad-add')
        parts.set(base, { base: id, offset: offsetOf(starts, strides) });
    }
  }
  return parts;
}

/** The tasks that compute a region's nodes. */
export function tasksOf({ graph, views, nodes }: Nodes, parts: Parts): Task[] {
  const tasks: Task[] = [];
  for (const id of nodes) {
    const node = graph.nodes[id]!;
    if (node.kind === 'pad-add') {
      const isThere = (arg: NodeId, offset: number) => {
        const part = parts.get(views[arg]!.base);
        return part?.base === id && part.offset === offset;
      };
      tasks.push(...padAddTasks(graph, id, { node, isThere, first: tasks.length }));
      continue;
    }
    const part = parts.get(id);
    const writes = part ? [id, part.base] : [id];
    tasks.push({ item: { kind: 'compute', node: id }, space: spaceOf(graph, id), writes, after: [] });
  }
  return tasks;
}

/** The space of a node's nest. */
function spaceOf(graph: Graph, id: NodeId): Space {
  const node = graph.nodes[id]!;
  switch (node.kind) {
    case 'apply':
      return squeezed(node.shape);
    case 'reduce':
    case 'reshape':
      return squeezed(graph.nodes[node.args[0]!]!.shape);
    default:
      return 'alone';
  }
}

interface PadAdd {
  readonly node: NodeOf<'pad-add'>;
  /** Whether an argument is computed at an offset in the pad-add. */
  readonly isThere: (arg: NodeId, offset: number) => boolean;
  /** The number of the first task. */
  readonly first: number;
}

/** Copies of what is not computed in a pad-add; zeros first where the arguments do not cover it. */
function padAddTasks(graph: Graph, id: NodeId, { node, isThere, first }: PadAdd): Task[] {
  const strides = stridesOf(node.shape);
  const { full, overlapping } = coverOf(graph, node);
  const copy = (from: Copy['from'], shape: readonly number[], offset: number, after: readonly number[]) => {
    const add = overlapping && from !== 'zero';
    return copyTask({ from, shape, to: { base: id, offset }, strides, add }, { writes: [id], after });
  };
  const copies = partsOf(node).flatMap(({ arg, starts }, i) => {
    const offset = offsetOf(starts, strides);
    if (isThere(arg, offset)) return [];
    // What overlaps is added one after another, what does not in any order once the zeros are there.
    return [copy(arg, graph.nodes[arg]!.shape, offset, full ? [] : [overlapping ? first + i : first])];
  });
  return full ? copies : [copy('zero', node.shape, 0, []), ...copies];
}

const offsetOf = (starts: readonly number[], strides: readonly number[]): number =>
  starts.reduce((sum, start, axis) => sum + start * strides[axis]!, 0);

/** Whether the arguments of a pad-add overlap, and whether they fill it each element once. */
function coverOf(
  graph: Graph,
  node: NodeOf<'pad-add'>,
): { readonly full: boolean; readonly overlapping: boolean } {
  const parts = partsOf(node);
  const overlapping = parts.some((part, i) =>
    parts.slice(0, i).some((other) => partsOverlap(graph.nodes, part, other)),
  );
  const covered = parts.reduce((sum, { arg }) => sum + elements(graph.nodes[arg]!.shape), 0);
  return { full: !overlapping && covered === elements(node.shape), overlapping };
}
