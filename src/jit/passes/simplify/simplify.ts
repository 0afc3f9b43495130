/**
 * Rewrites a graph to one that means the same and costs less: constants folded, identities dropped, broadcasts moved past
 * functions of one element, pads that are added gathered into one `pad-add`, products of an example's own matrices written
 * as multiply and sum so that they fuse with their surroundings, equal subexpressions shared and dead ones left out.
 */
import { elements } from '../../../core/shape.ts';
import { type Builder, numberOf, type Rule, rebuild } from '../../ir/builder.ts';
import { type ElementFunction, functions } from '../../ir/functions.ts';
import {
  broadcastShape,
  type Graph,
  type Node,
  type NodeId,
  type NodeOf,
  partsOf,
  sameShape,
} from '../../ir/graph.ts';
import { expandProduct } from './product.ts';
import { shapeRules } from './shape.ts';

/** The graph with every node built by the rules, as all later passes build theirs: it need not be simplified again. */
export function simplify(graph: Graph): Graph {
  return rebuild(graph, () => undefined, simpler);
}

const rules: {
  readonly [K in Node['kind']]?: (build: Builder, node: NodeOf<K>) => NodeId | undefined;
} = { apply: simplerFunction, constant, matmul: expandProduct, dense, ...shapeRules };

/** A simpler way to write a node, or undefined. */
export function simpler(build: Builder, node: Node): NodeId | undefined {
  return (rules[node.kind] as Rule | undefined)?.(build, node);
}

/** A node of one value is a number that is repeated. */
function constant(build: Builder, { data, shape }: NodeOf<'constant'>): NodeId | undefined {
  const [first, ...rest] = data;
  if (shape.length === 0 || first === undefined || rest.some((v) => !Object.is(v, first))) return undefined;
  return build.broadcast(build.number(first), shape);
}

/** A transposition of the shared matrix is only a flag. */
function dense(build: Builder, node: NodeOf<'dense'>): NodeId | undefined {
  const [x, weight] = node.args as [NodeId, NodeId];
  const own = build.node(weight);
  if (own.kind !== 'transpose') return undefined;
  return build.add({ ...node, transposed: !node.transposed }, [x, own.args[0]!]);
}

/** An argument without the axes that it repeats along. */
function narrowed(build: Builder, id: NodeId): NodeId {
  const node = build.node(id);
  return node.kind === 'broadcast' ? node.args[0]! : id;
}

function simplerFunction(build: Builder, { name, args, shape }: NodeOf<'apply'>): NodeId | undefined {
  const scalars = args.map((arg) => numberOf(build, arg));
  if (scalars.every((value) => value !== undefined)) {
    const value = Math.fround(functions[name].meaning(...(scalars as number[])));
    return build.broadcast(build.number(value), shape);
  }
  const same = identity(build, name, args, scalars);
  if (same !== undefined) return build.broadcast(same, shape);
  const narrow = args.map((arg) => narrowed(build, arg));
  if (narrow.some((arg, i) => arg !== args[i])) return build.broadcast(build.apply(name, ...narrow), shape);
  return signMovedOut(build, name, args) ?? cheaper(build, name, args, scalars);
}

/** The argument that the result equals, or a simpler node, if there is one. */
function identity(
  build: Builder,
  name: ElementFunction,
  args: readonly NodeId[],
  [a, b]: readonly (number | undefined)[],
): NodeId | undefined {
  const [x, y] = args as [NodeId, NodeId];
  if (name === 'multiply') {
    if (a === 1) return y;
    if (b === 1) return x;
    if (a === 0 || b === 0) return build.number(0);
    if (a === -1) return build.apply('negate', y);
    if (b === -1) return build.apply('negate', x);
  }
  if (name === 'add') {
    if (a === 0) return y;
    if (b === 0) return x;
    return addedPads(build, x, y);
  }
  if (name === 'subtract' && b === 0) return x;
  if (name === 'subtract' && a === 0) return build.apply('negate', y);
  if (name === 'divide' && b === 1) return x;
  if (name === 'divide' && a === 0) return build.number(0);
  if (name === 'power' && b === 1) return x;
  if (name === 'negate') {
    const inner = build.node(x);
    if (inner.kind === 'apply' && inner.name === 'negate') return inner.args[0];
  }
  if (name === 'select' && a !== undefined) return a !== 0 ? args[1] : args[2];
  return undefined;
}

/** The sum of two pads of one shape is one pad-add of all their parts. */
function addedPads(build: Builder, x: NodeId, y: NodeId): NodeId | undefined {
  const [a, b] = [build.node(x), build.node(y)];
  if (a.kind !== 'pad-add' || b.kind !== 'pad-add' || !sameShape(a.shape, b.shape)) return undefined;
  return build.padAdd([...partsOf(a), ...partsOf(b)], a.shape);
}

/** The same value by cheaper functions. */
function cheaper(
  build: Builder,
  name: ElementFunction,
  args: readonly NodeId[],
  scalars: readonly (number | undefined)[],
): NodeId | undefined {
  const [x, y] = args as [NodeId, NodeId];
  if (name === 'power' && scalars[1] === 2) return build.apply('multiply', x, x);
  if (name === 'power' && scalars[1] === 0.5) return build.apply('sqrt', x);
  if (name === 'power' && scalars[1] === -1) return build.apply('reciprocal', x);
  if (name === 'divide' && scalars[0] === 1) return build.apply('reciprocal', y);
  if (name === 'divide' && scalars[1] !== undefined && scalars[1] !== 0)
    return build.apply('multiply', x, build.number(1 / scalars[1]));
  // One division a row instead of one an element.
  if (name === 'divide' && elements(build.shape(y)) * 4 <= elements(build.shape(x)))
    return build.apply('multiply', x, build.apply('reciprocal', y));
  if (name === 'add' || name === 'subtract') return negated(build, name, x, y);
  return undefined;
}

/** -a b = -(a b), -a / b = -(a / b): a sign that costs no less where it is moves on, until an addition takes it in. */
function signMovedOut(build: Builder, name: ElementFunction, args: readonly NodeId[]): NodeId | undefined {
  if (name !== 'multiply' && name !== 'divide') return undefined;
  const size = elements(broadcastShape(args.map(build.shape)));
  const at = args.findIndex((arg) => {
    const node = build.node(arg);
    return node.kind === 'apply' && node.name === 'negate' && elements(node.shape) === size;
  });
  if (at < 0) return undefined;
  const plain = args.map((arg, i) => (i === at ? build.node(arg).args[0]! : arg));
  return build.apply('negate', build.apply(name, ...plain));
}

/** a + -b = a - b, a - -b = a + b, -a + b = b - a. */
function negated(build: Builder, name: 'add' | 'subtract', x: NodeId, y: NodeId): NodeId | undefined {
  const [a, b] = [build.node(x), build.node(y)];
  if (b.kind === 'apply' && b.name === 'negate')
    return build.apply(name === 'add' ? 'subtract' : 'add', x, b.args[0]!);
  if (name === 'add' && a.kind === 'apply' && a.name === 'negate')
    return build.apply('subtract', y, a.args[0]!);
  return undefined;
}
