/**
 * After fusion: a cheap value that was computed early, only to be stored and read by one later nest, is computed there.
 * That saves a store and a load of every element, and costs at most one other load.
 */
import { elements } from '../../core/shape.ts';
import type { NodeId } from '../ir/graph.ts';
import { type Fusion, isAligned } from './fuse.ts';
import { type Compute, type Item, readsOf, type Space } from './tasks.ts';

/** The nests of a region while values are moved between them. */
interface Sinking extends Fusion {
  readonly drafts: readonly { readonly space: Space; readonly items: Item[] }[];
  readonly where: Map<NodeId, number>;
  /** The drafts that read each base. */
  readonly readers: ReadonlyMap<NodeId, Set<number>>;
  readonly stored: (base: NodeId) => boolean;
}

/** The nests with what is better computed later moved. `stored` says which bases have memory of their own anyway. */
export function sink(before: Fusion, stored: (base: NodeId) => boolean): Fusion {
  const drafts = before.drafts.map(({ space, items }) => ({ space, items: [...items] }));
  const where = new Map(before.where);
  const sinking: Sinking = { ...before, drafts, where, readers: readersOf(before), stored };
  for (let from = drafts.length - 1; from >= 0; from--)
    for (const item of drafts[from]!.items.toReversed()) {
      if (item.kind !== 'compute' || stored(item.node)) continue;
      const to = laterNest(sinking, item, from);
      if (to !== undefined && worthMoving(sinking, item, { from, to })) move(sinking, item, { from, to });
    }
  return sinking;
}

/** The bases that an item reads. */
const basesOf = ({ graph, views }: Pick<Fusion, 'graph' | 'views'>, item: Item): NodeId[] =>
  readsOf(graph, item).map((arg) => views[arg]!.base);

function readersOf(fused: Fusion): Map<NodeId, Set<number>> {
  const readers = new Map<NodeId, Set<number>>();
  fused.drafts.forEach(({ items }, at) => {
    for (const base of items.flatMap((item) => basesOf(fused, item)))
      readers.set(base, (readers.get(base) ?? new Set()).add(at));
  });
  return readers;
}

/** The one later nest that reads an item, element by element, if there is just one. */
function laterNest(sinking: Sinking, { node: id }: Compute, from: number): number | undefined {
  const { graph, views, drafts, readers } = sinking;
  const [to, ...others] = readers.get(id) ?? [];
  if (graph.nodes[id]!.kind !== 'apply' || to === undefined || others.length > 0 || to <= from)
    return undefined;
  const { space, items } = drafts[to]!;
  if (space === 'alone') return undefined;
  const reads = items.flatMap((item) => readsOf(graph, item)).filter((arg) => views[arg]!.base === id);
  return reads.every((arg) => isAligned(sinking, arg, space)) ? to : undefined;
}

interface Move {
  readonly from: number;
  readonly to: number;
}

/** At most one more full-size load there, and nothing that would have to be stored for it here. */
function worthMoving(sinking: Sinking, item: Compute, { from, to }: Move): boolean {
  const { graph, where, readers, stored } = sinking;
  const size = elements(graph.nodes[item.node]!.shape);
  let loads = 0;
  for (const base of new Set(basesOf(sinking, item))) {
    const source = graph.nodes[base]!;
    if (source.kind === 'constant' && source.data.length === 1) continue;
    const here = where.get(base) === from && source.kind === 'apply' && !stored(base);
    const storedForOthers = [...readers.get(base)!].some((at) => at !== from);
    if (here && !storedForOthers) return false;
    const small = elements(source.shape) * 2 <= size;
    if (!small && !readers.get(base)!.has(to)) loads++;
  }
  return loads <= 1;
}

function move(sinking: Sinking, item: Compute, { from, to }: Move): void {
  const { drafts, where, readers } = sinking;
  const { items } = drafts[from]!;
  items.splice(items.indexOf(item), 1);
  drafts[to]!.items.unshift(item);
  where.set(item.node, to);
  const still = new Set(items.flatMap((other) => basesOf(sinking, other)));
  for (const base of basesOf(sinking, item)) {
    if (!still.has(base)) readers.get(base)!.delete(from);
    readers.get(base)!.add(to);
  }
}
