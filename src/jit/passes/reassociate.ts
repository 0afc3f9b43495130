/**
 * Products and sums grouped anew: small factors are multiplied with each other before they meet a large one, sums over
 * axes that are added to each other become one sum, and pads that fill each other's gaps one assembly. In exact arithmetic
 * nothing changes; in floats the last bits do.
 */
import { elements } from '../../core/shape.ts';
import { type Builder, type Rebuilding, rebuild } from '../ir/builder.ts';
import {
  broadcastShape,
  type Graph,
  type Node,
  type NodeId,
  type NodeOf,
  partsOf,
  partsOverlap,
} from '../ir/graph.ts';
import { simpler } from './simplify/simplify.ts';

/** The graph with products and sums grouped so that they cost least. */
export function reassociate(old: Graph): Graph {
  return rebuild(old, (at, node) => product(at, node) ?? sum(at, node), simpler);
}

/** c (s M) = (c s) M where c s is smaller than M. */
function product({ build, old, uses, done }: Rebuilding, node: Node): NodeId | undefined {
  if (node.kind !== 'apply' || node.name !== 'multiply') return undefined;
  const size = elements(node.shape);
  const factors = (id: NodeId): NodeId[] => {
    const own = old.nodes[id]!;
    const open = own.kind === 'apply' && own.name === 'multiply' && uses[id] === 1;
    return open && elements(own.shape) === size ? own.args.flatMap(factors) : [id];
  };
  const sizeOf = (id: NodeId) => elements(build.shape(id));
  const rest = node.args
    .flatMap(factors)
    .map((id) => done[id]!)
    .sort((a, b) => sizeOf(a) - sizeOf(b));
  let [small, ...large] = rest as [NodeId, ...NodeId[]];
  if (large.length < 2) return undefined;
  const fits = (a: NodeId, b: NodeId) =>
    elements(broadcastShape([build.shape(a), build.shape(b)])) * 2 <= size;
  if (!fits(small, large[0]!)) return undefined;
  while (large.length > 0 && fits(small, large[0]!)) small = build.apply('multiply', small, large.shift()!);
  return large.reduce((all, next) => build.apply('multiply', all, next), small);
}

/** A term of a sum, and whether it is taken away. */
interface Term {
  readonly id: NodeId;
  readonly minus: boolean;
}

type Sum = NodeOf<'reduce'>;

/** Terms that one operation can make. */
interface Joint {
  readonly key: string;
  readonly terms: Term[];
}

/** Σ x + Σ y = Σ (x + y): one loop instead of two, one result instead of two. Two pads without overlap are one assembly. */
function sum(context: Rebuilding, node: Node): NodeId | undefined {
  const { build, done } = context;
  if (node.kind !== 'apply' || !['add', 'subtract'].includes(node.name)) return undefined;
  const joints: Joint[] = [];
  for (const term of termsOf(context, node)) {
    const key = keyOf(context, term);
    const open = joints.find((joint) => key !== undefined && joint.key === key && fits(context, joint, term));
    if (open) open.terms.push(term);
    else joints.push({ key: key ?? '', terms: [term] });
  }
  if (joints.every(({ terms }) => terms.length === 1)) return undefined;
  const joined = joints.map(({ terms }): Term => {
    const [first] = terms as [Term, ...Term[]];
    if (terms.length === 1) return { ...first, id: done[first.id]! };
    return { id: sumsJoined(context, terms) ?? padsJoined(context, terms), minus: false };
  });
  return addedUp(build, joined);
}

/**
 * Terms of one key can be joined: sums over the same axes of the same shape, pads to one shape that nothing else reads.
 * Their own shapes count too: terms may repeat along different axes of the sum.
 */
function keyOf(context: Rebuilding, { id, minus }: Term): string | undefined {
  const { nodes } = context.old;
  const total = sumBehind(context, id);
  if (total) return `sum ${total.axes} of ${nodes[total.args[0]!]!.shape} as ${nodes[id]!.shape}`;
  const isPad = nodes[id]!.kind === 'pad-add' && context.uses[id] === 1 && !minus;
  return isPad ? `pad to ${nodes[id]!.shape}` : undefined;
}

const padsOf = ({ old }: Rebuilding, { id }: Term) => {
  const node = old.nodes[id]!;
  return node.kind === 'pad-add' ? partsOf(node) : [];
};

function fits(context: Rebuilding, { terms }: Joint, term: Term): boolean {
  const before = terms.flatMap((other) => padsOf(context, other));
  return padsOf(context, term).every((part) =>
    before.every((other) => !partsOverlap(context.old.nodes, part, other)),
  );
}

function sumsJoined(context: Rebuilding, terms: readonly Term[]): NodeId | undefined {
  const { build, old, done } = context;
  const [first] = terms as [Term, ...Term[]];
  const total = sumBehind(context, first.id);
  if (!total) return undefined;
  const inner = terms.map(({ id, minus }) => ({ id: done[sumBehind(context, id)!.args[0]!]!, minus }));
  const folded = build.reduce('sum', addedUp(build, inner), total.axes);
  return build.reshape(folded, old.nodes[first.id]!.shape);
}

function padsJoined(context: Rebuilding, terms: readonly Term[]): NodeId {
  const { build, old, done } = context;
  const parts = terms.flatMap((term) => padsOf(context, term));
  return build.padAdd(
    parts.map(({ arg, starts }) => ({ arg: done[arg]!, starts })),
    old.nodes[terms[0]!.id]!.shape,
  );
}

/** Terms in their order, one that is added first if there is one. */
function addedUp(build: Builder, terms: readonly Term[]): NodeId {
  const [first, ...rest] = [...terms].sort((a, b) => Number(a.minus) - Number(b.minus)) as [Term, ...Term[]];
  const start = first.minus ? build.apply('negate', first.id) : first.id;
  return rest.reduce((all, { id, minus }) => build.apply(minus ? 'subtract' : 'add', all, id), start);
}

/** The terms of a sum of values of one shape that nothing else reads on the way. */
function termsOf({ old, uses }: Rebuilding, node: NodeOf<'apply'>): Term[] {
  const visit = (id: NodeId, minus: boolean): Term[] => {
    const own = old.nodes[id]!;
    const inside = own.kind === 'apply' && uses[id] === 1 && String(own.shape) === String(node.shape);
    return inside && ['add', 'subtract', 'negate'].includes(own.name) ? split(own, minus) : [{ id, minus }];
  };
  const split = ({ name, args }: NodeOf<'apply'>, minus: boolean): Term[] =>
    args.flatMap((arg, i) => visit(arg, minus !== (name === 'negate' || (name === 'subtract' && i === 1))));
  return split(node, false);
}

/** The sum over axes that a term is, perhaps under another shape, unless something else reads it too. */
function sumBehind(context: Rebuilding, id: NodeId): Sum | undefined {
  const { old, uses } = context;
  const node = old.nodes[id]!;
  if (uses[id] !== 1) return undefined;
  if (node.kind === 'reshape') return sumBehind(context, node.args[0]!);
  return node.kind === 'reduce' && node.fold === 'sum' && uses[node.args[0]!] === 1 ? node : undefined;
}
