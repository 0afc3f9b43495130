/**
 * Fusion: the work of one region put into loop nests. What runs over the largest space is grouped first: items of one space
 * share a nest unless one needs what another has only when its whole nest is done, such as a sum. So a big matrix is read as
 * few times as its sums allow, whatever small things are done in between and in whatever order they were written.
 */
import { elements } from '../../core/shape.ts';
import type { Graph, NodeId } from '../ir/graph.ts';
import { squeezed } from '../ir/strides.ts';
import { isWhole, type View } from '../ir/views.ts';
import { type Item, readsOf, type Space, type Task } from './tasks.ts';

/** The work of a region: tasks in an order that is right. */
export interface Work {
  readonly graph: Graph;
  readonly views: readonly View[];
  readonly tasks: readonly Task[];
}

/** A nest being filled, or an operation that stands alone. */
export interface Draft {
  readonly space: Space;
  readonly items: readonly Item[];
}

/** The nests of a region in order. */
export interface Fusion extends Omit<Work, 'tasks'> {
  readonly drafts: readonly Draft[];
  /** The last draft that writes a base computed in this region. */
  readonly where: ReadonlyMap<NodeId, number>;
}

/** More items than this in one nest would spill every register. */
const MAX_ITEMS = 64;

const sameSpace = (a: Space, b: Space) =>
  a !== 'alone' && b !== 'alone' && a.length === b.length && a.every((size, axis) => size === b[axis]);

/** Whether a node's value at a point of `space` is its base's value at the same point. */
export function isAligned({ graph, views }: Omit<Work, 'tasks'>, id: NodeId, space: Space): boolean {
  const view = views[id]!;
  const base = graph.nodes[view.base]!;
  return base.kind === 'apply' && isWhole(graph, id, view) && sameSpace(squeezed(base.shape), space);
}

/** Puts tasks into nests. */
export function fuse(work: Work): Fusion {
  const { graph, views, tasks } = work;
  const writers = writersOf(tasks);
  const needs = tasks.map((task) => needsOf(work, task, writers));
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

type Writers = ReadonlyMap<NodeId, readonly number[]>;

/** Which tasks write each base. */
function writersOf(tasks: readonly Task[]): Writers {
  const writers = new Map<NodeId, number[]>();
  tasks.forEach(({ writes }, task) => {
    for (const base of writes) writers.set(base, [...(writers.get(base) ?? []), task]);
  });
  return writers;
}

function needsOf(work: Work, task: Task, writers: Writers): Need[] {
  const { graph, views } = work;
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
