/**
 * A lowered program run by plain loops in float64: what the WebAssembly backend is checked against, and what tells a fault
 * of planning from a fault of code generation.
 */
import { folds, functions, sortedPositions } from '../../src/jit/ir/functions.ts';
import { eachIndex } from '../../src/jit/ir/meaning.ts';
import {
  type Action,
  floatsOf,
  type GatherScatter,
  type LaneOp,
  type Nest,
  type Pack,
  type Phase,
  type Place,
  type Product,
  type Program,
  panelWidth,
  type RegionOp,
} from '../../src/jit/schedule/program.ts';

/** Memory of a program, by the buffers' names. */
export type Memory = Readonly<Record<string, Float64Array>>;

/** Memory of a program for some batch: that of each shard; fixed buffers are the same objects in all. */
export interface Machine {
  readonly program: Program;
  readonly length: number;
  readonly shards: readonly { readonly rows: number; readonly memory: Memory }[];
}

/** Memory filled with constants and zeros, or NaN where something must be written before it is read. */
export function machine(program: Program, length: number, shardRows: readonly number[]): Machine {
  const fixed = Object.fromEntries(
    program.buffers.flatMap(({ kind, name, size }) =>
      kind === 'fixed' ? [[name, new Float64Array(size)]] : [],
    ),
  );
  for (const { place, values } of program.constants) fixed[place.buffer.name]!.set(values, place.offset);
  const shards = shardRows.map((rows) => {
    const own = program.buffers
      .filter(({ kind }) => kind !== 'fixed')
      .map((buffer) => [buffer.name, new Float64Array(floatsOf(buffer, rows, length)).fill(Number.NaN)]);
    return { rows, memory: { ...fixed, ...Object.fromEntries(own) } };
  });
  return { program, length, shards };
}

/** Runs an entry: phases of the program once, phases of shards for each shard. */
export function run(on: Machine, entry: string): void {
  for (const index of on.program.entries[entry]!) {
    const phase = on.program.phases[index]!;
    const shards = phase.scope === 'program' ? [0] : on.shards.map((_, i) => i);
    for (const shard of shards) runPhase(on, phase, shard);
  }
}

interface Point {
  readonly on: Machine;
  readonly memory: Memory;
  readonly rows: number;
  readonly time: number;
  readonly row: number;
}

function runPhase(on: Machine, phase: Phase, shard: number): void {
  const { rows: batch, memory } = on.shards[shard]!;
  const rows = { none: 1, batch, all: batch * on.length }[phase.rows];
  const times = phase.over === 'once' ? [0] : [...Array(on.length).keys()];
  if (phase.over === 'backward') times.reverse();
  for (const time of times)
    for (const action of phase.actions) act(action, { on, memory, rows: batch, time, row: 0 }, rows);
}

function act(action: Action, point: Point, rows: number): void {
  switch (action.kind) {
    case 'clear':
      point.memory[action.buffer.name]!.fill(0);
      return;
    case 'sum-shards':
      point.memory[action.to.name]!.forEach((_, i, to) => {
        to[i] = point.on.shards.reduce((sum, shard) => sum + shard.memory[action.from.name]![i]!, 0);
      });
      return;
    case 'product':
      multiply(action, point, rows);
      return;
    case 'pack':
      pack(action, point);
      return;
    case 'region':
      for (let row = 0; row < rows; row++) for (const op of action.ops) runOp(op, { ...point, row });
  }
}

/** Index into a place's buffer for the row and time of the point. */
function start(place: Place, { rows, time, row }: Point): number {
  const { buffer } = place;
  if (buffer.kind !== 'rows') return place.offset;
  const at = time + place.shift;
  const slot = { one: 0, two: at & 1, all: at }[buffer.slots];
  return (slot * rows + row) * buffer.size + place.offset;
}

const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, i) => sum + value * b[i]!, 0);

function runOp(op: RegionOp, point: Point): void {
  switch (op.kind) {
    case 'nest':
      runNest(op, point);
      break;
    case 'gather':
    case 'scatter':
      runGatherScatter(op, point);
      break;
    default:
      runLaneOp(op, point);
  }
}

function runNest(nest: Nest, point: Point): void {
  const { memory } = point;
  const values = new Float64Array(nest.body.length);
  for (const one of nest.body) if (one.kind === 'reduce') startFold(one, nest, point);
  eachIndex(nest.space, (index) => {
    nest.body.forEach((one, i) => {
      if (one.kind === 'number') values[i] = one.value;
      else if (one.kind === 'apply')
        values[i] = functions[one.name].meaning(...one.args.map((arg) => values[arg]!));
      else {
        const data = memory[one.place.buffer.name]!;
        const at = start(one.place, point) + dot(index, one.strides);
        if (one.kind === 'load') values[i] = data[at]!;
        else if (one.kind === 'store') data[at] = values[one.value]! + (one.add ? data[at]! : 0);
        else data[at] = folds[one.fold].fold(data[at]!, values[one.value]!);
      }
    });
  });
}

function startFold(one: Nest['body'][number] & { kind: 'reduce' }, nest: Nest, point: Point): void {
  if (one.add) return;
  const data = point.memory[one.place.buffer.name]!;
  const first = start(one.place, point);
  eachIndex(nest.space, (index) => {
    data[first + dot(index, one.strides)] = folds[one.fold].start;
  });
}

function runLaneOp(lanes: LaneOp, point: Point): void {
  const input = point.memory[lanes.input.buffer.name]!;
  const output = point.memory[lanes.output.buffer.name]!;
  eachIndex(lanes.outer, (index) => {
    const from = start(lanes.input, point) + dot(index, lanes.inputStrides);
    const to = start(lanes.output, point) + dot(index, lanes.outputStrides);
    const line = Array.from({ length: lanes.length }, (_, i) => input[from + i * lanes.inputStep]!);
    laneOf(lanes, line).forEach((value, i) => {
      output[to + i * lanes.outputStep] = value;
    });
  });
}

function laneOf(lanes: LaneOp, line: readonly number[]): number[] {
  if (lanes.kind === 'sort') {
    const order = sortedPositions(line, lanes.descending);
    return lanes.positions ? order : order.map((from) => line[from]!);
  }
  const { start: first, fold } = folds[lanes.fold];
  const result = new Array<number>(line.length);
  let running: number = first;
  for (let i = 0; i < line.length; i++) {
    const at = lanes.reverse ? line.length - 1 - i : i;
    const after = fold(running, line[at]!);
    result[at] = lanes.exclusive ? running : after;
    running = after;
  }
  return result;
}

function runGatherScatter(op: GatherScatter, point: Point): void {
  const { outer, count, limit, inner } = op;
  const [input, index, output] = [op.input, op.index, op.output].map(
    (place) => point.memory[place.buffer.name]!,
  );
  const [from, list, to] = [start(op.input, point), start(op.index, point), start(op.output, point)];
  if (op.kind === 'scatter') output!.fill(0, to, to + outer * limit * inner);
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < count; i++) {
      const at = (o * limit + index![list + o * op.indexStride + i]!) * inner;
      const row = (o * count + i) * inner;
      for (let j = 0; j < inner; j++)
        if (op.kind === 'gather') output![to + row + j] = input![from + at + j]!;
        else output![to + at + j]! += input![from + row + j]!;
    }
}

const inPanel = (k: number, i: number, j: number) =>
  Math.floor(j / panelWidth) * k * panelWidth + i * panelWidth + (j % panelWidth);

function pack({ k, n, transposed, from, stride, to }: Pack, point: Point): void {
  if (point.rows === 1) return;
  const [source, target] = [from, to].map((place) => point.memory[place.buffer.name]!);
  const [first, out] = [start(from, point), start(to, point)];
  for (let i = 0; i < k; i++)
    for (let j = 0; j < n; j++)
      target![out + inPanel(k, i, j)] = source![first + (transposed ? j * stride + i : i * stride + j)]!;
}

function multiply(product: Product, point: Point, rows: number): void {
  const { k, n, form, leftStride, rightStride, outputStride } = product;
  const panels = point.rows === 1 ? undefined : product.panels;
  const places = [product.left, panels ?? product.right, product.output];
  const [a, b, c] = places.map((place) => point.memory[place.buffer.name]!);
  const [a0, b0, c0] = places.map((place) => start(place, point)) as [number, number, number];
  const m = rows * product.perRow;
  if (form === 'tn') {
    for (let r = 0; r < m; r++)
      for (let i = 0; i < k; i++)
        for (let j = 0; j < n; j++)
          c![c0 + i * outputStride + j]! += a![a0 + r * leftStride + i]! * b![b0 + r * rightStride + j]!;
    return;
  }
  for (let r = 0; r < m; r++)
    for (let j = 0; j < n; j++) {
      let sum = product.add ? c![c0 + r * outputStride + j]! : 0;
      for (let i = 0; i < k; i++) {
        const plain = form === 'nn' ? i * rightStride + j : j * rightStride + i;
        const w = panels ? inPanel(k, i, j) : plain;
        sum += a![a0 + r * leftStride + i]! * b![b0 + w]!;
      }
      c![c0 + r * outputStride + j] = sum;
    }
}
