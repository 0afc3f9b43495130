/** Running sums and products, sorting, and picking at positions known only at run time. */
import type { Pick, Scan } from '../schedule/program.ts';
import type { Code, Local } from '../wasm/assembler.ts';
import { elementAt, floatsOn, type Int, int, push, set, variable } from '../wasm/integers.ts';
import { addressIn, type Frame } from './loop-nest/nest.ts';
import { repeatCounting } from './loops.ts';
import { emitSort } from './sort.ts';

/** Runs a line for each index of the outer axes, with variables that hold where its input and output begin. */
export function emitScan(frame: Frame, scan: Scan): void {
  const { code } = frame;
  const input = variable(code, addressIn(frame, scan.input));
  const output = variable(code, addressIn(frame, scan.output));
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
    set(code, from, elementAt(input, index, scan.inputStrides[axis]!));
    set(code, to, elementAt(output, index, scan.outputStrides[axis]!));
    overLines(frame, scan, { axis: axis + 1, input: from, output: to });
    code.release(from, to);
  });
}

function runLine(code: Code, scan: Scan, { input, output }: Line): void {
  const { f32 } = code.op;
  const { length, reverse, inputStep, outputStep } = scan;
  const running = code.local('f');
  const from = variable(code, floatsOn(input, reverse ? (length - 1) * inputStep : 0));
  const to = variable(code, floatsOn(output, reverse ? (length - 1) * outputStep : 0));
  const sign = reverse ? -1 : 1;
  const step = (index: Local) => {
    push(code, running, elementAt(from, index, sign * inputStep));
    f32.load(0);
    if (scan.fold === 'sum') f32.add();
    else f32.mul();
    code.set(running);
  };
  f32.const(scan.fold === 'sum' ? 0 : 1);
  code.set(running);
  repeatCounting(code, length, (index) => {
    if (!scan.exclusive) step(index);
    push(code, elementAt(to, index, sign * outputStep), running);
    f32.store(0);
    if (scan.exclusive) step(index);
  });
  code.release(running, from, to);
}

/** Rows copied from, or added to, positions that a list holds as floats. */
export function emitPick(frame: Frame, pick: Pick): void {
  const { code } = frame;
  const { outer, count, limit, inner } = pick;
  const input = variable(code, addressIn(frame, pick.input));
  const list = variable(code, addressIn(frame, pick.index));
  const output = variable(code, addressIn(frame, pick.output));
  if (pick.kind === 'scatter') {
    push(code, output, 0, outer * limit * inner * 4);
    code.op.memory.fill();
  }
  const [whole, part] = pick.kind === 'gather' ? [input, output] : [output, input];
  const table = code.local('i');
  const row = code.local('i');
  repeatCounting(code, outer, (o) =>
    repeatCounting(code, count, (i) => {
      const position = positionAt(elementAt(elementAt(list, i, 1), o, pick.indexStride), limit);
      const inTable = int.add(position, int.mul(o, limit));
      set(code, table, int.add(int.mul(inTable, inner * 4), whole));
      set(code, row, int.add(int.mul(int.add(int.mul(o, count), i), inner * 4), part));
      moveRow(code, pick, { table, row });
    }),
  );
  code.release(table, row, input, list, output);
}

/** The whole number at an address, held inside 0 ... limit-1 so that no list can reach elsewhere. */
function positionAt(address: Int, limit: number): Int {
  return (code) => {
    const { i32, f32 } = code.op;
    push(code, address);
    f32.load(0);
    f32.const(0);
    f32.max();
    f32.const(limit - 1);
    f32.min();
    i32.trunc_sat_f32_s();
  };
}

/** Copies a row of the table, or adds to it, four floats at a time; a vector of it does not depend on the one before. */
function moveRow(
  code: Code,
  pick: Pick,
  { table, row }: { readonly table: Local; readonly row: Local },
): void {
  const { f32, f32x4, v128 } = code.op;
  const [from, to] = pick.kind === 'gather' ? [table, row] : [row, table];
  const move = (at: (base: Local) => Int, { load, add, store }: Move, offset: number) => {
    push(code, at(to), at(from));
    load(offset);
    if (pick.kind === 'scatter') {
      push(code, at(to));
      load(offset);
      add();
    }
    store(offset);
  };
  const vectors = Math.floor(pick.inner / 4);
  const vector = { load: v128.load, add: f32x4.add, store: v128.store };
  repeatCounting(code, vectors, (j) => move((base) => elementAt(base, j, 4), vector, 0));
  for (let j = vectors * 4; j < pick.inner; j++) move((base) => base, f32, j * 4);
}

/** Instructions for one width. */
interface Move {
  load(offset: number): void;
  add(): void;
  store(offset: number): void;
}
