/** Running sums and products, sorting, and picking at positions known only at run time. */
import type { GatherScatter, LaneOp } from '../schedule/program.ts';
import type { Code, Local } from '../wasm/assembler.ts';
import { elementAt, floatsOn, type Int, int, push, set, variable } from '../wasm/integers.ts';
import { addressIn, type Frame } from './loop-nest/nest.ts';
import { repeatCounting } from './loops.ts';
import { emitSort } from './sort.ts';

/** Runs a line for each index of the outer axes, with variables that hold where its input and output begin. */
export function emitLaneOp(frame: Frame, lanes: LaneOp): void {
  const { code } = frame;
  const input = variable(code, addressIn(frame, lanes.input));
  const output = variable(code, addressIn(frame, lanes.output));
  overLines(frame, lanes, { axis: 0, input, output });
  code.release(input, output);
}

interface Line {
  readonly axis: number;
  readonly input: Local;
  readonly output: Local;
}

function overLines(frame: Frame, lanes: LaneOp, { axis, input, output }: Line): void {
  const { code } = frame;
  if (axis === lanes.outer.length) {
    if (lanes.kind === 'sort') emitSort(frame, { lanes, input, output });
    else runLine(code, lanes, { axis, input, output });
    return;
  }
  repeatCounting(code, lanes.outer[axis]!, (index) => {
    const from = code.local('i');
    const to = code.local('i');
    set(code, from, elementAt(input, index, lanes.inputStrides[axis]!));
    set(code, to, elementAt(output, index, lanes.outputStrides[axis]!));
    overLines(frame, lanes, { axis: axis + 1, input: from, output: to });
    code.release(from, to);
  });
}

function runLine(code: Code, lanes: LaneOp & { readonly kind: 'cumulative' }, { input, output }: Line): void {
  const { f32 } = code.op;
  const { length, reverse, inputStep, outputStep } = lanes;
  const running = code.local('f');
  const from = variable(code, floatsOn(input, reverse ? (length - 1) * inputStep : 0));
  const to = variable(code, floatsOn(output, reverse ? (length - 1) * outputStep : 0));
  const sign = reverse ? -1 : 1;
  const step = (index: Local) => {
    push(code, running, elementAt(from, index, sign * inputStep));
    f32.load(0);
    if (lanes.fold === 'sum') f32.add();
    else f32.mul();
    code.set(running);
  };
  f32.const(lanes.fold === 'sum' ? 0 : 1);
  code.set(running);
  repeatCounting(code, length, (index) => {
    if (!lanes.exclusive) step(index);
    push(code, elementAt(to, index, sign * outputStep), running);
    f32.store(0);
    if (lanes.exclusive) step(index);
  });
  code.release(running, from, to);
}

/** Rows copied from, or added to, positions that a list holds as floats. */
export function emitGatherScatter(frame: Frame, op: GatherScatter): void {
  const { code } = frame;
  const { outer, count, limit, inner } = op;
  const input = variable(code, addressIn(frame, op.input));
  const list = variable(code, addressIn(frame, op.index));
  const output = variable(code, addressIn(frame, op.output));
  if (op.kind === 'scatter') {
    push(code, output, 0, outer * limit * inner * 4);
    code.op.memory.fill();
  }
  const [whole, part] = op.kind === 'gather' ? [input, output] : [output, input];
  const table = code.local('i');
  const row = code.local('i');
  repeatCounting(code, outer, (o) =>
    repeatCounting(code, count, (i) => {
      const position = positionAt(elementAt(elementAt(list, i, 1), o, op.indexStride), limit);
      const inTable = int.add(position, int.mul(o, limit));
      set(code, table, int.add(int.mul(inTable, inner * 4), whole));
      set(code, row, int.add(int.mul(int.add(int.mul(o, count), i), inner * 4), part));
      moveRow(code, op, { table, row });
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
  op: GatherScatter,
  { table, row }: { readonly table: Local; readonly row: Local },
): void {
  const { f32, f32x4, v128 } = code.op;
  const [from, to] = op.kind === 'gather' ? [table, row] : [row, table];
  const move = (at: (base: Local) => Int, { load, add, store }: Move, offset: number) => {
    push(code, at(to), at(from));
    load(offset);
    if (op.kind === 'scatter') {
      push(code, at(to));
      load(offset);
      add();
    }
    store(offset);
  };
  const vectors = Math.floor(op.inner / 4);
  const vector = { load: v128.load, add: f32x4.add, store: v128.store };
  repeatCounting(code, vectors, (j) => move((base) => elementAt(base, j, 4), vector, 0));
  for (let j = vectors * 4; j < op.inner; j++) move((base) => base, f32, j * 4);
}

/** Instructions for one width. */
interface Move {
  load(offset: number): void;
  add(): void;
  store(offset: number): void;
}
