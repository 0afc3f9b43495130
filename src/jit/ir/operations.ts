/**
 * All that is known of an operation, one row each: how many nodes it reads, the shape of its result, what it depends on,
 * how its attributes are printed, what it is for one example (batching.ts), where its result is in memory if it moves
 * elements only (strides.ts), and what it means (meaning.ts). All readers of the graph read the same row, so none can differ
 * from another. Functions of one element have a table of their own: functions.ts.
 */
import { elements, showShape } from '../../core/shape.ts';
import * as batching from './batching.ts';
import { functions } from './functions.ts';
import {
  broadcastShape,
  type Dependence,
  type Node,
  type Operation,
  type Shape,
  sameShape,
} from './graph.ts';
import * as meaning from './meaning.ts';
import * as strides from './strides.ts';

type Kind = Operation['kind'];
type Of<K extends Kind> = Extract<Operation, { readonly kind: K }>;

interface Row<K extends Kind> {
  /** How many nodes it reads; left out for any number. */
  readonly arity?: number;
  /** The result's shape. @throws Error that says how the arguments do not fit */
  readonly shape: (operation: Of<K>, args: readonly Shape[]) => Shape;
  /** Attributes for a person; two operations on the same nodes that read alike are one. */
  readonly text?: (operation: Of<K>) => string;
  /** Whether an operation on an argument of this shape gives the argument itself. */
  readonly identity?: (operation: Of<K>, arg: Shape) => boolean;
  /** What the result depends on, where that is not what the arguments depend on. `step` is a sum over examples. */
  readonly dependence?: (operation: Of<K>) => Dependence;
  /** What it is for one example, when the batch axis is gone; left out for what is only made by then. */
  readonly batching?: (operation: Of<K>, at: batching.Batching) => batching.Batched;
  /** Where the result is in the argument's memory, if it only moves elements and strides tell where. */
  readonly view?: (operation: Of<K>, from: strides.StridedSource) => strides.Strided | undefined;
  /** The result in float64; a sum over examples adds what one of them gives to what is in `result`. */
  readonly meaning: (operation: Of<K>, sources: meaning.Sources, result: meaning.Result) => void;
}

const misfit = (what: string): never => {
  throw new Error(what);
};
const like = (_: unknown, [arg]: readonly Shape[]): Shape => arg!;

const rows: { readonly [K in Kind]: Row<K> } = {
  constant: {
    arity: 0,
    shape: ({ data, shape }) =>
      data.length === elements(shape) ? shape : misfit(`holds ${data.length} values`),
    text: ({ data }) => {
      const first = data[0];
      const uniform = data.every((value) => Object.is(value, first));
      return uniform && first !== undefined ? String(first) : `of ${data.length} values`;
    },
    dependence: () => 'constant',
    batching: batching.constant,
    meaning: ({ data }, _, { data: result }) => result.set(data),
  },
  input: {
    arity: 0,
    shape: ({ shape }) => shape,
    text: ({ name }) => name,
    dependence: ({ dependence }) => dependence,
    batching: batching.input,
    meaning: ({ name }) => misfit(`internal: interpret: no input ${name}`),
  },
  apply: {
    shape: (_, args) => broadcastShape(args),
    batching: batching.apply,
    meaning: meaning.apply,
  },
  reduce: {
    arity: 1,
    shape: ({ axes }, [arg]) => arg!.filter((_, axis) => !axes.includes(axis)),
    text: ({ fold, axes }) => `${fold} over ${showShape(axes)}`,
    identity: ({ axes }) => axes.length === 0,
    batching: batching.reduce,
    meaning: meaning.reduce,
  },
  reshape: {
    arity: 1,
    shape: ({ shape }, [arg]) =>
      elements(arg!) === elements(shape) ? shape : misfit(`reads ${showShape(arg!)}`),
    identity: ({ shape }, arg) => sameShape(shape, arg),
    batching: batching.reshape,
    view: strides.reshape,
    meaning: (_, [from], { data }) => data.set(from!.data),
  },
  transpose: {
    arity: 1,
    shape: ({ order }, [arg]) => order.map((axis) => arg![axis]!),
    text: ({ order }) => `order ${showShape(order)}`,
    identity: ({ order }) => order.every((from, to) => from === to),
    batching: batching.transpose,
    view: strides.transpose,
    meaning: meaning.transpose,
  },
  slice: {
    arity: 1,
    shape: ({ starts, steps, shape }, [arg]) => {
      const isInside = (at: number, axis: number) => at >= 0 && at < arg![axis]!;
      const fits = shape.every(
        (size, axis) =>
          isInside(starts[axis]!, axis) && isInside(starts[axis]! + (size - 1) * steps[axis]!, axis),
      );
      return fits ? shape : misfit(`reaches outside of ${showShape(arg!)}`);
    },
    text: ({ starts, steps }) =>
      `from ${showShape(starts)}${steps.every((step) => step === 1) ? '' : ` by ${showShape(steps)}`}`,
    identity: ({ shape, steps }, arg) => sameShape(shape, arg) && steps.every((step) => step === 1),
    batching: batching.slice,
    view: strides.slice,
    meaning: meaning.slice,
  },
  'pad-add': {
    shape: ({ starts, shape }, args) => {
      const fits = args.every((arg, i) =>
        starts[i]!.every((start, axis) => start >= 0 && start + arg[axis]! <= shape[axis]!),
      );
      return fits ? shape : misfit('a part lies outside');
    },
    text: ({ starts }) => `at ${starts.map(showShape).join(' ')}`,
    identity: ({ shape, starts }, arg) => starts.length === 1 && sameShape(shape, arg),
    batching: batching.padAdd,
    meaning: meaning.padAdd,
  },
  broadcast: {
    arity: 1,
    shape: ({ shape }, [arg]) =>
      sameShape(broadcastShape([arg!, shape]), shape) ? shape : misfit(`reads ${showShape(arg!)}`),
    identity: ({ shape }, arg) => sameShape(shape, arg),
    batching: batching.broadcast,
    view: strides.broadcast,
    meaning: meaning.broadcast,
  },
  matmul: {
    arity: 2,
    shape: ({ leftTransposed, rightTransposed }, [left, right]) => {
      const [m, k] = leftTransposed ? [left!.at(-1)!, left!.at(-2)!] : [left!.at(-2)!, left!.at(-1)!];
      const [rows, n] = rightTransposed ? [right!.at(-1)!, right!.at(-2)!] : [right!.at(-2)!, right!.at(-1)!];
      if (k !== rows) misfit(`${showShape(left!)} and ${showShape(right!)} do not multiply`);
      return [...broadcastShape([left!.slice(0, -2), right!.slice(0, -2)]), m, n];
    },
    text: ({ leftTransposed, rightTransposed }) =>
      `${leftTransposed ? 'T' : 'N'}${rightTransposed ? 'T' : 'N'}`,
    batching: batching.matmul,
    meaning: meaning.product,
  },
  cumulative: {
    arity: 1,
    shape: like,
    text: ({ fold, axis, exclusive, reverse }) =>
      `${fold} along ${axis}${exclusive ? ' exclusive' : ''}${reverse ? ' reverse' : ''}`,
    batching: batching.cumulative,
    meaning: meaning.cumulative,
  },
  sort: {
    arity: 1,
    shape: like,
    text: ({ descending, positions }) =>
      `${descending ? 'descending' : 'ascending'} ${positions ? 'positions' : 'values'}`,
    batching: batching.sort,
    meaning: meaning.sort,
  },
  gather: {
    arity: 2,
    shape: ({ axis, batched }, [table, index]) => [
      ...table!.slice(0, axis),
      ...index!.slice(batched ? 1 : 0),
      ...table!.slice(axis + 1),
    ],
    text: ({ axis, batched }) => `along ${axis}${batched ? ' batched' : ''}`,
    batching: batching.gather,
    meaning: meaning.gather,
  },
  scatter: {
    arity: 2,
    shape: ({ size }, [from]) => [size, ...from!.slice(1)],
    batching: batching.scatter,
    meaning: meaning.scatter,
  },
  dense: {
    arity: 2,
    shape: ({ transposed }, [x, weight]) => {
      const [k, n] = transposed ? [weight![1]!, weight![0]!] : [weight![0]!, weight![1]!];
      if (weight!.length !== 2 || x!.at(-1) !== k)
        misfit(`${showShape(x!)} and ${showShape(weight!)} do not multiply`);
      return [...x!.slice(0, -1), n];
    },
    text: ({ transposed }) => (transposed ? 'transposed' : ''),
    meaning: ({ transposed }, sources, result) =>
      meaning.product({ leftTransposed: false, rightTransposed: transposed }, sources, result),
  },
  outer: {
    arity: 2,
    shape: (_, [left, right]) => [left!.at(-1)!, right!.at(-1)!],
    dependence: () => 'step',
    meaning: meaning.outer,
  },
  'batch-sum': {
    arity: 1,
    shape: like,
    dependence: () => 'step',
    meaning: (_, [from], { data }) => {
      from!.data.forEach((value, i) => {
        data[i]! += value;
      });
    },
  },
};

const rowOf = (operation: Operation): Row<Kind> => rows[operation.kind] as Row<Kind>;

const strengths: readonly Dependence[] = ['constant', 'params', 'step', 'batch'];

/** The strongest dependence among some nodes. */
function strongest(args: readonly number[], nodes: readonly Node[]): Dependence {
  let strength = 0;
  for (const id of args) strength = Math.max(strength, strengths.indexOf(nodes[id]!.dependence));
  return strengths[strength]!;
}

/**
 * The node that an operation on other nodes is: the one rule for shape and dependence, by which nodes are built and checked.
 * @throws Error that says how operation and arguments do not fit
 */
export function nodeOf(operation: Operation, args: readonly number[], nodes: readonly Node[]): Node {
  const row = rowOf(operation);
  const arity = operation.kind === 'apply' ? functions[operation.name].arity : row.arity;
  if (arity !== undefined && args.length !== arity) misfit(`expected ${arity} arguments, got ${args.length}`);
  const shape = row.shape(
    operation,
    args.map((id) => nodes[id]!.shape),
  );
  const dependence = row.dependence?.(operation) ?? strongest(args, nodes);
  return { ...operation, args, shape, dependence } as Node;
}

/** Whether a node is its first argument unchanged. */
export function isIdentity(node: Node, nodes: readonly Node[]): boolean {
  return node.args.length > 0 && (rowOf(node).identity?.(node, nodes[node.args[0]!]!.shape) ?? false);
}

/** An operation and what it reads, as printed: `slice %3 from [0,4]`. */
export function describe(node: Node): string {
  let text = node.kind === 'apply' ? node.name : node.kind;
  for (const id of node.args) text += ` %${id}`;
  const attributes = rowOf(node).text?.(node);
  return attributes ? `${text} ${attributes}` : text;
}

/** Whether a node is a sum over examples: one value, to which each of them adds. */
export function isBatchSum(node: Node): node is Extract<Node, { readonly kind: 'outer' | 'batch-sum' }> {
  return node.kind === 'outer' || node.kind === 'batch-sum';
}

/** An operation as traced, for one example. @throws CompileError when it would let examples see each other */
export function forOneExample(node: Node, at: batching.Batching): batching.Batched {
  const rule = rowOf(node).batching;
  return rule ? rule(node, at) : misfit(`internal: batching: ${node.kind} in a trace`);
}

/** Where a node's elements are in its first argument's memory, if it only moves them and strides tell where. */
export function movedBy(node: Node, from: strides.StridedSource): strides.Strided | undefined {
  return rowOf(node).view?.(node, from);
}

/** Adds a node's value for one example to `result`, which begins as zeros. */
export function evaluate(node: Node, sources: meaning.Sources, result: meaning.Result): void {
  rowOf(node).meaning(node, sources, result);
}
