/**
 * A lowered program run by plain loops in float64: what the WebAssembly backend is checked against, and what tells a fault
 * of planning from a fault of code generation.
 */
import { folds, functions, sortedPositions } from '../ir/functions.ts';
import { eachIndex } from '../ir/meaning.ts';
import {
  type Action,
  type Buffer,
  type Nest,
  type Pack,
  type Phase,
  type Pick,
  type Place,
  type Product,
  type Program,
  panelWidth,
  type Scan,
  type Step,
} from './program.ts';

/** Memory of a program for some batch: one list of buffers a shard; fixed buffers are the same objects in all. */
export interface Machine {
  readonly program: Program;
  readonly length: number;
  readonly shards: readonly { readonly rows: number; readonly memory: readonly Float64Array[] }[];
}

/** How many floats a buffer takes for B rows and T steps. */
export function bufferSize(buffer: Buffer, rows: number, length: number): number {
  if (buffer.kind !== 'rows') return buffer.size;
  const slots = { one: 1, two: 2, all: length + (buffer.extra ? 1 : 0) }[buffer.slots];
  return buffer.size * slots * rows;
}

/** Memory filled with constants and zeros. */
export function machine(program: Program, length: number, shardRows: readonly number[]): Machine {
  const fixed = program.buffers.map((buffer) =>
    buffer.kind === 'fixed' ? new Float64Array(buffer.size) : undefined,
  );
  for (const { buffer, offset, values } of program.data) fixed[buffer]!.set(values, offset);
  const shards = shardRows.map((rows) => ({
    rows,
    memory: program.buffers.map(
      (buffer, id) => fixed[id] ?? new Float64Array(bufferSize(buffer, rows, length)).fill(Number.NaN),
    ),
  }));
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
  readonly memory: readonly Float64Array[];
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
      point.memory[action.buffer]!.fill(0);
      return;
    case 'sum-shards':
      point.memory[action.to]!.forEach((_, i, to) => {
        to[i] = point.on.shards.reduce((sum, shard) => sum + shard.memory[action.from]![i]!, 0);
      });
      return;
    case 'product':
      multiply(action, point, rows);
      return;
    case 'pack':
      pack(action, point);
      return;
    case 'region':
      for (let row = 0; row < rows; row++) for (const step of action.steps) runStep(step, { ...point, row });
  }
}

/** Index into a place's buffer for the row and time of the point. */
function start(place: Place, { on, rows, time, row }: Point): number {
  const buffer = on.program.buffers[place.buffer]!;
  if (buffer.kind !== 'rows') return place.offset;
  const at = time + place.shift;
  const slot = { one: 0, two: at & 1, all: at }[buffer.slots];
  return (slot * rows + row) * buffer.size + place.offset;
}

const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, i) => sum + value * b[i]!, 0);

function runStep(step: Step, point: Point): void {
  switch (step.kind) {
    case 'nest':
      runNest(step, point);
      break;
    case 'gather':
    case 'scatter':
      runPick(step, point);
      break;
    default:
      runScan(step, point);
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
        const data = memory[one.place.buffer]!;
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
  const data = point.memory[one.place.buffer]!;
  const first = start(one.place, point);
  eachIndex(nest.space, (index) => {
    data[first + dot(index, one.strides)] = folds[one.fold].start;
  });
}

function runScan(scan: Scan, point: Point): void {
  const input = point.memory[scan.input.buffer]!;
  const output = point.memory[scan.output.buffer]!;
  eachIndex(scan.outer, (index) => {
    const from = start(scan.input, point) + dot(index, scan.inputStrides);
    const to = start(scan.output, point) + dot(index, scan.outputStrides);
    const line = Array.from({ length: scan.length }, (_, i) => input[from + i * scan.inputStep]!);
    scanned(scan, line).forEach((value, i) => {
      output[to + i * scan.outputStep] = value;
    });
  });
}

function scanned(scan: Scan, line: readonly number[]): number[] {
  if (scan.kind === 'sort') {
    const order = sortedPositions(line, scan.descending);
    return scan.positions ? order : order.map((from) => line[from]!);
  }
  const { start: first, fold } = folds[scan.fold];
  const result = new Array<number>(line.length);
  let running: number = first;
  for (let i = 0; i < line.length; i++) {
    const at = scan.reverse ? line.length - 1 - i : i;
    const after = fold(running, line[at]!);
    result[at] = scan.exclusive ? running : after;
    running = after;
  }
  return result;
}

function runPick(pick: Pick, point: Point): void {
  const { outer, count, limit, inner } = pick;
  const [input, index, output] = [pick.input, pick.index, pick.output].map(
    (place) => point.memory[place.buffer]!,
  );
  const [from, list, to] = [start(pick.input, point), start(pick.index, point), start(pick.output, point)];
  if (pick.kind === 'scatter') output!.fill(0, to, to + outer * limit * inner);
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < count; i++) {
      const at = (o * limit + index![list + o * pick.indexStride + i]!) * inner;
      const row = (o * count + i) * inner;
      for (let j = 0; j < inner; j++)
        if (pick.kind === 'gather') output![to + row + j] = input![from + at + j]!;
        else output![to + at + j]! += input![from + row + j]!;
    }
}

const inPanel = (k: number, i: number, j: number) =>
  Math.floor(j / panelWidth) * k * panelWidth + i * panelWidth + (j % panelWidth);

function pack({ k, n, transposed, from, stride, to }: Pack, point: Point): void {
  if (point.rows === 1) return;
  const [source, target] = [from, to].map((place) => point.memory[place.buffer]!);
  const [first, out] = [start(from, point), start(to, point)];
  for (let i = 0; i < k; i++)
    for (let j = 0; j < n; j++)
      target![out + inPanel(k, i, j)] = source![first + (transposed ? j * stride + i : i * stride + j)]!;
}

function multiply(product: Product, point: Point, rows: number): void {
  const { k, n, form, leftStride, rightStride, outputStride } = product;
  const panels = point.rows === 1 ? undefined : product.panels;
  const places = [product.left, panels ?? product.right, product.output];
  const [a, b, c] = places.map((place) => point.memory[place.buffer]!);
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
