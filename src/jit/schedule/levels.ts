/**
 * Levels: between two products with shared matrices all is per example, and makes one region. A node's level is the region
 * that it is computed in; a product is ready one level after what it reads.
 */
import type { Node, NodeId } from '../ir/graph.ts';
import type { Part } from './regions.ts';

/** Whether a base is a number that needs no memory. */
const isNumber = (node: Node) => node.kind === 'constant' && node.data.length === 1;

/** Bases that must be computed and the region in which each is ready; a `dense` is ready one later than what it reads. */
export function levelsOf({ graph, views, available, keep, wanted }: Part): ReadonlyMap<NodeId, number> {
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
  for (const base of keep?.keys() ?? []) visit(base);
  const levels = new Map<NodeId, number>();
  for (const id of [...needed].sort((a, b) => a - b)) {
    const node = graph.nodes[id]!;
    const reads = node.kind === 'dense' ? [node.args[0]!] : node.args;
    const level = Math.max(0, ...reads.map((arg) => levels.get(views[arg]!.base) ?? 0));
    levels.set(id, node.kind === 'dense' ? level + 1 : level);
  }
  return postponed(levels, { graph, views, wanted });
}

/** A value that needs no product's result is computed in the first region that reads it, not before. */
function postponed(
  ready: ReadonlyMap<NodeId, number>,
  { graph, views, wanted }: Pick<Part, 'graph' | 'views' | 'wanted'>,
): ReadonlyMap<NodeId, number> {
  const levels = new Map(ready);
  const first = new Map<NodeId, number>();
  const read = (id: NodeId, level: number) => {
    const { base } = views[id]!;
    first.set(base, Math.min(first.get(base) ?? Number.POSITIVE_INFINITY, level));
  };
  const early = new Set<NodeId>();
  for (const id of [...levels.keys()].sort((a, b) => a - b)) {
    const node = graph.nodes[id]!;
    const waits = node.args.some((arg) => levels.has(views[arg]!.base) && !early.has(views[arg]!.base));
    if (node.kind !== 'dense' && !waits) early.add(id);
  }
  for (const { node } of wanted) read(node, levels.get(views[node]!.base) ?? 0);
  for (const id of [...levels.keys()].sort((a, b) => b - a)) {
    const at = first.get(id);
    if (early.has(id) && at !== undefined) levels.set(id, at);
    const own = levels.get(id)!;
    const node = graph.nodes[id]!;
    for (const arg of node.args) read(arg, node.kind === 'dense' ? own - 1 : own);
  }
  return levels;
}
