/** Running sums and products, sorting, and picking at positions known only at run time. */
import type { Pick, Scan } from '../schedule/program.ts';
import type { Code, Local } from '../wasm/assembler.ts';
import { offsetFrom, pushAt } from '../wasm/lines.ts';
import { repeatCounting } from '../wasm/loops.ts';
import type { Frame } from './loop-nest/nest.ts';
import { emitSort } from './sort.ts';

/** Runs a line for each index of the outer axes, with variables that hold where its input and output begin. */
export function emitScan(frame: Frame, scan: Scan): void {
  const { code } = frame;
  const input = offsetFrom(code, frame.pointer(scan.input), scan.input.offset);
  const output = offsetFrom(code, frame.pointer(scan.output), scan.output.offset);
  overLines(frame, scan, { axis: 0, input, output });
  code.release(input, output);
}

interface Line {
  readonly axis: number;
  readonly input: Local;
  readonly output: Local;
}

function overLines(frame: Frame, scan: Scan, { axis, input, output }: Line): void {
  const { code } = frame;
  if (axis === scan.outer.length) {
    if (scan.kind === 'sort') emitSort(frame, { scan, input, output });
    else runLine(code, scan, { axis, input, output });
    return;
  }
  repeatCounting(code, scan.outer[axis]!, (index) => {
    const from = code.local('i');
    const to = code.local('i');
    pushAt(code, input, index, scan.inputStrides[axis]!);
    code.set(from);
    pushAt(code, output, index, scan.outputStrides[axis]!);
    code.set(to);
    overLines(frame, scan, { axis: axis + 1, input: from, output: to });
    code.release(from, to);
  });
}

function runLine(code: Code, scan: Scan, { input, output }: Line): void {
  const { f32 } = code.op;
  const { length, reverse, inputStep, outputStep } = scan;
  const running = code.local('f');
  const from = offsetFrom(code, input, reverse ? (length - 1) * inputStep : 0);
  const to = offsetFrom(code, output, reverse ? (length - 1) * outputStep : 0);
  const sign = reverse ? -1 : 1;
  const step = () => {
    code.get(running);
    pushAt(code, from, index!, sign * inputStep);
    f32.load(0);
    if (scan.fold === 'sum') f32.add();
    else f32.mul();
    code.set(running);
  };
  let index: Local | undefined;
  f32.const(scan.fold === 'sum' ? 0 : 1);
  code.set(running);
  repeatCounting(code, length, (i) => {
    index = i;
    if (!scan.exclusive) step();
    pushAt(code, to, i, sign * outputStep);
    code.get(running);
    f32.store(0);
    if (scan.exclusive) step();
  });
  code.release(running, from, to);
}

/** Rows copied from, or added to, positions that a list holds as floats. */
export function emitPick(frame: Frame, pick: Pick): void {
  const { code } = frame;
  const { i32, memory } = code.op;
  const { outer, count, limit, inner } = pick;
  const input = offsetFrom(code, frame.pointer(pick.input), pick.input.offset);
  const list = offsetFrom(code, frame.pointer(pick.index), pick.index.offset);
  const output = offsetFrom(code, frame.pointer(pick.output), pick.output.offset);
  if (pick.kind === 'scatter') {
    code.get(output);
    i32.const(0);
    i32.const(outer * limit * inner * 4);
    memory.fill();
  }
  const table = code.local('i');
  const row = code.local('i');
  repeatCounting(code, outer, (o) =>
    repeatCounting(code, count, (i) => {
      pushAt(code, list, i, 1);
      code.get(o);
      i32.const(pick.indexStride * 4);
      i32.mul();
      i32.add();
      positionIn(code, limit);
      code.get(o);
      i32.const(limit);
      i32.mul();
      i32.add();
      i32.const(inner * 4);
      i32.mul();
      code.get(pick.kind === 'gather' ? input : output);
      i32.add();
      code.set(table);
      code.get(o);
      i32.const(count);
      i32.mul();
      code.get(i);
      i32.add();
      i32.const(inner * 4);
      i32.mul();
      code.get(pick.kind === 'gather' ? output : input);
      i32.add();
      code.set(row);
      moveRow(code, pick, { table, row });
    }),
  );
  code.release(table, row, input, list, output);
}

/** Pops an address, pushes the whole number there, held inside 0 ... limit-1 so that no list can reach elsewhere. */
function positionIn(code: Code, limit: number): void {
  const { i32, f32 } = code.op;
  f32.load(0);
  f32.const(0);
  f32.max();
  f32.const(limit - 1);
  f32.min();
  i32.trunc_sat_f32_s();
}

/** Copies a row of the table, or adds to it, four floats at a time; a vector of it does not depend on the one before. */
function moveRow(
  code: Code,
  pick: Pick,
  { table, row }: { readonly table: Local; readonly row: Local },
): void {
  const { f32, f32x4, v128 } = code.op;
  const [from, to] = pick.kind === 'gather' ? [table, row] : [row, table];
  const move = (push: (base: Local) => void, { load, add, store }: Move, offset: number) => {
    push(to);
    push(from);
    load(offset);
    if (pick.kind === 'scatter') {
      push(to);
      load(offset);
      add();
    }
    store(offset);
  };
  const vectors = Math.floor(pick.inner / 4);
  const vector = { load: v128.load, add: f32x4.add, store: v128.store };
  repeatCounting(code, vectors, (j) => move((base) => pushAt(code, base, j, 4), vector, 0));
  for (let j = vectors * 4; j < pick.inner; j++) move((base) => code.get(base), f32, j * 4);
}

/** Instructions for one width. */
interface Move {
  load(offset: number): void;
  add(): void;
  store(offset: number): void;
}
