/**
 * The lowered program: what the planner hands to the backend. Phases in order; in each, actions in order, once or for
 * every time step; an action is a matrix product over all rows or a region: for each row (an example) its loop nests.
 * Every number lives in a buffer; where a buffer lies depends on B and T only through a table of addresses in memory.
 */
import type { ElementFunction, Fold } from '../ir/functions.ts';

/**
 * A block of float32.
 * - `fixed`: one for the whole program; parameters, gradients' sum, constants, the optimizer's state. `size` floats.
 * - `shard`: one a shard, no rows: gradient accumulators, losses, scratch of the row being worked on. `size` floats.
 * - `rows`: B records of `size` floats. `slots` says how many copies there are over time:
 *   `one`; `all` = T copies (T+1 with `extra`, for states); `two` = copies at even and at odd times.
 * Buffers of one name are one buffer, as large as the largest of them: parts of a program that share a fixed or shard
 * buffer each ask for what they need of it.
 */
export type Buffer = { readonly name: string; readonly size: number } & (
  | { readonly kind: 'fixed' | 'shard' }
  | { readonly kind: 'rows'; readonly slots: 'one' | 'all' | 'two'; readonly extra?: boolean }
);

/**
 * A place in a buffer, for the row b and the time t of the moment. Address in floats from the buffer's base:
 *   fixed, shard: offset;   rows: (slot * B + b) * size + offset,   slot = 0 | t + shift | (t + shift) & 1.
 */
export interface Place {
  readonly buffer: Buffer;
  readonly offset: number;
  /** 0 or 1; states read at t and write at t + 1. */
  readonly shift: 0 | 1;
}

/** One line of a loop nest's body; its value is known by its index in the body. */
export type Instruction =
  | { readonly kind: 'load'; readonly place: Place; readonly strides: readonly number[] }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'apply'; readonly name: ElementFunction; readonly args: readonly number[] }
  /** Writes the value at every point of the space; `add` adds it to what is there. */
  | {
      readonly kind: 'store';
      readonly value: number;
      readonly place: Place;
      readonly strides: readonly number[];
      readonly add: boolean;
    }
  /** Folds over the axes where `reduced`; there the stride is 0. `add` adds the result to what is there (sum only). */
  | {
      readonly kind: 'reduce';
      readonly fold: Fold;
      readonly value: number;
      readonly reduced: readonly boolean[];
      readonly place: Place;
      readonly strides: readonly number[];
      readonly add: boolean;
    };

/**
 * One loop nest over `space`, outermost axis first, the last vectorized; an empty space is a single scalar point.
 * No instruction reads what another of the same nest writes (beyond values by index), so any order of points is right.
 */
export interface Nest {
  readonly kind: 'nest';
  readonly name: string;
  readonly space: readonly number[];
  readonly body: readonly Instruction[];
}

/** An operation along lanes, whose points depend on one another: done line by line, over `outer` lines of `length` elements. */
export type LaneOp = {
  readonly name: string;
  readonly outer: readonly number[];
  readonly length: number;
  readonly input: Place;
  readonly output: Place;
  /** Floats between lines, per outer axis, and between elements of a line. */
  readonly inputStrides: readonly number[];
  readonly outputStrides: readonly number[];
  readonly inputStep: number;
  readonly outputStep: number;
} & (
  | {
      readonly kind: 'cumulative';
      readonly fold: 'sum' | 'product';
      /** Leaves the element itself out. */
      readonly exclusive: boolean;
      /** Runs from the end. */
      readonly reverse: boolean;
    }
  /** `positions` gives indices in place of values. */
  | { readonly kind: 'sort'; readonly descending: boolean; readonly positions: boolean }
);

/** Rows taken from, or added at, positions computed at run time. */
export interface GatherScatter {
  readonly kind: 'gather' | 'scatter';
  readonly name: string;
  /** gather: output[o, i, :] = input[o, index[i], :]; scatter: output[o, index[i], :] += input[o, i, :]. */
  readonly outer: number;
  readonly count: number;
  readonly limit: number;
  readonly inner: number;
  readonly input: Place;
  readonly index: Place;
  /** Floats between the index lists of consecutive `outer`; 0 when all share one. */
  readonly indexStride: number;
  readonly output: Place;
}

/** One thing done for a row. */
export type RegionOp = Nest | LaneOp | GatherScatter;

/** For each row b of the phase: its operations in order. */
export interface Region {
  readonly kind: 'region';
  readonly name: string;
  readonly ops: readonly RegionOp[];
}

/**
 * A matrix product over all rows of the phase, rows counted as M = rows * perRow.
 * - `nn`: C[M,n] (+)= A[M,k] W[k,n]     - `nt`: C[M,n] (+)= A[M,k] W[n,k]ᵀ
 * - `tn`: C[k,n] += A[M,k]ᵀ B[M,n]       (C in a shard buffer)
 * Leading dimensions are floats between rows; for A (and B of tn, C of nn and nt) they are the buffer's size / perRow.
 */
export interface Product {
  readonly kind: 'product';
  readonly name: string;
  readonly form: 'nn' | 'nt' | 'tn';
  readonly k: number;
  readonly n: number;
  readonly perRow: number;
  readonly left: Place;
  readonly leftStride: number;
  readonly right: Place;
  readonly rightStride: number;
  readonly output: Place;
  readonly outputStride: number;
  readonly add: boolean;
  /** nn, nt: W or Wᵀ in panels, as `Pack` makes them; what batches of more than one row read instead of `right`. */
  readonly panels?: Place;
  /** tn: a workspace in a shard buffer to copy both operands into panels, `blockRows` of their rows at a time; see pack.ts. */
  readonly workspace?: Place;
}

/** Columns of a panel. */
export const panelWidth = 8;
/** Rows of its operands that a tn product copies into panels at a time. */
export const blockRows = 128;

/**
 * A matrix copied into panels of eight columns, in which a product finds what it reads in the order it reads it:
 *   to[p, i, j] = from[i, 8p + j], or from[8p + j, i] where `transposed`     for i < k and 8p + j < n
 * The columns from n on are undefined. Skipped for a batch of one row: a single product reads a matrix once, as it is.
 */
export interface Pack {
  readonly kind: 'pack';
  readonly name: string;
  readonly k: number;
  readonly n: number;
  readonly transposed: boolean;
  readonly from: Place;
  /** Floats between the rows of the matrix as it is. */
  readonly stride: number;
  readonly to: Place;
}

/** Sets a whole buffer to zero: all of a fixed or shard buffer, all rows and slots of one with rows. */
export interface Clear {
  readonly kind: 'clear';
  readonly buffer: Buffer;
}

/** The fixed buffer `to` = the sum over shards, in order, of each shard's copy of `from`; both of one size. */
export interface SumShards {
  readonly kind: 'sum-shards';
  readonly from: Buffer;
  readonly to: Buffer;
}

/** One action of a phase. */
export type Action = Region | Product | Pack | Clear | SumShards;

/**
 * A part of the program. `over`: `once` = t is 0; `forward` = t from 0 to T-1; `backward` = t from T-1 down to 0.
 * `rows`: how many rows regions and products have: `none` = a single one, no batch; `batch` = B; `all` = T * B with t = 0.
 * `scope`: `program` = run once by the main thread; `shard` = run for each shard with its own table.
 */
export interface Phase {
  readonly name: string;
  readonly over: 'once' | 'forward' | 'backward';
  readonly rows: 'none' | 'batch' | 'all';
  readonly scope: 'program' | 'shard';
  readonly actions: readonly Action[];
}

/** A place in a buffer that the outside writes or reads by name. */
export interface Port {
  readonly place: Place;
  readonly shape: readonly number[];
}

/** First values of a place in a fixed buffer. */
export interface Constant {
  readonly place: Place;
  readonly values: Float32Array;
}

/** The whole program. Entries are lists of phases run by one call, by name. */
export interface Program {
  /** Each buffer once, in the order of their addresses in a table. */
  readonly buffers: readonly Buffer[];
  readonly phases: readonly Phase[];
  readonly entries: Readonly<Record<string, readonly number[]>>;
  readonly constants: readonly Constant[];
  readonly ports: Readonly<Record<string, Port>>;
}

/** A program that trains. */
export interface TrainingProgram extends Program {
  /** Names of the optimizer's state: a vector each, as long as the parameters. */
  readonly optimizerState: readonly string[];
}

/** Where each buffer stands in a program's list, by name. */
export type BufferIndex = ReadonlyMap<string, number>;

/** The index of a program's buffers. */
export const bufferIndex = ({ buffers }: Program): BufferIndex =>
  new Map(buffers.map(({ name }, i) => [name, i]));

/** How many floats a buffer takes for B rows and T steps. */
export function floatsOf(buffer: Buffer, rows: number, length: number): number {
  if (buffer.kind !== 'rows') return buffer.size;
  const slots = { one: 1, two: 2, all: length + (buffer.extra ? 1 : 0) }[buffer.slots];
  return buffer.size * slots * rows;
}

/** A place that an action reads or writes; what it works on is written. */
export interface Touched {
  readonly place: Place;
  readonly written: boolean;
}

const touched =
  (written: boolean) =>
  (...places: readonly (Place | undefined)[]): Touched[] =>
    places.flatMap((place) => (place ? [{ place, written }] : []));
const reads = touched(false);
const writes = touched(true);

/** Every place that an action reads or writes. */
export function touchedBy(action: Action): readonly Touched[] {
  switch (action.kind) {
    case 'product': {
      const { left, right, output, panels, workspace } = action;
      return [...reads(left, right), ...writes(output), ...reads(panels), ...writes(workspace)];
    }
    case 'pack':
      return [...reads(action.from), ...writes(action.to)];
    case 'clear':
      return writes(placeIn(action.buffer));
    case 'sum-shards':
      return [...reads(placeIn(action.from)), ...writes(placeIn(action.to))];
    case 'region':
      return action.ops.flatMap((op) => {
        if (op.kind !== 'nest')
          return [...reads(op.input, 'index' in op ? op.index : undefined), ...writes(op.output)];
        return op.body.flatMap((one) =>
          'place' in one ? (one.kind === 'load' ? reads : writes)(one.place) : [],
        );
      });
  }
}

/** The first place in a buffer, or one some floats on. */
export const placeIn = (buffer: Buffer, offset = 0): Place => ({ buffer, offset, shift: 0 });
