/**
 * Loop nests as vector code: the last axis four elements at a time, unrolled when it is short, values computed as far out
 * as they vary, sums held in variables. The last few elements of a line that is no multiple of four are computed as a
 * whole vector and stored one by one.
 */
import type { Fold } from '../functions.ts';
import type { Instruction, Nest, Place } from '../program.ts';
import type { Code, Local } from './assembler.ts';
import { element } from './elements.ts';
import { type Lanes, laneMask, loadVector, storeVector } from './nest-memory.ts';
import { collapse } from './nest-space.ts';
import type { Expression, Vectors } from './vectors.ts';

/** The function that a nest is written into. */
export interface Frame {
  readonly code: Code;
  readonly v: Vectors;
  /** The variable with the address that the offset of a place counts from. */
  pointer(place: Place): Local;
}

type Load = Instruction & { kind: 'load' };
type Store = Instruction & { kind: 'store' };
type Reduce = Instruction & { kind: 'reduce' };
type Access = Load | Store | Reduce;

/** How a reduction is done: over axes `from` up to the last (`inner`) or up to the one before it. */
interface Accumulation {
  readonly reduce: Reduce;
  readonly inner: boolean;
  /** First axis of the run of reduced axes that variables hold; -1 for sums kept in memory throughout. */
  readonly from: number;
  /** Whether other reduced axes lie outside of that run, so that results are added up in memory. */
  readonly partial: boolean;
  variables: Local[];
}

interface Walk extends Frame {
  readonly nest: Nest;
  readonly last: number;
  readonly uses: readonly number[];
  /** The axis on which each value varies innermost; -1 for none. */
  readonly levels: readonly number[];
  readonly values: (Expression | undefined)[];
  readonly addresses: Map<string, Local>;
  readonly accumulations: readonly Accumulation[];
  readonly unrolled: boolean;
}

/** Most vectors of a line that are written out one after another. */
const UNROLLED_VECTORS = 8;
/** Most vector instructions of a line written out so. */
const UNROLLED_SIZE = 320;

/** Writes a nest. */
export function emitNest(frame: Frame, given: Nest): void {
  const nest = collapse(given);
  const last = nest.space.length - 1;
  const vectors = Math.ceil(nest.space[last]! / 4);
  const unrolled =
    vectors <= 1 || (vectors <= UNROLLED_VECTORS && vectors * nest.body.length <= UNROLLED_SIZE);
  const accumulations = nest.body
    .filter((one) => one.kind === 'reduce')
    .map((one) => accumulation(one, last, unrolled));
  const walk: Walk = {
    ...frame,
    nest,
    last,
    uses: useCounts(nest),
    levels: levelsOf(nest),
    values: [],
    addresses: new Map(),
    accumulations,
    unrolled,
  };
  for (const one of accumulations)
    if ((one.partial || one.from < 0) && !one.reduce.add) emitNest(frame, startingValues(one.reduce, nest));
  nest.body.forEach((one) => {
    if ('place' in one) walk.addresses.set(keyOf(one), frame.pointer(one.place));
  });
  emitLevel(walk, 0);
}

const keyOf = (one: Access) => `${one.place.buffer} ${one.place.shift} ${one.strides.join(' ')}`;

function useCounts(nest: Nest): number[] {
  const counts = nest.body.map(() => 0);
  for (const one of nest.body) {
    if (one.kind === 'apply') for (const arg of one.args) counts[arg]!++;
    if (one.kind === 'store' || one.kind === 'reduce') counts[one.value]!++;
  }
  return counts;
}

function levelsOf(nest: Nest): number[] {
  const levels: number[] = [];
  for (const one of nest.body) {
    if (one.kind === 'load') levels.push(one.strides.findLastIndex((stride) => stride !== 0));
    else if (one.kind === 'apply') levels.push(Math.max(...one.args.map((arg) => levels[arg]!)));
    else levels.push(-1);
  }
  return levels;
}

function accumulation(reduce: Reduce, last: number, unrolled: boolean): Accumulation {
  const inner = reduce.reduced[last]!;
  let from = inner ? last : last - 1;
  if (from < 0 || !reduce.reduced[from]! || (!inner && !unrolled))
    return { reduce, inner, from: -1, partial: false, variables: [] };
  while (from > 0 && reduce.reduced[from - 1]!) from--;
  const partial = reduce.reduced.some((folded, axis) => folded && axis < from);
  return { reduce, inner, from, partial, variables: [] };
}

const starts: Record<Fold, number> = { sum: 0, product: 1, maximum: -Infinity, minimum: Infinity };

/** A nest that sets a reduction's result to what it starts from. */
function startingValues(reduce: Reduce, nest: Nest): Nest {
  const kept = <T>(list: readonly T[]) => list.filter((_, axis) => !reduce.reduced[axis]);
  const body: Instruction[] = [
    { kind: 'number', value: starts[reduce.fold] },
    { kind: 'store', value: 0, place: reduce.place, strides: kept(reduce.strides), add: false },
  ];
  return { kind: 'nest', name: `${nest.name}.start`, space: kept(nest.space), body };
}

function foldOf(v: Vectors, fold: Fold, a: Expression, b: Expression): Expression {
  switch (fold) {
    case 'sum':
      return v.add(a, b);
    case 'product':
      return v.multiply(a, b);
    case 'maximum':
      return v.greatest(a, b);
    case 'minimum':
      return v.least(a, b);
  }
}

/** What is computed and looped over inside axes 0 ... axis-1. */
function emitLevel(walk: Walk, axis: number): void {
  const { v, last } = walk;
  v.scope(() => {
    walk.nest.body.forEach((one, i) => {
      if (
        walk.levels[i] === axis - 1 &&
        (one.kind === 'load' || one.kind === 'number' || one.kind === 'apply')
      )
        define(walk, i, { address: keptAddress, offset: 0, lanes: 4 });
    });
    const here = walk.accumulations.filter((one) => one.from === axis);
    for (const one of here) begin(walk, one);
    if (axis === last) emitLine(walk);
    else emitLoop(walk, axis);
    for (const one of here) end(walk, one);
    return () => {};
  })();
}

/** Where a vector of the line is: `address` gives the variable for an access, `offset` counts elements along the line. */
interface Position {
  address(walk: Walk, one: Access): Expression;
  readonly offset: number;
  readonly lanes: Lanes;
  /** Which vector of an unrolled line this is. */
  readonly vector?: number;
}

const keptAddress = (walk: Walk, one: Access): Expression => {
  const local = walk.addresses.get(keyOf(one))!;
  return () => walk.code.get(local);
};

function emitLoop(walk: Walk, axis: number): void {
  const { code, nest, addresses } = walk;
  const outer = new Map(addresses);
  const moving: [Local, number][] = [];
  for (const one of nest.body) {
    if (!('place' in one)) continue;
    const key = keyOf(one);
    const stride = one.strides[axis]!;
    if (stride === 0 || addresses.get(key) !== outer.get(key)) continue;
    const own = code.local('i');
    code.get(outer.get(key)!);
    code.set(own);
    addresses.set(key, own);
    moving.push([own, stride * 4]);
  }
  const count = code.local('i');
  code.op.i32.const(nest.space[axis]!);
  code.set(count);
  code.loop((again) => {
    emitLevel(walk, axis + 1);
    for (const [local, bytes] of moving) advance(code, local, bytes);
    advance(code, count, -1, true);
    code.brIf(again);
  });
  code.release(count, ...moving.map(([local]) => local));
  for (const [key, local] of outer) addresses.set(key, local);
}

/** local += by; leaves the sum on the stack when asked to. */
function advance(code: Code, local: Local, by: number, leave = false): void {
  code.get(local);
  code.op.i32.const(by);
  code.op.i32.add();
  if (leave) code.tee(local);
  else code.set(local);
}

/** The last axis: whole vectors, then what is left. */
function emitLine(walk: Walk): void {
  const size = walk.nest.space[walk.last]!;
  const whole = Math.floor(size / 4);
  const rest = (size % 4) as Lanes | 0;
  if (walk.unrolled)
    for (let vector = 0; vector < whole; vector++)
      emitVector(walk, { address: keptAddress, offset: vector * 4, lanes: 4, vector });
  else if (whole > 0) emitLineLoop(walk, whole);
  if (rest > 0)
    emitVector(walk, { address: keptAddress, offset: whole * 4, lanes: rest as Lanes, vector: whole });
}

function emitLineLoop(walk: Walk, count: number): void {
  const { code, nest, last, addresses } = walk;
  const along = code.local('i');
  code.op.i32.const(0);
  code.set(along);
  const strided = new Map<string, { local: Local; bytes: number }>();
  for (const one of nest.body) {
    if (!('place' in one) || [0, 1].includes(one.strides[last]!) || strided.has(keyOf(one))) continue;
    const local = code.local('i');
    code.get(addresses.get(keyOf(one))!);
    code.set(local);
    strided.set(keyOf(one), { local, bytes: one.strides[last]! * 16 });
  }
  const address = (_: Walk, one: Access): Expression => {
    const own = strided.get(keyOf(one));
    if (own) return () => code.get(own.local);
    return () => {
      code.get(addresses.get(keyOf(one))!);
      code.get(along);
      code.op.i32.add();
    };
  };
  code.loop((again) => {
    emitVector(walk, { address, offset: 0, lanes: 4 });
    for (const { local, bytes } of strided.values()) advance(code, local, bytes);
    advance(code, along, 16, true);
    code.op.i32.const(count * 16);
    code.op.i32.ne();
    code.brIf(again);
  });
  code.release(along, ...[...strided.values()].map(({ local }) => local));
}

/** All that is done for four elements of a line, or for the last few. */
function emitVector(walk: Walk, at: Position): void {
  const { v, nest, levels, last } = walk;
  v.scope(() => {
    nest.body.forEach((one, i) => {
      if (one.kind === 'store') store(walk, one, at);
      else if (one.kind === 'reduce') accumulate(walk, one, at);
      else if (levels[i] === last) define(walk, i, at);
    });
    return () => {};
  })();
}

/** Makes a value known: kept in a variable when it is read more than once, else written where it is read. */
function define(walk: Walk, index: number, at: Position): void {
  const { v, nest, uses, levels, last } = walk;
  const one = nest.body[index]!;
  const value =
    one.kind === 'apply'
      ? applied(walk, one)
      : one.kind === 'number'
        ? v.number(one.value)
        : loaded(walk, one as Load, at);
  // A load comes before stores to the same place; what varies less than its readers is worth a variable.
  const keep = one.kind === 'load' || (one.kind === 'apply' && (uses[index]! > 1 || levels[index]! < last));
  walk.values[index] = keep && uses[index]! > 0 ? v.keep(value) : value;
}

function loaded(walk: Walk, one: Load, at: Position): Expression {
  const stride = one.strides[walk.last]!;
  const address = at.address(walk, one);
  return loadVector(walk.code, address, {
    element: one.place.offset + at.offset * stride,
    stride,
    lanes: at.lanes,
  });
}

function applied(walk: Walk, one: Instruction & { kind: 'apply' }): Expression {
  const { v, values } = walk;
  const args = one.args.map((arg) => values[arg]!);
  const [a, b] = one.args as [number, number];
  if (one.name === 'add' && onlyHere(walk, b)) return v.multiplyAdd(...factors(walk, b), args[0]!);
  if (one.name === 'add' && onlyHere(walk, a)) return v.multiplyAdd(...factors(walk, a), args[1]!);
  if (one.name === 'subtract' && onlyHere(walk, b)) return v.multiplySubtract(...factors(walk, b), args[0]!);
  return element(v, one.name, args);
}

/** Whether a value is a product that nothing else reads and that is computed where it is read. */
function onlyHere(walk: Walk, index: number): boolean {
  const one = walk.nest.body[index]!;
  return (
    one.kind === 'apply' &&
    one.name === 'multiply' &&
    walk.uses[index] === 1 &&
    walk.levels[index] === walk.last
  );
}

function factors(walk: Walk, index: number): [Expression, Expression] {
  const one = walk.nest.body[index] as Instruction & { kind: 'apply' };
  return [walk.values[one.args[0]!]!, walk.values[one.args[1]!]!];
}

function store(walk: Walk, one: Store, at: Position): void {
  const { code, v, last } = walk;
  const stride = one.strides[last]!;
  const spot = { element: one.place.offset + at.offset * stride, stride, lanes: at.lanes };
  const address = at.address(walk, one);
  const value = walk.values[one.value]!;
  storeVector(code, address, one.add ? v.add(loadVector(code, address, spot), value) : value, spot);
}

/** Variables of a reduction set to what it starts from: one, or one a vector of the line. */
function begin(walk: Walk, one: Accumulation): void {
  const { code, v, nest, last } = walk;
  const count = one.inner ? 1 : Math.ceil(nest.space[last]! / 4);
  one.variables = Array.from({ length: count }, () => {
    const local = code.local('v');
    v.number(starts[one.reduce.fold])();
    code.set(local);
    return local;
  });
}

function accumulate(walk: Walk, reduce: Reduce, at: Position): void {
  const { code, v, last, values } = walk;
  const one = walk.accumulations.find((accumulation) => accumulation.reduce === reduce)!;
  if (one.from < 0) {
    accumulateInMemory(walk, reduce, at);
    return;
  }
  const local = one.variables[one.inner ? 0 : at.vector!]!;
  const value = values[reduce.value]!;
  if (one.inner && at.lanes < 4) {
    const masked = v.select(laneMask(v, at.lanes), value, v.number(starts[reduce.fold]));
    foldOf(v, reduce.fold, v.read(local), masked)();
  } else if (reduce.fold === 'sum' && onlyHere(walk, reduce.value) && last >= 0)
    v.multiplyAdd(...factors(walk, reduce.value), v.read(local))();
  else foldOf(v, reduce.fold, v.read(local), value)();
  code.set(local);
}

/** The result so far is read, folded with and written for each vector. */
function accumulateInMemory(walk: Walk, reduce: Reduce, at: Position): void {
  const { code, v, last } = walk;
  const stride = reduce.strides[last]!;
  const spot = { element: reduce.place.offset + at.offset * stride, stride, lanes: at.lanes };
  const address = at.address(walk, reduce);
  const before = loadVector(code, address, spot);
  storeVector(code, address, foldOf(v, reduce.fold, before, walk.values[reduce.value]!), spot);
}

/** Variables of a reduction folded together and written. */
function end(walk: Walk, one: Accumulation): void {
  const { code, v, nest, last } = walk;
  const { reduce, variables } = one;
  const merge = reduce.add || one.partial;
  const address = keptAddress(walk, reduce);
  const write = (value: Expression, spot: { element: number; stride: number; lanes: Lanes }) =>
    storeVector(
      code,
      address,
      merge ? foldOf(v, reduce.fold, loadVector(code, address, spot), value) : value,
      spot,
    );
  if (one.inner) {
    const local = variables[0]!;
    for (const lanes of [swapHalves, swapNeighbors]) {
      foldOf(v, reduce.fold, v.read(local), () => {
        code.get(local);
        code.get(local);
        code.op.i8x16.shuffle(lanes);
      })();
      code.set(local);
    }
    write(v.read(local), { element: reduce.place.offset, stride: 1, lanes: 1 });
  } else
    variables.forEach((local, vector) => {
      const stride = reduce.strides[last]!;
      const lanes = Math.min(4, nest.space[last]! - vector * 4) as Lanes;
      write(v.read(local), { element: reduce.place.offset + vector * 4 * stride, stride, lanes });
    });
  code.release(...variables);
}

const swapHalves = [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7];
const swapNeighbors = [4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11];
