/**
 * Fusion: the work of one region put into loop nests. What runs over the largest space is grouped first: items of one space
 * share a nest unless one needs what another has only when its whole nest is done, such as a sum. So a big matrix is read as
 * few times as its sums allow, whatever small things are done in between and in whatever order they were written.
 */
import { elements } from '../../core/shape.ts';
import type { Graph, NodeId } from '../ir/graph.ts';
import type { Place } from './program.ts';
import { isWhole, squeezed, type View } from './views.ts';

/** Elements of `from` (a node, through its view) written somewhere. */
export interface Copy {
  readonly kind: 'copy';
  readonly from: NodeId;
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
  /** Tasks, by number, that must be done in an earlier nest. */
  readonly after: readonly number[];
}

/** A base that is computed right where it is wanted: in the memory of a pad-add, some elements on. */
export interface PartOf {
  readonly base: NodeId;
  readonly offset: number;
}

/** The work of a region: tasks in an order that is right, and which of them write each base. */
export interface Work {
  readonly graph: Graph;
  readonly views: readonly View[];
  readonly tasks: readonly Task[];
  readonly writers: ReadonlyMap<NodeId, readonly number[]>;
}

/** A nest being filled, or an operation that stands alone. */
export interface Draft {
  readonly space: Space;
  readonly items: readonly Item[];
}

/** The nests of a region in order. */
export interface Fusion {
  readonly graph: Graph;
  readonly views: readonly View[];
  readonly drafts: readonly Draft[];
  /** The last draft that writes a base computed in this region. */
  readonly where: ReadonlyMap<NodeId, number>;
}

/** More items than this in one nest would spill every register. */
const MAX_ITEMS = 64;

/** The nodes that an item reads. */
export const readsOf = (graph: Graph, item: Item): readonly NodeId[] =>
  item.kind === 'copy' ? [item.from] : graph.nodes[item.node]!.args;

const sameSpace = (a: Space, b: Space) =>
  a !== 'alone' && b !== 'alone' && a.length === b.length && a.every((size, axis) => size === b[axis]);

/** Whether a node's value at a point of `space` is its base's value at the same point. */
export function isAligned(
  { graph, views }: Pick<Work, 'graph' | 'views'>,
  id: NodeId,
  space: Space,
): boolean {
  const view = views[id]!;
  const base = graph.nodes[view.base]!;
  return base.kind === 'apply' && isWhole(graph, id, view) && sameSpace(squeezed(base.shape), space);
}

/** Puts tasks into nests. */
export function fuse(work: Work): Fusion {
  const { graph, views, tasks, writers } = work;
  const needs = tasks.map((task) => needsOf(work, task));
  const group = grouped(tasks, needs);
  const order = inOrder(group, needs);
  const members = membersOf(group);
  const drafts = order.map((first): Draft => {
    const items = members.get(first)!.map((task) => tasks[task]!.item);
    return { space: tasks[first]!.space, items };
  });
  const draftOf = new Map(order.map((first, at) => [first, at]));
  const where = new Map<NodeId, number>();
  for (const [base, list] of writers)
    where.set(base, Math.max(...list.map((writer) => draftOf.get(group[writer]!)!)));
  return { graph, views, drafts, where };
}

/** A task that another one needs; `near` when corresponding elements are enough, so that both can share a nest. */
interface Need {
  readonly task: number;
  readonly near: boolean;
}

function needsOf(work: Work, task: Task): Need[] {
  const { graph, views, writers } = work;
  const needs: Need[] = task.after.map((earlier) => ({ task: earlier, near: false }));
  for (const arg of readsOf(graph, task.item)) {
    const near = isAligned(work, arg, task.space);
    for (const writer of writers.get(views[arg]!.base) ?? []) needs.push({ task: writer, near });
  }
  return needs;
}

/** For each task the first one of its nest. */
function grouped(tasks: readonly Task[], needs: readonly (readonly Need[])[]): number[] {
  const group = tasks.map((_, i) => i);
  const spaces = new Map<string, Space>();
  for (const { space } of tasks) if (space !== 'alone') spaces.set(space.join(' '), space);
  const size = (space: Space) => (space === 'alone' ? 0 : elements(space));
  const largestFirst = [...spaces.values()].sort((a, b) => size(b) - size(a));
  for (const space of largestFirst) {
    const here = tasks.map((task) => sameSpace(task.space, space));
    const depths = depthsOf(here, group, needs);
    const nests = new Map<number, { first: number; count: number }>();
    tasks.forEach((_, i) => {
      if (!here[i]) return;
      const depth = depths[i]!;
      const open = nests.get(depth);
      if (open && open.count < MAX_ITEMS) {
        group[i] = open.first;
        open.count++;
      } else nests.set(depth, { first: i, count: 1 });
    });
  }
  return group;
}

/**
 * How many nests over a space must be finished before each group can run: tasks of that space that are equal in this can
 * share a nest, because every way from one to another through something else makes it larger.
 * @param here whether each task runs over the space
 */
function depthsOf(
  here: readonly boolean[],
  group: readonly number[],
  needs: readonly (readonly Need[])[],
): readonly number[] {
  const members = membersOf(group);
  const depths = new Map<number, number>();
  const visit = (id: number): number => {
    const known = depths.get(id);
    if (known !== undefined) return known;
    let depth = 0;
    for (const member of members.get(id)!)
      for (const { task, near } of needs[member]!) {
        if (group[task] === id) continue;
        const together = here[member] && near;
        depth = Math.max(depth, visit(group[task]!) + (here[task] && !together ? 1 : 0));
      }
    depths.set(id, depth);
    return depth;
  };
  return group.map((id) => visit(id));
}

function membersOf(group: readonly number[]): Map<number, number[]> {
  const members = new Map<number, number[]>();
  group.forEach((id, task) => {
    members.set(id, [...(members.get(id) ?? []), task]);
  });
  return members;
}

/** The groups in an order in which each has what it needs, as near as can be to the order of the tasks. */
function inOrder(group: readonly number[], needs: readonly (readonly Need[])[]): number[] {
  const members = membersOf(group);
  const done = new Set<number>();
  const order: number[] = [];
  const visit = (id: number): void => {
    if (done.has(id)) return;
    done.add(id);
    for (const member of members.get(id)!) for (const { task } of needs[member]!) visit(group[task]!);
    order.push(id);
  };
  for (const id of members.keys()) visit(id);
  return order;
}
