/**
 * What a graph means, by plain loops in float64. Slow and obvious: everything faster is checked against it.
 * A value that varies with the batch is one array an example; any other is one array that all examples share.
 */
import { elements } from '../../core/shape.ts';
import { folds, meaning, sortedPositions } from './functions.ts';
import { argsOf, type Graph, type Node, stridesOf } from './graph.ts';

/** One array for all examples, or one each. */
export type Values = readonly Float64Array[];

type Sources = readonly { readonly data: Float64Array; readonly shape: readonly number[] }[];

/**
 * The outputs of a graph for the given inputs.
 * @param batchSize how many examples inputs that vary with the batch have
 */
export function interpret(
  graph: Graph,
  inputs: Readonly<Record<string, Values>>,
  batchSize = 1,
): Record<string, Values> {
  const values: Values[] = [];
  for (const node of graph.nodes) values.push(evaluate(graph, node, { values, inputs, batchSize }));
  return Object.fromEntries(Object.entries(graph.outputs).map(([name, id]) => [name, values[id]!]));
}

interface State {
  readonly values: readonly Values[];
  readonly inputs: Readonly<Record<string, Values>>;
  readonly batchSize: number;
}

function evaluate(graph: Graph, node: Node, state: State): Values {
  const { values, inputs, batchSize } = state;
  if (node.kind === 'input') {
    const given = inputs[node.name];
    if (given === undefined) throw new Error(`internal: interpret: no input ${node.name}`);
    return given;
  }
  const args = argsOf(node);
  const sources = (example: number): Sources =>
    args.map((id) => ({ data: values[id]![example] ?? values[id]![0]!, shape: graph.nodes[id]!.shape }));
  if (node.kind === 'total' || node.kind === 'outer') {
    const sum = new Float64Array(elements(node.shape));
    for (let example = 0; example < batchSize; example++) overExamples(node, sources(example), sum);
    return [sum];
  }
  const count = node.varies === 'batch' ? Math.max(...args.map((id) => values[id]!.length)) : 1;
  return Array.from({ length: count }, (_, example) => operate(node, sources(example)));
}

function overExamples(node: Node, sources: Sources, sum: Float64Array): void {
  if (node.kind === 'total') {
    sources[0]!.data.forEach((value, i) => {
      sum[i]! += value;
    });
    return;
  }
  const [left, right] = [sources[0]!, sources[1]!];
  const [k, n] = [left.shape.at(-1)!, right.shape.at(-1)!];
  const rows = left.data.length / k;
  for (let row = 0; row < rows; row++)
    for (let i = 0; i < k; i++)
      for (let j = 0; j < n; j++) sum[i * n + j]! += left.data[row * k + i]! * right.data[row * n + j]!;
}

/** Calls `visit` with every index of a shape, in row-major order. */
export function eachIndex(shape: readonly number[], visit: (index: number[], flat: number) => void): void {
  const index = new Array<number>(shape.length).fill(0);
  const size = elements(shape);
  for (let flat = 0; flat < size; flat++) {
    visit(index, flat);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]!++;
      if (index[axis]! < shape[axis]!) break;
      index[axis] = 0;
    }
  }
}

/** Where an index of `shape` reads in a smaller shape that broadcasts to it. */
function broadcastOffset(index: readonly number[], source: readonly number[]): number {
  const strides = stridesOf(source);
  const skip = index.length - source.length;
  return source.reduce((sum, size, axis) => sum + (size === 1 ? 0 : index[axis + skip]! * strides[axis]!), 0);
}

const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, i) => sum + value * b[i]!, 0);

function operate(node: Node, sources: Sources): Float64Array {
  const result = new Float64Array(elements(node.shape));
  const from = sources[0]!;
  switch (node.kind) {
    case 'constant':
      return Float64Array.from(node.data);
    case 'reshape':
      return from.data;
    case 'apply': {
      const f = meaning[node.name] as (...values: number[]) => number;
      eachIndex(node.shape, (index, flat) => {
        result[flat] = f(...sources.map(({ data, shape }) => data[broadcastOffset(index, shape)]!));
      });
      return result;
    }
    case 'broadcast':
      eachIndex(node.shape, (index, flat) => {
        result[flat] = from.data[broadcastOffset(index, from.shape)]!;
      });
      return result;
    case 'reduce':
      return reduce(node, from);
    case 'transpose': {
      const strides = stridesOf(from.shape);
      eachIndex(node.shape, (index, flat) => {
        result[flat] = from.data[index.reduce((sum, i, axis) => sum + i * strides[node.order[axis]!]!, 0)]!;
      });
      return result;
    }
    case 'slice': {
      const strides = stridesOf(from.shape);
      eachIndex(node.shape, (index, flat) => {
        result[flat] =
          from.data[
            dot(
              index.map((i, axis) => node.starts[axis]! + i * node.steps[axis]!),
              strides,
            )
          ]!;
      });
      return result;
    }
    case 'assemble': {
      const strides = stridesOf(node.shape);
      node.parts.forEach(({ starts }, part) => {
        const { data, shape } = sources[part]!;
        eachIndex(shape, (index, flat) => {
          result[
            dot(
              index.map((i, axis) => starts[axis]! + i),
              strides,
            )
          ]! += data[flat]!;
        });
      });
      return result;
    }
    case 'matmul':
    case 'dense':
      return product(node, sources);
    default:
      return special(node, sources);
  }
}

function reduce(node: Node & { kind: 'reduce' }, { data, shape }: Sources[number]): Float64Array {
  const { start, fold } = folds[node.fold];
  const result = new Float64Array(elements(node.shape)).fill(start);
  const strides = stridesOf(node.shape);
  eachIndex(shape, (index, flat) => {
    const kept = index.filter((_, axis) => !node.axes.includes(axis));
    const place = dot(kept, strides);
    result[place] = fold(result[place]!, data[flat]!);
  });
  return result;
}

function product(node: Node & { kind: 'matmul' | 'dense' }, sources: Sources): Float64Array {
  const result = new Float64Array(elements(node.shape));
  const [a, b] = [sources[0]!, sources[1]!];
  const leftTransposed = node.kind === 'matmul' && node.leftTransposed;
  const rightTransposed = node.kind === 'matmul' ? node.rightTransposed : node.transposed;
  const vector = a.shape.length === 1;
  const [as, bs] = [stridesOf(a.shape), stridesOf(b.shape)];
  const k = leftTransposed ? a.shape.at(-2)! : a.shape.at(-1)!;
  const [aRow, aInner] = leftTransposed ? [as.at(-1)!, as.at(-2)!] : [vector ? 0 : as.at(-2)!, as.at(-1)!];
  const [bInner, bColumn] = rightTransposed ? [bs.at(-1)!, bs.at(-2)!] : [bs.at(-2)!, bs.at(-1)!];
  eachIndex(node.shape, (index, flat) => {
    const lead = index.slice(0, vector ? -1 : -2);
    const aStart = broadcastOffset(lead, a.shape.slice(0, -2)) * (a.shape.at(-1)! * (a.shape.at(-2) ?? 1));
    const bStart = broadcastOffset(lead, b.shape.slice(0, -2)) * (b.shape.at(-1)! * b.shape.at(-2)!);
    const row = vector ? 0 : index.at(-2)!;
    let sum = 0;
    for (let i = 0; i < k; i++)
      sum +=
        a.data[aStart + row * aRow + i * aInner]! * b.data[bStart + i * bInner + index.at(-1)! * bColumn]!;
    result[flat] = sum;
  });
  return result;
}

function special(node: Node, sources: Sources): Float64Array {
  switch (node.kind) {
    case 'cumulative':
      return cumulative(node, sources[0]!);
    case 'sort':
      return sort(node, sources[0]!);
    case 'gather':
      return gather(node, sources);
    case 'scatter': {
      const result = new Float64Array(elements(node.shape));
      const inner = elements(node.shape.slice(1));
      const [from, index] = [sources[0]!, sources[1]!];
      from.data.forEach((value, i) => {
        result[index.data[Math.floor(i / inner)]! * inner + (i % inner)]! += value;
      });
      return result;
    }
    default:
      throw new Error(`internal: interpret: ${node.kind}`);
  }
}

function cumulative(node: Node & { kind: 'cumulative' }, { data, shape }: Sources[number]): Float64Array {
  const { start, fold } = folds[node.fold];
  const result = new Float64Array(data.length);
  const length = shape[node.axis]!;
  const step = stridesOf(shape)[node.axis]!;
  for (let first = 0; first < data.length; first++) {
    if (Math.floor(first / step) % length !== 0) continue;
    let running: number = start;
    for (let i = 0; i < length; i++) {
      const place = first + (node.reverse ? length - 1 - i : i) * step;
      const after = fold(running, data[place]!);
      result[place] = node.exclusive ? running : after;
      running = after;
    }
  }
  return result;
}

function sort(node: Node & { kind: 'sort' }, { data, shape }: Sources[number]): Float64Array {
  const length = shape.at(-1)!;
  const result = new Float64Array(data.length);
  for (let first = 0; first < data.length; first += length) {
    const line = data.subarray(first, first + length);
    const order = sortedPositions(line, node.descending);
    order.forEach((from, to) => {
      result[first + to] = node.positions ? from : line[from]!;
    });
  }
  return result;
}

function gather(node: Node & { kind: 'gather' }, sources: Sources): Float64Array {
  const [from, index] = [sources[0]!, sources[1]!];
  const result = new Float64Array(elements(node.shape));
  const outer = elements(from.shape.slice(0, node.axis));
  const inner = elements(from.shape.slice(node.axis + 1));
  const lists = node.batched ? from.shape[0]! : 1;
  const count = index.data.length / lists;
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < count; i++) {
      const list = node.batched ? Math.floor((o * lists) / outer) : 0;
      const place = (o * from.shape[node.axis]! + index.data[list * count + i]!) * inner;
      for (let j = 0; j < inner; j++) result[(o * count + i) * inner + j] = from.data[place + j]!;
    }
  return result;
}
