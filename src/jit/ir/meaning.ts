/** The meaning of operations, by plain loops in float64: slow and obvious, see operations.ts. */
import { elements } from '../../core/shape.ts';
import { folds, functions, sortedPositions } from './functions.ts';
import { type Operation, type Shape, stridesOf } from './graph.ts';

/** A value: its elements in row-major order. */
export interface Source {
  readonly data: Float64Array;
  readonly shape: Shape;
}

/** The values that an operation reads. */
export type Sources = readonly Source[];
/** The value that it writes: zeros at first. */
export type Result = Source;

type Of<K extends Operation['kind']> = Omit<Extract<Operation, { readonly kind: K }>, 'kind'>;

/** Calls `visit` with every index of a shape, in row-major order. */
export function eachIndex(shape: Shape, visit: (index: number[], flat: number) => void): void {
  const index = new Array<number>(shape.length).fill(0);
  const size = elements(shape);
  for (let flat = 0; flat < size; flat++) {
    visit(index, flat);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]!++;
      if (index[axis]! < shape[axis]!) break;
      index[axis] = 0;
    }
  }
}

/** Where an index of a larger shape reads in a shape that broadcasts to it. */
function broadcastOffset(index: readonly number[], source: Shape): number {
  const strides = stridesOf(source);
  const skip = index.length - source.length;
  return source.reduce((sum, size, axis) => sum + (size === 1 ? 0 : index[axis + skip]! * strides[axis]!), 0);
}

const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, i) => sum + value * b[i]!, 0);

/** A function of corresponding elements. */
export function apply({ name }: Of<'apply'>, sources: Sources, { data, shape }: Result): void {
  eachIndex(shape, (index, flat) => {
    data[flat] = functions[name].meaning(
      ...sources.map((from) => from.data[broadcastOffset(index, from.shape)]!),
    );
  });
}

/** Repeats. */
export function broadcast(_: unknown, [from]: Sources, { data, shape }: Result): void {
  eachIndex(shape, (index, flat) => {
    data[flat] = from!.data[broadcastOffset(index, from!.shape)]!;
  });
}

/** Moves axes. */
export function transpose({ order }: Of<'transpose'>, [from]: Sources, { data, shape }: Result): void {
  const own = stridesOf(from!.shape);
  const strides = order.map((axis) => own[axis]!);
  eachIndex(shape, (index, flat) => {
    data[flat] = from!.data[dot(index, strides)]!;
  });
}

/** Cuts out. */
export function slice({ starts, steps }: Of<'slice'>, [from]: Sources, { data, shape }: Result): void {
  const strides = stridesOf(from!.shape);
  eachIndex(shape, (index, flat) => {
    const place = index.map((i, axis) => starts[axis]! + i * steps[axis]!);
    data[flat] = from!.data[dot(place, strides)]!;
  });
}

/** Adds each argument at its place. */
export function padAdd({ starts }: Of<'pad-add'>, sources: Sources, { data, shape }: Result): void {
  const strides = stridesOf(shape);
  sources.forEach((from, part) => {
    const first = dot(starts[part]!, strides);
    eachIndex(from.shape, (index, flat) => {
      data[first + dot(index, strides)]! += from.data[flat]!;
    });
  });
}

/** Folds over axes. */
export function reduce({ fold, axes }: Of<'reduce'>, [from]: Sources, { data, shape }: Result): void {
  const own = folds[fold];
  data.fill(own.start);
  const strides = stridesOf(shape);
  eachIndex(from!.shape, (index, flat) => {
    const place = dot(
      index.filter((_, axis) => !axes.includes(axis)),
      strides,
    );
    data[place] = own.fold(data[place]!, from!.data[flat]!);
  });
}

/** A matrix product; a left side of one axis is one row. */
export function product(
  { leftTransposed, rightTransposed }: Of<'matmul'>,
  [a, b]: Sources,
  { data, shape }: Result,
): void {
  const vector = a!.shape.length === 1;
  const [as, bs] = [stridesOf(a!.shape), stridesOf(b!.shape)];
  const k = leftTransposed ? a!.shape.at(-2)! : a!.shape.at(-1)!;
  const [aRow, aInner] = leftTransposed ? [as.at(-1)!, as.at(-2)!] : [vector ? 0 : as.at(-2)!, as.at(-1)!];
  const [bInner, bColumn] = rightTransposed ? [bs.at(-1)!, bs.at(-2)!] : [bs.at(-2)!, bs.at(-1)!];
  const matrixOf = ({ shape: own }: Source, lead: readonly number[]) =>
    broadcastOffset(lead, own.slice(0, -2)) * elements(own.slice(-2));
  eachIndex(shape, (index, flat) => {
    const lead = index.slice(0, vector ? -1 : -2);
    const [aStart, bStart] = [matrixOf(a!, lead), matrixOf(b!, lead)];
    const row = vector ? 0 : index.at(-2)!;
    let sum = 0;
    for (let i = 0; i < k; i++)
      sum +=
        a!.data[aStart + row * aRow + i * aInner]! * b!.data[bStart + i * bInner + index.at(-1)! * bColumn]!;
    data[flat] = sum;
  });
}

/** Adds up products of rows. */
export function outer(_: unknown, [left, right]: Sources, { data }: Result): void {
  const [k, n] = [left!.shape.at(-1)!, right!.shape.at(-1)!];
  const rows = left!.data.length / k;
  for (let row = 0; row < rows; row++)
    for (let i = 0; i < k; i++)
      for (let j = 0; j < n; j++) data[i * n + j]! += left!.data[row * k + i]! * right!.data[row * n + j]!;
}

/** A running fold. */
export function cumulative(
  { fold, axis, exclusive, reverse }: Of<'cumulative'>,
  [from]: Sources,
  { data, shape }: Result,
): void {
  const own = folds[fold];
  const length = shape[axis]!;
  const step = stridesOf(shape)[axis]!;
  for (let first = 0; first < data.length; first++) {
    if (Math.floor(first / step) % length !== 0) continue;
    let running: number = own.start;
    for (let i = 0; i < length; i++) {
      const place = first + (reverse ? length - 1 - i : i) * step;
      const after = own.fold(running, from!.data[place]!);
      data[place] = exclusive ? running : after;
      running = after;
    }
  }
}

/** Lines in order, or the positions they had. */
export function sort({ descending, positions }: Of<'sort'>, [from]: Sources, { data, shape }: Result): void {
  const length = shape.at(-1)!;
  for (let first = 0; first < data.length; first += length) {
    const line = from!.data.subarray(first, first + length);
    sortedPositions(line, descending).forEach((place, to) => {
      data[first + to] = positions ? place : line[place]!;
    });
  }
}

/** Picks along an axis. */
export function gather({ axis, batched }: Of<'gather'>, [table, index]: Sources, { data }: Result): void {
  const outerCount = elements(table!.shape.slice(0, axis));
  const inner = elements(table!.shape.slice(axis + 1));
  const lists = batched ? table!.shape[0]! : 1;
  const count = index!.data.length / lists;
  for (let o = 0; o < outerCount; o++)
    for (let i = 0; i < count; i++) {
      const list = Math.floor((o * lists) / outerCount);
      const place = (o * table!.shape[axis]! + index!.data[list * count + i]!) * inner;
      for (let j = 0; j < inner; j++) data[(o * count + i) * inner + j] = table!.data[place + j]!;
    }
}

/** Adds rows up at positions. */
export function scatter(_: unknown, [from, index]: Sources, { data, shape }: Result): void {
  const inner = elements(shape.slice(1));
  from!.data.forEach((value, i) => {
    data[index!.data[Math.floor(i / inner)]! * inner + (i % inner)]! += value;
  });
}
