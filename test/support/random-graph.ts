/** Random graphs for the laws that every pass of the compiler must keep, and a program made of one graph. */
import { rng } from '../../src/core/rng.ts';
import { elements } from '../../src/core/shape.ts';
import { passes } from '../../src/jit/compile.ts';
import { type Builder, builder } from '../../src/jit/ir/builder.ts';
import type { Graph, NodeId } from '../../src/jit/ir/graph.ts';
import { interpret, type Values } from '../../src/jit/ir/interpret.ts';
import { runPasses } from '../../src/jit/pass.ts';
import { ofRows } from '../../src/jit/schedule/buffers.ts';
import { hoist } from '../../src/jit/schedule/hoist.ts';
import { link } from '../../src/jit/schedule/link.ts';
import { parameterLayout, prepare } from '../../src/jit/schedule/plan.ts';
import { type Phase, type Program, placeIn } from '../../src/jit/schedule/program.ts';
import { lower } from '../../src/jit/schedule/regions.ts';

const [N, W, K] = [6, 5, 3];

interface Growing {
  readonly build: Builder;
  readonly made: NodeId[];
  pick<T>(from: readonly T[]): T;
}

const bounded = ['tanh', 'sigmoid', 'sin', 'negate', 'absolute', 'softplus'] as const;
const pairwise = ['add', 'subtract', 'multiply', 'maximum', 'minimum', 'less', 'select'] as const;

/** One more node from those that are there. */
function grow(state: Growing): NodeId | undefined {
  const { build, made, pick } = state;
  const x = pick(made);
  const shape = build.shape(x);
  const axis = pick([...shape.keys()]);
  const kind = pick([
    'function',
    'pair',
    'pair',
    'pair',
    'divide',
    'reduce',
    'reduce',
    'slice',
    'reshape',
    'transpose',
    'pad-add',
    'broadcast',
    'matmul',
    'dense',
    'cumulative',
    'sort',
  ] as const);
  switch (kind) {
    case 'function':
      return build.apply(pick(bounded), x);
    case 'pair': {
      const y = pick(made.filter((id) => fits(build.shape(id), shape)));
      const name = pick(pairwise);
      return name === 'select' ? build.apply(name, build.apply('less', x, y), x, y) : build.apply(name, x, y);
    }
    case 'divide':
      return build.apply('divide', x, build.apply('add', build.apply('multiply', x, x), build.number(1)));
    case 'reduce':
      return axis === undefined
        ? undefined
        : build.reduce(pick(['sum', 'maximum', 'minimum'] as const), x, [axis]);
    case 'transpose':
      return build.transpose(x, [...shape.keys()].reverse());
    case 'broadcast':
      return shape.length > 2 ? undefined : build.broadcast(x, [2, ...shape]);
    case 'reshape':
      return build.reshape(x, pick([[elements(shape)], [1, ...shape], [...shape, 1]]));
    case 'sort':
      return shape.length === 0
        ? undefined
        : build.add({ kind: 'sort', descending: pick([true, false]), positions: pick([true, false]) }, [x]);
    case 'cumulative':
      return axis === undefined
        ? undefined
        : build.add(
            {
              kind: 'cumulative',
              fold: 'sum',
              axis,
              exclusive: pick([true, false]),
              reverse: pick([true, false]),
            },
            [x],
          );
    default:
      return growMore(state, kind, x);
  }
}

function growMore(
  { build, made, pick }: Growing,
  kind: 'slice' | 'pad-add' | 'matmul' | 'dense',
  x: NodeId,
): NodeId | undefined {
  const shape = build.shape(x);
  if (kind === 'slice') {
    const backward = pick([true, false]);
    const cut = shape.map((size) => Math.max(1, size - pick([0, 1, 2])));
    const starts = cut.map((size, i) => (backward ? shape[i]! - 1 : shape[i]! - size));
    return build.slice(
      x,
      starts,
      cut,
      cut.map(() => (backward ? -1 : 1)),
    );
  }
  if (kind === 'pad-add') {
    const y = pick(made.filter((id) => build.shape(id).length === shape.length));
    const other = build.shape(y);
    const starts = shape.map((_, i) => (i === 0 ? pick([0, 1, shape[0]!]) : 0));
    const whole = shape.map(
      (size, i) => Math.max(size, starts[i]! + other[i]!) + (i === 0 ? pick([0, 2]) : 0),
    );
    return build.padAdd(
      [
        { arg: x, starts: shape.map(() => 0) },
        { arg: y, starts },
      ],
      whole,
    );
  }
  if (kind === 'dense') {
    const weight = shape.at(-1) === W ? 0 : shape.at(-1) === K ? 1 : -1;
    if (weight < 0 || build.node(x).dependence !== 'batch') return undefined;
    const transposed = weight === 1;
    return build.add({ kind: 'dense', transposed }, [x, 0]);
  }
  const y = pick(made);
  const other = build.shape(y);
  if (shape.length !== 2 || other.length !== 2) return undefined;
  for (const [a, b] of [
    [false, false],
    [true, false],
    [false, true],
  ] as const)
    if (shape[a ? 0 : 1] === other[b ? 1 : 0]) return build.matmul(x, y, a, b);
  return undefined;
}

/** Whether a shape broadcasts to another without making it larger. */
const fits = (own: readonly number[], shape: readonly number[]) =>
  own.length <= shape.length &&
  own.every((size, i) => size === 1 || size === shape[i + shape.length - own.length]);

/** A graph of about `size` nodes, the last few of which are its outputs. */
export function randomGraph(seed: number, size: number): Graph {
  const stream = rng(seed, 'graph');
  const pick = <T>(from: readonly T[]): T => from[stream.integer(from.length)]!;
  const build = builder();
  const weight = build.input('weight', [W, K], 'params');
  const made = [
    weight,
    build.input('m', [N, W], 'batch'),
    build.input('v', [N], 'batch'),
    build.input('w', [W], 'batch'),
    build.input('s', [], 'batch'),
    build.input('p', [W], 'params'),
    build.constant(Float32Array.of(0.5, -1, 2, 0, 1), [W]),
    build.number(1),
    build.number(0),
  ];
  while (made.length < size + 9) {
    const next = grow({ build, made, pick });
    if (next !== undefined && elements(build.shape(next)) <= 400) made.push(next);
  }
  const outputs = made.slice(-4).map((id, i) => [`out${i}`, build.apply('tanh', id)] as const);
  return { nodes: build.nodes, outputs: Object.fromEntries(outputs) };
}

/** Inputs for a random graph. */
export function randomInputs(seed: number, batchSize: number): Record<string, Values> {
  const stream = rng(seed, 'inputs');
  const one = (size: number) => Float64Array.from({ length: size }, () => Math.fround(stream.normal()));
  const each = (size: number) => Array.from({ length: batchSize }, () => one(size));
  return { weight: [one(W * K)], m: each(N * W), v: each(N), w: each(W), s: each(1), p: [one(W)] };
}

/** A program that computes a graph's outputs for each row: ports of the inputs' and outputs' names. */
export function programOf(given: Graph): Program {
  const graph = runPasses(passes, given, { graph: 'random' });
  const inputs = graph.nodes.filter((node) => node.kind === 'input');
  const leaves = inputs.flatMap(({ name, shape, dependence }) =>
    dependence === 'params' ? [{ name, path: name, shape }] : [],
  );
  const places = new Map(parameterLayout(leaves).places);
  const rowsOf = (name: string, shape: readonly number[]) => placeIn(ofRows(name, elements(shape), 'one'));
  for (const { name, shape, dependence } of inputs)
    if (dependence === 'batch') places.set(name, rowsOf(name, shape));
  const prepared = hoist(prepare('graph', graph, places));
  const wanted = Object.entries(prepared.graph.outputs).map(([name, node]) => ({
    node,
    place: rowsOf(name, prepared.graph.nodes[node]!.shape),
    add: false,
  }));
  const actions = lower({ ...prepared, wanted, rows: 'one' });
  const outputs = Object.keys(prepared.graph.outputs).map((name, i) => {
    const { node, place } = wanted[i]!;
    return [name, { place, shape: prepared.graph.nodes[node]!.shape }] as const;
  });
  const inputPorts = inputs.flatMap(({ name, shape }) =>
    places.has(name) ? [[name, { place: places.get(name)!, shape }] as const] : [],
  );
  const rows: Phase = { name: 'graph', over: 'once', rows: 'batch', scope: 'shard', actions };
  return link({
    graphs: [prepared],
    entries: { rows: [rows] },
    ports: Object.fromEntries([...inputPorts, ...outputs]),
  });
}

/** The outputs by the interpreter, one array an example. */
export function meaningOf(
  graph: Graph,
  inputs: Record<string, Values>,
  batchSize: number,
): Record<string, Values> {
  const results = interpret(graph, inputs, batchSize);
  return Object.fromEntries(
    Object.entries(results).map(([name, values]) => [
      name,
      Array.from({ length: batchSize }, (_, i) => values[i] ?? values[0]!),
    ]),
  );
}
