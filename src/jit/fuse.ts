/**
 * Fusion: the work of one region, in order, put into loop nests. An item joins a nest over the same space when everything
 * it needs is there: values of corresponding elements may come from the same nest, all else from an earlier one.
 */
import type { Graph, NodeId } from './ir.ts';
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

/** A nest being filled, or an operation that stands alone. */
export interface Draft {
  readonly space: readonly number[] | 'alone';
  readonly items: Item[];
}

/** What fusion asks about a node: the graph, views, and in which draft of the region its base is ready. */
export interface Fusion {
  readonly graph: Graph;
  readonly views: readonly View[];
  readonly drafts: Draft[];
  /** The last draft that writes a base computed in this region. */
  readonly where: Map<NodeId, number>;
}

/** More items than this in one nest would spill every register. */
const MOST_ITEMS = 64;

/** Starts the fusion of a region. */
export function fusion(graph: Graph, views: readonly View[]): Fusion {
  return { graph, views, drafts: [], where: new Map() };
}

const sameSpace = (a: Draft['space'], b: readonly number[]) =>
  a !== 'alone' && a.length === b.length && a.every((size, axis) => size === b[axis]);

/** Whether a node's value at a point of `space` is its base's value at the same point. */
export function isAligned({ graph, views }: Fusion, id: NodeId, space: readonly number[]): boolean {
  const view = views[id]!;
  const base = graph.nodes[view.base]!;
  const computed = base.kind === 'apply';
  return computed && isWhole(graph, id, view) && sameSpace(squeezed(base.shape), space);
}

/**
 * Puts an item that reads `args` into a draft.
 * @param after the item must come later than this draft
 * @returns the draft's number
 */
export function place(
  fused: Fusion,
  item: Item,
  args: readonly NodeId[],
  options: { readonly space: readonly number[] | 'alone'; readonly after?: number },
): number {
  const { space, after = -1 } = options;
  const { drafts, where, views } = fused;
  let earliest = after + 1;
  for (const arg of args) {
    const at = where.get(views[arg]!.base);
    if (at === undefined) continue;
    const aligned = space !== 'alone' && isAligned(fused, arg, space);
    earliest = Math.max(earliest, aligned ? at : at + 1);
  }
  if (space !== 'alone') {
    const found = bestDraft(fused, args, space, earliest);
    if (found >= 0) {
      drafts[found]!.items.push(item);
      return found;
    }
  }
  drafts.push({ space, items: [item] });
  return drafts.length - 1;
}

/** The draft over this space that shares most with the item, the earliest of equals; -1 for none. */
function bestDraft(
  fused: Fusion,
  args: readonly NodeId[],
  space: readonly number[],
  earliest: number,
): number {
  const { drafts, where, views } = fused;
  const bases = new Set(args.map((arg) => views[arg]!.base));
  let best = -1;
  let most = -1;
  for (let i = earliest; i < drafts.length; i++) {
    const draft = drafts[i]!;
    if (!sameSpace(draft.space, space) || draft.items.length >= MOST_ITEMS) continue;
    const shared = [...bases].filter((base) => where.get(base) === i).length;
    if (shared > most) {
      most = shared;
      best = i;
    }
  }
  return best;
}
