/**
 * Decisions about a nest before code is written for it: on which axis each value varies innermost, how many lines
 * are worked on together, how each reduction is held, and which numbers are known to be positive.
 */
import { folds, functions } from '../../ir/functions.ts';
import type { Instruction, Nest } from '../../schedule/program.ts';

/** An instruction that touches memory. */
export type Access = Instruction & { readonly kind: 'load' | 'store' | 'reduce' };
/** Its kinds. */
export type Store = Instruction & { readonly kind: 'store' };
/** See `Instruction`. */
export type Reduce = Instruction & { readonly kind: 'reduce' };
/** See `Instruction`. */
export type Apply = Instruction & { readonly kind: 'apply' };

/** Whether an instruction touches memory. */
export const isAccess = (one: Instruction): one is Access => 'place' in one;

/** Accesses of one key move together. */
export const keyOf = (one: Access) => `${one.place.buffer.name} ${one.place.shift} ${one.strides.join(' ')}`;

/**
 * How a reduction is held while it runs.
 * - `lanes`: over the last axis too; one vector variable a line of the tile, its lanes folded at the end.
 * - `columns`: one variable for each vector of an unrolled line.
 * - `tile`: over the lines of one tile in a variable, then merged with memory.
 * - `memory`: merged with memory for each vector.
 */
export type Holding = 'lanes' | 'columns' | 'tile' | 'memory';

/** A reduction and how it is held. */
export interface Accumulation {
  readonly reduce: Reduce;
  readonly holding: Holding;
  /** The axis whose loop the variables are set up outside of: the first of the run of reduced axes they live through. */
  readonly from: number;
  /** Whether the result is merged with what is in memory: other parts of the sum, or what it is to be added to. */
  readonly merge: boolean;
  /** Whether memory has to be set to the fold's start before the nest. */
  readonly prepare: boolean;
}

/** How a nest is written. */
export interface NestPlan {
  readonly nest: Nest;
  readonly last: number;
  /** The axis that tiles are cut from: the one before the last, or -1. */
  readonly rowAxis: number;
  /** Lines in a tile. */
  readonly height: number;
  /** Vectors in a line, the last one perhaps not full. */
  readonly vectors: number;
  readonly unrolled: boolean;
  /** Times each value is read. */
  readonly uses: readonly number[];
  /** The axis on which each value varies innermost; -1 for none. Undefined for what is no value. */
  readonly levels: readonly (number | undefined)[];
  /** Whether each value differs from line to line of a tile. */
  readonly byRow: readonly boolean[];
  /** A number that each value is never below, unless it is NaN. */
  readonly lowerBounds: readonly number[];
  readonly accumulations: ReadonlyMap<Reduce, Accumulation>;
}

/** Most vectors of a line that are written out one after another. */
const maxVectors = 8;
/** Where many lines follow one another: what is written out is ordered by V8, which then keeps too much in registers. */
const maxVectorsOfMany = 2;
/** From this many lines on they are many. */
const manyLines = 8;
/** Vector registers that the values of a tile may fill; the 16th is V8's own. */
const registers = 15;
/** Of these, for what lives for a moment. */
const registersToCompute = 3;
/** Most instructions of a tile written out so. */
const maxInstructions = 420;
/** Most lines in a tile. */
const maxRows = 4;

/** About how many machine instructions a vector of the nest takes. */
function costOf(nest: Nest): number {
  return nest.body.reduce((sum, one) => sum + (one.kind === 'apply' ? functions[one.name].cost : 1), 0);
}

/** How a nest is to be written: unrolled or not, in tiles of how many lines, with what kept where. */
export function planNest(nest: Nest): NestPlan {
  const last = nest.space.length - 1;
  const rowAxis = last - 1;
  const vectors = Math.ceil(nest.space[last]! / 4);
  const cost = costOf(nest);
  const max = rowAxis >= 0 && nest.space[rowAxis]! >= manyLines ? maxVectorsOfMany : maxVectors;
  const unrolled = vectors <= 1 || (vectors <= max && vectors * cost <= maxInstructions);
  const reductions = nest.body.filter((one) => one.kind === 'reduce');
  const levels = levelsOf(nest);
  const byRow = variesOn(nest, rowAxis);
  const columns = unrolled && reductions.some(({ reduced }) => !reduced[last] && reduced[rowAxis]);
  // Sums down the columns of a line that is written out fill the registers: one line at a time is faster then, measured.
  const height = columns ? 1 : tileHeight({ nest, levels, byRow }, unrolled ? vectors * cost : cost);
  const base = { nest, last, rowAxis, height, vectors, unrolled };
  return {
    ...base,
    uses: useCounts(nest),
    levels,
    byRow,
    lowerBounds: lowerBounds(nest),
    accumulations: new Map(reductions.map((reduce) => [reduce, accumulation(base, reduce)])),
  };
}

type Known = Pick<NestPlan, 'nest' | 'levels' | 'byRow'>;

/** As many lines as the registers hold, and no more code than is worth it. */
function tileHeight(known: Known, lineCost: number): number {
  const { nest } = known;
  const rowAxis = nest.space.length - 2;
  if (rowAxis < 0) return 1;
  const backwards = nest.body.some((one) => isAccess(one) && one.strides[rowAxis]! < 0);
  if (backwards) return 1;
  const affordable = Math.floor(maxInstructions / lineCost);
  const fitting = Math.floor((registers - registersShared(known)) / Math.max(1, registersOfLine(known)));
  return Math.max(1, Math.min(maxRows, nest.space[rowAxis]!, affordable, fitting));
}

/** Registers that a line of a tile needs of its own, all along: its sums, and what is the same all along it. */
function registersOfLine({ nest, levels, byRow }: Known): number {
  const last = nest.space.length - 1;
  const held = nest.body.filter((one, i) => {
    if (one.kind === 'reduce') return one.reduced[last];
    const value = one.kind === 'load' || one.kind === 'apply';
    return value && byRow[i] && levels[i]! < last && readAt(nest, i, { levels, level: last });
  });
  return held.length;
}

/**
 * Registers that the lines of a tile share: sums over them, what does not vary between them, which lives for about half
 * the tile, and a few to compute in.
 */
function registersShared({ nest, levels, byRow }: Known): number {
  const last = nest.space.length - 1;
  const sums = nest.body.filter(
    (one) => one.kind === 'reduce' && !one.reduced[last] && one.reduced[last - 1],
  );
  const loads = nest.body.filter(
    (one, i) => one.kind === 'load' && !byRow[i] && readAt(nest, i, { levels, level: last }),
  );
  return sums.length + loads.length / 2 + registersToCompute;
}

/** Whether a value is read by something that is done at a level. */
function readAt(
  nest: Nest,
  index: number,
  { levels, level }: Pick<NestPlan, 'levels'> & { readonly level: number },
): boolean {
  return nest.body.some((one, i) => {
    if (one.kind === 'apply') return levels[i] === level && one.args.includes(index);
    return (one.kind === 'store' || one.kind === 'reduce') && one.value === index;
  });
}

function useCounts(nest: Nest): number[] {
  const counts = nest.body.map(() => 0);
  for (const one of nest.body) {
    if (one.kind === 'apply') for (const arg of one.args) counts[arg]!++;
    if (one.kind === 'store' || one.kind === 'reduce') counts[one.value]!++;
  }
  return counts;
}

function levelsOf(nest: Nest): (number | undefined)[] {
  const levels: (number | undefined)[] = [];
  for (const one of nest.body) {
    if (one.kind === 'load') levels.push(one.strides.findLastIndex((stride) => stride !== 0));
    else if (one.kind === 'apply') levels.push(Math.max(...one.args.map((arg) => levels[arg]!)));
    else levels.push(one.kind === 'number' ? -1 : undefined);
  }
  return levels;
}

function variesOn(nest: Nest, axis: number): boolean[] {
  const varies: boolean[] = [];
  for (const one of nest.body) {
    if (one.kind === 'load') varies.push(axis >= 0 && one.strides[axis] !== 0);
    else varies.push(one.kind === 'apply' && one.args.some((arg) => varies[arg]));
  }
  return varies;
}

type Shape = Pick<NestPlan, 'nest' | 'last' | 'rowAxis' | 'height' | 'unrolled'>;

function accumulation({ nest, last, rowAxis, height, unrolled }: Shape, reduce: Reduce): Accumulation {
  const { reduced, add } = reduce;
  const lanes = reduced[last]!;
  const columns = !lanes && unrolled && rowAxis >= 0 && reduced[rowAxis]!;
  if (lanes || columns) {
    let from = lanes ? last : rowAxis;
    while (from > 0 && reduced[from - 1]!) from--;
    const partial = reduced.some((folded, axis) => folded && axis < from);
    const holding = lanes ? 'lanes' : 'columns';
    return { reduce, holding, from, merge: partial || add, prepare: partial && !add };
  }
  const inTile = rowAxis >= 0 && reduced[rowAxis]!;
  const others = reduced.some((folded, axis) => folded && axis !== rowAxis);
  const merge = !inTile || others || height < nest.space[rowAxis]!;
  const holding = inTile ? 'tile' : 'memory';
  return { reduce, holding, from: -1, merge: merge || add, prepare: merge && !add };
}

/** A nest that sets a reduction's result to what it starts from. */
export function startingValues(reduce: Reduce, nest: Nest): Nest {
  const kept = <T>(list: readonly T[]) => list.filter((_, axis) => !reduce.reduced[axis]);
  const body: Instruction[] = [
    { kind: 'number', value: folds[reduce.fold].start },
    { kind: 'store', value: 0, place: reduce.place, strides: kept(reduce.strides), add: false },
  ];
  return { kind: 'nest', name: `${nest.name}.start`, space: kept(nest.space), body };
}

/** Numbers that the values are never below, unless they are NaN. */
function lowerBounds(nest: Nest): number[] {
  const bounds: number[] = [];
  for (const one of nest.body) {
    if (one.kind === 'number') bounds.push(one.value);
    else if (one.kind === 'apply') {
      const given = one.args.map((arg) => bounds[arg]!);
      const same = one.args.every((arg) => arg === one.args[0]);
      bounds.push(functions[one.name].bound(given, same));
    } else bounds.push(Number.NEGATIVE_INFINITY);
  }
  return bounds;
}
