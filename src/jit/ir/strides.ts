/**
 * Elements in memory: element [i,j] of a value at offset + i * strides[0] + j * strides[1]. And the view rules: where an
 * operation that only moves elements finds them in its argument's memory, by which it computes nothing; see operations.ts.
 */
import { type Operation, type Shape, stridesOf } from './graph.ts';

/** Where elements are in memory. */
export interface Strided {
  readonly offset: number;
  readonly strides: readonly number[];
}

/** An argument's elements in memory. */
export interface StridedSource extends Strided {
  readonly shape: Shape;
}

type Of<K extends Operation['kind']> = Extract<Operation, { readonly kind: K }>;

/** Another shape over the same elements; none where they lie too far apart. */
export function reshape({ shape }: Of<'reshape'>, from: StridedSource): Strided | undefined {
  const strides = reshaped(from.shape, from.strides, shape);
  return strides && { offset: from.offset, strides };
}

/** Moves axes. */
export function transpose({ order }: Of<'transpose'>, { offset, strides }: StridedSource): Strided {
  return { offset, strides: order.map((axis) => strides[axis]!) };
}

/** Cuts out. */
export function slice({ starts, steps }: Of<'slice'>, { offset, strides }: StridedSource): Strided {
  return {
    offset: starts.reduce((sum, start, axis) => sum + start * strides[axis]!, offset),
    strides: strides.map((stride, axis) => stride * steps[axis]!),
  };
}

/** Repeats. */
export function broadcast({ shape }: Of<'broadcast'>, from: StridedSource): Strided {
  return { offset: from.offset, strides: alignedStrides(from.shape, from.strides, shape) };
}

/** Strides for an argument within a shape it broadcasts to: 0 along the axes it repeats on. */
export function alignedStrides(
  own: readonly number[],
  strides: readonly number[],
  shape: readonly number[],
): number[] {
  const skip = shape.length - own.length;
  return shape.map((_, axis) => (axis < skip || own[axis - skip] === 1 ? 0 : strides[axis - skip]!));
}

/** Strides that read strided memory under another shape, or undefined where none do. */
function reshaped(
  from: readonly number[],
  strides: readonly number[],
  to: readonly number[],
): number[] | undefined {
  const long = [...from.keys()].filter((axis) => from[axis] !== 1);
  const result = new Array<number>(to.length).fill(0);
  let next = to.length - 1;
  for (let i = long.length - 1; i >= 0; ) {
    // A run of axes that lie behind one another counts as one long axis.
    let run = from[long[i]!]!;
    const step = strides[long[i]!]!;
    for (i--; i >= 0 && strides[long[i]!] === step * run; i--) run *= from[long[i]!]!;
    let stride = step;
    let left = run;
    while (left > 1 && next >= 0) {
      const size = to[next]!;
      if (left % size !== 0) return undefined;
      result[next--] = stride;
      stride *= size;
      left /= size;
    }
    if (left > 1) return undefined;
  }
  return result;
}

/** Whether strides are those of contiguous memory, axes of length one left aside. */
export function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  const own = stridesOf(shape);
  return shape.every((size, axis) => size === 1 || strides[axis] === own[axis]);
}

/** A shape without axes of length one: the space a loop nest runs over. */
export function squeezed(shape: readonly number[]): number[] {
  return shape.filter((size) => size !== 1);
}

/** Strides of the axes that `squeezed` keeps. */
export function squeezedStrides(shape: readonly number[], strides: readonly number[]): number[] {
  return strides.filter((_, axis) => shape[axis] !== 1);
}
