/**
 * Values that the forward pass keeps for the backward pass. A forward value that the backward pass reads is stored, unless it can
 * be computed again, element by element, from values that are in memory anyway and smaller or already kept.
 */
import { elements } from '../../core/shape.ts';
import { functions } from '../ir/functions.ts';
import type { NodeId } from '../ir/graph.ts';
import { isWhole } from '../ir/views.ts';
import type { Prepared } from './plan.ts';

/** The division of a graph between two passes. */
export interface Residuals {
  /** Bases that the forward pass computes. */
  readonly forward: ReadonlySet<NodeId>;
  /** Of these, the ones it stores for each time step. */
  readonly stored: ReadonlySet<NodeId>;
  /** Of these, the ones that the backward pass computes again. */
  readonly rematerialized: ReadonlySet<NodeId>;
}

/** Values of at least this many floats are worth computing again. */
const MIN_FLOATS = 256;

/** The values to store and those to compute again, given which nodes each pass must produce. */
export function residuals(
  prepared: Prepared,
  wanted: { readonly forward: readonly NodeId[]; readonly backward: readonly NodeId[] },
): Residuals {
  const forward = reach(prepared, wanted.forward, () => false);
  const read = new Set<NodeId>();
  reach(prepared, wanted.backward, (base) => {
    if (forward.has(base)) read.add(base);
    return forward.has(base);
  });
  const stored = new Set(read);
  const rematerialized = new Set<NodeId>();
  const whole = wanted.forward.filter((id) => isWhole(prepared.graph, id, prepared.views[id]!));
  const free = new Set(whole.map((id) => prepared.views[id]!.base));
  const context: Choice = { ...prepared, forward, stored, rematerialized, free };
  const open = [...read].sort((a, b) => b - a);
  for (let base = open.shift(); base !== undefined; base = open.shift())
    open.push(...tryRematerialize(context, base));
  return { forward, stored, rematerialized };
}

/** Bases needed for some nodes that are not in memory; `stop` cuts the search short at a base. */
function reach(
  { graph, views, available }: Prepared,
  from: readonly NodeId[],
  stop: (base: NodeId) => boolean,
): Set<NodeId> {
  const found = new Set<NodeId>();
  const visit = (id: NodeId): void => {
    const { base } = views[id]!;
    const node = graph.nodes[base]!;
    if (found.has(base) || available.has(base) || node.kind === 'constant' || stop(base)) return;
    found.add(base);
    for (const arg of node.args) visit(arg);
  };
  for (const id of from) visit(id);
  return found;
}

interface Choice extends Prepared {
  readonly forward: ReadonlySet<NodeId>;
  readonly stored: Set<NodeId>;
  readonly rematerialized: Set<NodeId>;
  /** Bases that go to memory for each time step anyway. */
  readonly free: ReadonlySet<NodeId>;
}

/**
 * Moves a value from `stored` to `rematerialized` when what it is computed from takes less than half its memory.
 * @returns what is stored in its stead
 */
function tryRematerialize(context: Choice, base: NodeId): readonly NodeId[] {
  const size = elements(context.graph.nodes[base]!.shape);
  if (size < MIN_FLOATS || context.free.has(base) || !context.stored.has(base)) return [];
  const more = new Set<NodeId>();
  const chain = new Set<NodeId>();
  if (!computable(context, base, { more, chain })) return [];
  const cost = [...more].reduce((sum, id) => sum + elements(context.graph.nodes[id]!.shape), 0);
  if (cost * 2 > size) return [];
  for (const id of chain) {
    context.stored.delete(id);
    context.rematerialized.add(id);
  }
  for (const id of more) context.stored.add(id);
  return [...more];
}

/** Collects the chain of cheap functions behind a value, and what would have to be stored besides. */
function computable(
  context: Choice,
  base: NodeId,
  found: { readonly more: Set<NodeId>; readonly chain: Set<NodeId> },
): boolean {
  const { graph, views, forward, stored, rematerialized, free } = context;
  const node = graph.nodes[base]!;
  // A pad-add only puts values where they are wanted.
  if (node.kind !== 'pad-add' && (node.kind !== 'apply' || !functions[node.name].cheap)) return false;
  found.chain.add(base);
  const size = elements(node.shape);
  for (const arg of node.args) {
    const from = views[arg]!.base;
    const inMemory = !forward.has(from) || [free, stored, rematerialized].some((set) => set.has(from));
    if (inMemory || found.chain.has(from)) continue;
    const large = elements(graph.nodes[from]!.shape) * 2 > size;
    if (large && computable(context, from, found)) continue;
    found.more.add(from);
  }
  return true;
}
