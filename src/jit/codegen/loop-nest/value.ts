/** The values of a nest: what each instruction of its body is as vector code, and how reductions gather them. */
import { type Fold, folds } from '../../ir/functions.ts';
import type { Code, Local } from '../../wasm/assembler.ts';
import { type Int, int } from '../../wasm/integers.ts';
import type { Expression, Vectors } from '../../wasm/vectors.ts';
import { element } from '../elements.ts';
import { logOfPositive } from '../math.ts';
import { sumsOf } from '../matmul/tiles.ts';
import { type Lanes, loadVector, type Spot, storeVector } from '../memory.ts';
import {
  type Access,
  type Accumulation,
  type Apply,
  keyOf,
  type NestPlan,
  type Reduce,
  type Store,
} from './plan.ts';

/** A nest being written. */
export interface Walk {
  readonly code: Code;
  readonly v: Vectors;
  readonly plan: NestPlan;
  /** Values known at this point, by their place in the body. */
  values: (Expression | undefined)[];
  /** Where accesses count from, by `keyOf`; `lift` is how many floats that lies above what their offsets mean. */
  readonly addresses: Map<string, { readonly local: Local; readonly lift: number }>;
  readonly variables: Map<Reduce, Local[]>;
}

/** A vector of a tile: its line, and where along the line it begins. */
export interface Position {
  readonly row: number;
  readonly offset: number;
  readonly lanes: Lanes;
  /** Variables of the loop along the line. */
  readonly loop?: {
    readonly along: Local;
    readonly apart: ReadonlyMap<string, { readonly local: Local; readonly lift: number }>;
  };
}

/** The first vector of a tile. */
export const START: Position = { row: 0, offset: 0, lanes: 4 };

/** The address variable and the elements of an access. */
function locate({ plan, addresses }: Walk, one: Access, at: Position): { address: Int; spot: Spot } {
  const { last, rowAxis } = plan;
  const { local, lift } = addresses.get(keyOf(one))!;
  const stride = one.strides[last]!;
  const line = rowAxis >= 0 ? at.row * one.strides[rowAxis]! : 0;
  const element = one.place.offset - lift + line + at.offset * stride;
  const spot = { element, stride, lanes: at.lanes };
  if (!at.loop || stride === 0) return { address: local, spot };
  const apart = at.loop.apart.get(keyOf(one));
  if (apart) return { address: apart.local, spot: { ...spot, element: element - apart.lift } };
  return { address: int.add(local, at.loop.along), spot };
}

/**
 * Makes a value known: kept in a variable when it is read more than once, else written where it is read.
 * @param shared whether other lines read it too
 */
export function define(walk: Walk, index: number, at: Position, shared = false): void {
  const { v, plan } = walk;
  const { nest, uses, levels, last } = plan;
  const one = nest.body[index]!;
  if (one.kind === 'number') {
    walk.values[index] = v.number(one.value);
    return;
  }
  if (uses[index] === 0) return;
  // A load comes before stores to the same place; what varies less than its readers is worth a variable.
  if (one.kind === 'load') {
    const { address, spot } = locate(walk, one, at);
    walk.values[index] = v.keep(loadVector(v, address, spot));
    return;
  }
  const value = applied(walk, one as Apply);
  walk.values[index] = shared || uses[index]! > 1 || levels[index]! < last ? v.keep(value) : value;
}

function applied(walk: Walk, one: Apply): Expression {
  const { v, values, plan } = walk;
  const { body } = plan.nest;
  const args = one.args.map((arg) => values[arg]!);
  const [a, b] = one.args as [number, number];
  const isNumber = (index: number) => body[index]!.kind === 'number';
  switch (one.name) {
    case 'add':
      if (isLoneProduct(walk, b)) return v.multiplyAdd(...factors(walk, b), args[0]!);
      if (isLoneProduct(walk, a)) return v.multiplyAdd(...factors(walk, a), args[1]!);
      break;
    case 'subtract':
      if (isLoneProduct(walk, b)) return v.multiplySubtract(...factors(walk, b), args[0]!);
      break;
    case 'maximum':
      // One instruction: it keeps a NaN of its first operand, and a number is none.
      if (isNumber(b)) return v.max(args[0]!, args[1]!);
      if (isNumber(a)) return v.max(args[1]!, args[0]!);
      break;
    case 'minimum':
      if (isNumber(b)) return v.min(args[0]!, args[1]!);
      if (isNumber(a)) return v.min(args[1]!, args[0]!);
      break;
    case 'log':
      if (plan.lowerBounds[a]! >= 2 ** -126) return logOfPositive(v, args[0]!);
      break;
  }
  return element(v, one.name, args);
}

/** Whether a value is a product that nothing else reads and that is computed where it is read. */
function isLoneProduct({ plan }: Walk, index: number): boolean {
  const { nest, uses, levels, last, byRow, height } = plan;
  const one = nest.body[index]!;
  if (one.kind !== 'apply' || one.name !== 'multiply') return false;
  return uses[index] === 1 && levels[index] === last && (byRow[index]! || height === 1);
}

function factors({ values, plan }: Walk, index: number): [Expression, Expression] {
  const { args } = plan.nest.body[index] as Apply;
  return [values[args[0]!]!, values[args[1]!]!];
}

/** Writes a value of the nest. */
export function store(walk: Walk, one: Store, at: Position): void {
  const { v } = walk;
  const { address, spot } = locate(walk, one, at);
  const value = walk.values[one.value]!;
  storeVector(v, address, one.add ? v.add(loadVector(v, address, spot), value) : value, spot);
}

/** Two partial results made one; `b` is read twice for a maximum or minimum, and a NaN of either stays. */
function foldOf(v: Vectors, fold: Fold, a: Expression, b: Expression): Expression {
  switch (fold) {
    case 'sum':
      return v.add(a, b);
    case 'product':
      return v.multiply(a, b);
    case 'maximum':
      return v.or(v.max(a, b), v.notEqual(b, b));
    case 'minimum':
      return v.or(v.min(a, b), v.notEqual(b, b));
  }
}

/** Folds a value, computed once, onto a variable. */
function foldOnto(v: Vectors, fold: Fold, local: Local, value: Expression): void {
  v.scoped(() => {
    const once = fold === 'maximum' || fold === 'minimum' ? v.keep(value) : value;
    v.set(local, foldOf(v, fold, v.read(local), once));
  });
}

/** Variables of a reduction set to what it starts from: one a line of the tile, or one a vector of the line. */
export function begin(walk: Walk, one: Accumulation, rows = walk.plan.height): void {
  const { v, plan, variables } = walk;
  const start = v.number(folds[one.reduce.fold].start);
  const length = one.holding === 'lanes' ? rows : plan.vectors;
  variables.set(
    one.reduce,
    Array.from({ length }, () => v.variable(start)),
  );
}

/** Takes a vector of values into a reduction; `lines` holds what the lines of this tile came to so far. */
export function accumulate(walk: Walk, reduce: Reduce, at: Position, lines: Map<Reduce, Local>): void {
  const { v, plan, values, variables } = walk;
  const { holding } = plan.accumulations.get(reduce)!;
  const value = values[reduce.value]!;
  if (holding === 'memory') {
    writeResult(walk, { reduce, merge: true }, value, locate(walk, reduce, at));
    return;
  }
  const line = lines.get(reduce);
  if (line && at.row === 0) {
    v.set(line, value);
    return;
  }
  const local = line ?? variables.get(reduce)![holding === 'lanes' ? at.row : at.offset / 4]!;
  if (holding === 'lanes' && at.lanes < 4) {
    const inside = v.mask((lane) => lane < at.lanes);
    foldOnto(v, reduce.fold, local, v.select(inside, value, v.number(folds[reduce.fold].start)));
  } else if (reduce.fold === 'sum' && isLoneProduct(walk, reduce.value))
    v.set(local, v.multiplyAdd(...factors(walk, reduce.value), v.read(local)));
  else foldOnto(v, reduce.fold, local, value);
}

/** Writes a reduction's result, or folds it onto what is in memory. */
function writeResult(
  { v }: Walk,
  { reduce, merge }: Pick<Accumulation, 'reduce' | 'merge'>,
  value: Expression,
  { address, spot }: { readonly address: Int; readonly spot: Spot },
): void {
  v.scoped(() => {
    const kept = merge ? v.keep(value) : value;
    const result = merge ? foldOf(v, reduce.fold, loadVector(v, address, spot), kept) : kept;
    storeVector(v, address, result, spot);
  });
}

/** Writes what the lines of a tile came to. */
export function endLines(walk: Walk, one: Accumulation, at: Position, line: Local): void {
  writeResult(walk, one, walk.v.read(line), locate(walk, one.reduce, at));
}

/** Variables of a reduction folded together and written. */
export function end(walk: Walk, one: Accumulation, rows = walk.plan.height): void {
  const { code, v, plan } = walk;
  const { reduce } = one;
  const variables = walk.variables.get(reduce)!;
  if (one.holding === 'columns')
    variables.forEach((local, vector) => {
      const offset = vector * 4;
      const lanes = Math.min(4, plan.nest.space[plan.last]! - offset) as Lanes;
      writeResult(walk, one, v.read(local), locate(walk, reduce, { ...START, offset, lanes }));
    });
  else if (one.from < plan.last) {
    for (const other of variables.slice(1)) foldOnto(v, reduce.fold, variables[0]!, v.read(other));
    foldLanes(v, reduce.fold, variables[0]!);
    writeResult(walk, one, v.read(variables[0]!), locate(walk, reduce, { ...START, lanes: 1 }));
  } else endEachLine(walk, one, rows);
  code.release(...variables);
}

/** One result a line: four lines' sums are made one vector together, other folds line by line. */
function endEachLine(walk: Walk, one: Accumulation, rows: number): void {
  const { v, plan, variables } = walk;
  const { reduce } = one;
  const locals = variables.get(reduce)!;
  const stride = plan.rowAxis >= 0 ? reduce.strides[plan.rowAxis]! : 0;
  const { address, spot } = locate(walk, reduce, { ...START, lanes: 1 });
  if (reduce.fold === 'sum' && rows > 1) {
    const four = Array.from({ length: 4 }, (_, i) => v.read(locals[Math.min(i, rows - 1)]!));
    writeResult(walk, one, sumsOf(v, four), {
      address,
      spot: { element: spot.element, stride, lanes: rows as Lanes },
    });
    return;
  }
  locals.forEach((local, row) => {
    foldLanes(v, reduce.fold, local);
    const element = spot.element + row * stride;
    writeResult(walk, one, v.read(local), { address, spot: { ...spot, element, stride: 1 } });
  });
}

const swapHalves = [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7];
const swapNeighbors = [4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11];

/** A variable's four lanes folded, the result in all of them. */
function foldLanes(v: Vectors, fold: Fold, local: Local): void {
  const own = v.read(local);
  for (const bytes of [swapHalves, swapNeighbors]) foldOnto(v, fold, local, v.shuffle(own, own, bytes));
}
