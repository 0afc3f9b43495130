/**
 * After fusion: a cheap value that was computed early, only to be stored and read by one later nest, is computed there.
 * That saves a store and a load of every element, and costs at most one other load.
 */
import { elements } from '../../core/shape.ts';
import type { NodeId } from '../ir/graph.ts';
import { type Fusion, isAligned } from './fuse.ts';
import { type Compute, type Item, readsOf, type Space } from './tasks.ts';

interface Sinking extends Fusion {
  readonly drafts: readonly { readonly space: Space; readonly items: Item[] }[];
  readonly where: Map<NodeId, number>;
}

/** The nests with what is better computed later moved. `stored` says which bases have memory of their own anyway. */
export function sink(before: Fusion, stored: (base: NodeId) => boolean): Fusion {
  const drafts = before.drafts.map(({ space, items }) => ({ space, items: [...items] }));
  const fused: Sinking = { ...before, drafts, where: new Map(before.where) };
  const readers = readersOf(fused);
  for (let from = fused.drafts.length - 1; from >= 0; from--) {
    const draft = fused.drafts[from]!;
    for (let i = draft.items.length - 1; i >= 0; i--) {
      const item = draft.items[i]!;
      if (item.kind !== 'compute' || stored(item.node)) continue;
      const to = laterNest(fused, item, from, readers);
      if (to !== undefined && worthMoving(fused, item, { from, to, readers, stored }))
        move(fused, item, { from, to, readers });
    }
  }
  return fused;
}

type Readers = Map<NodeId, Set<number>>;

/** The drafts that read each base. */
function readersOf(fused: Fusion): Readers {
  const readers: Readers = new Map();
  fused.drafts.forEach((draft, at) => {
    for (const item of draft.items)
      for (const arg of readsOf(fused.graph, item)) {
        const { base } = fused.views[arg]!;
        readers.set(base, (readers.get(base) ?? new Set()).add(at));
      }
  });
  return readers;
}

/** The one later nest that reads an item, element by element, if there is just one. */
function laterNest(fused: Fusion, item: Compute, from: number, readers: Readers): number | undefined {
  const node = fused.graph.nodes[item.node]!;
  const all = readers.get(item.node);
  const to = all?.size === 1 ? [...all][0] : undefined;
  if (node.kind !== 'apply' || to === undefined || to <= from) return undefined;
  const draft = fused.drafts[to]!;
  const space = draft.space;
  if (space === 'alone') return undefined;
  const aligned = draft.items.every((other) =>
    readsOf(fused.graph, other).every(
      (arg) => fused.views[arg]!.base !== item.node || isAligned(fused, arg, space),
    ),
  );
  return aligned ? to : undefined;
}

interface Move {
  readonly from: number;
  readonly to: number;
  readonly readers: Readers;
  readonly stored: (base: NodeId) => boolean;
}

/** At most one more full-size load there, and nothing that would have to be stored for it here. */
function worthMoving(fused: Fusion, item: Compute, { from, to, readers, stored }: Move): boolean {
  const { graph, views, where } = fused;
  const node = graph.nodes[item.node]!;
  let loads = 0;
  for (const base of new Set(node.args.map((arg) => views[arg]!.base))) {
    const source = graph.nodes[base]!;
    if (source.kind === 'constant' && source.data.length === 1) continue;
    const small = elements(source.shape) * 2 <= elements(node.shape);
    const here = where.get(base) === from && source.kind === 'apply' && !stored(base);
    const storedForOthers = [...(readers.get(base) ?? [])].some((at) => at !== from);
    if (here && !storedForOthers) return false;
    if (!small && !readers.get(base)?.has(to)) loads++;
  }
  return loads <= 1;
}

function move(fused: Sinking, item: Compute, { from, to, readers }: Omit<Move, 'stored'>): void {
  const { items } = fused.drafts[from]!;
  items.splice(items.indexOf(item), 1);
  fused.drafts[to]!.items.unshift(item);
  fused.where.set(item.node, to);
  for (const arg of readsOf(fused.graph, item)) {
    const { base } = fused.views[arg]!;
    const still = items.some((other) =>
      readsOf(fused.graph, other).some((id) => fused.views[id]!.base === base),
    );
    if (!still) readers.get(base)!.delete(from);
    readers.get(base)!.add(to);
  }
}
