/** Running sums and products, sorting, and picking at positions known only at run time: plain loops over single floats. */
import type { Pick, Scan } from '../program.ts';
import type { Code, Local } from './assembler.ts';
import type { Frame } from './nest.ts';

/** Runs `body` `count` times; `body` gets the variable that counts from 0. */
function repeat(code: Code, count: number, body: (index: Local) => void): void {
  if (count === 0) return;
  const { i32 } = code.op;
  const index = code.local('i');
  i32.const(0);
  code.set(index);
  code.loop((again) => {
    body(index);
    code.get(index);
    i32.const(1);
    i32.add();
    code.tee(index);
    i32.const(count);
    i32.lt_s();
    code.brIf(again);
  });
  code.release(index);
}

/** Pushes base + index * floats * 4. */
function pushAt(code: Code, base: Local, index: Local, floats: number): void {
  const { i32 } = code.op;
  code.get(base);
  code.get(index);
  i32.const(floats * 4);
  i32.mul();
  i32.add();
}

/** A variable with base + offset in floats. */
function offsetFrom(code: Code, base: Local, floats: number): Local {
  const local = code.local('i');
  code.get(base);
  code.op.i32.const(floats * 4);
  code.op.i32.add();
  code.set(local);
  return local;
}

/** Runs a line for each index of the outer axes, with variables that hold where its input and output begin. */
export function emitScan(frame: Frame, scan: Scan): void {
  const { code } = frame;
  const input = offsetFrom(code, frame.pointer(scan.input), scan.input.offset);
  const output = offsetFrom(code, frame.pointer(scan.output), scan.output.offset);
  overLines(code, scan, { axis: 0, input, output });
  code.release(input, output);
}

interface Line {
  readonly axis: number;
  readonly input: Local;
  readonly output: Local;
}

function overLines(code: Code, scan: Scan, { axis, input, output }: Line): void {
  if (axis === scan.outer.length) {
    if (scan.kind === 'sort') sortLine(code, scan, { axis, input, output });
    else runLine(code, scan, { axis, input, output });
    return;
  }
  repeat(code, scan.outer[axis]!, (index) => {
    const from = code.local('i');
    const to = code.local('i');
    pushAt(code, input, index, scan.inputStrides[axis]!);
    code.set(from);
    pushAt(code, output, index, scan.outputStrides[axis]!);
    code.set(to);
    overLines(code, scan, { axis: axis + 1, input: from, output: to });
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
  repeat(code, length, (i) => {
    index = i;
    if (!scan.exclusive) step();
    pushAt(code, to, i, sign * outputStep);
    code.get(running);
    f32.store(0);
    if (scan.exclusive) step();
  });
  code.release(running, from, to);
}

/** Each element's place is how many come before it; equal ones keep their order. Quadratic, for lines of some hundreds. */
function sortLine(code: Code, scan: Scan, { input, output }: Line): void {
  const { i32, f32 } = code.op;
  const own = code.local('f');
  const other = code.local('f');
  const rank = code.local('i');
  repeat(code, scan.length, (i) => {
    pushAt(code, input, i, scan.inputStep);
    f32.load(0);
    code.set(own);
    i32.const(0);
    code.set(rank);
    repeat(code, scan.length, (j) => {
      pushAt(code, input, j, scan.inputStep);
      f32.load(0);
      code.tee(other);
      code.get(own);
      if (scan.descending) f32.gt();
      else f32.lt();
      code.get(other);
      code.get(own);
      f32.eq();
      code.get(j);
      code.get(i);
      i32.lt_s();
      i32.and();
      i32.or();
      code.get(rank);
      i32.add();
      code.set(rank);
    });
    pushAt(code, output, rank, scan.outputStep);
    if (scan.positions) {
      code.get(i);
      f32.convert_i32_s();
    } else code.get(own);
    f32.store(0);
  });
  code.release(own, other, rank);
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
  repeat(code, outer, (o) =>
    repeat(code, count, (i) => {
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

function moveRow(
  code: Code,
  pick: Pick,
  { table, row }: { readonly table: Local; readonly row: Local },
): void {
  const { f32 } = code.op;
  repeat(code, pick.inner, (j) => {
    if (pick.kind === 'gather') {
      pushAt(code, row, j, 1);
      pushAt(code, table, j, 1);
      f32.load(0);
    } else {
      pushAt(code, table, j, 1);
      pushAt(code, table, j, 1);
      f32.load(0);
      pushAt(code, row, j, 1);
      f32.load(0);
      f32.add();
    }
    f32.store(0);
  });
}
