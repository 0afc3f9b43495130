/** The space of a nest made simpler before code is written for it. */
import type { Instruction, Nest } from '../../schedule/program.ts';
import { isAccess } from './plan.ts';

/** Neighboring axes that every access runs through as if they were one become one; a single point becomes a line of one. */
export function collapse(nest: Nest): Nest {
  if (nest.space.length === 0) return { ...nest, space: [1], body: nest.body.map(onLine) };
  let { space, body } = nest;
  for (let axis = space.length - 2; axis >= 0; axis--) {
    const size = space[axis + 1]!;
    const together = body.every(
      (one) =>
        !isAccess(one) ||
        (one.strides[axis] === one.strides[axis + 1]! * size &&
          (one.kind !== 'reduce' || one.reduced[axis] === one.reduced[axis + 1])),
    );
    if (!together) continue;
    space = space.flatMap((length, i) =>
      i === axis ? [] : [i === axis + 1 ? length * space[axis]! : length],
    );
    body = body.map((one) => without(one, axis));
  }
  return { ...nest, space, body };
}

/** From this many elements on a sum is worth several accumulators. */
const LONG = 1024;
/** Instructions of an element that take no longer than an addition waits for the one before it. */
const FEW = 6;
const LINES = 4;

/**
 * A long line that is only summed up becomes a few lines, worked on together: each has a sum of its own, and no addition
 * waits for the one before.
 */
export function widen(nest: Nest): Nest {
  const { space, body } = nest;
  const [size] = space as [number];
  const sums = body.some((one) => one.kind === 'reduce');
  if (space.length > 1 || !sums || size < LONG || size % (4 * LINES) !== 0 || body.length > FEW) return nest;
  const length = size / LINES;
  const twice = (one: Instruction): Instruction => {
    if (!isAccess(one)) return one;
    const strides = [one.strides[0]! * length, one.strides[0]!];
    return one.kind === 'reduce'
      ? { ...one, strides, reduced: [one.reduced[0]!, one.reduced[0]!] }
      : { ...one, strides };
  };
  return { ...nest, space: [LINES, length], body: body.map(twice) };
}

function onLine(one: Instruction): Instruction {
  if (!isAccess(one)) return one;
  return one.kind === 'reduce' ? { ...one, strides: [0], reduced: [true] } : { ...one, strides: [1] };
}

function without(one: Instruction, axis: number): Instruction {
  if (!isAccess(one)) return one;
  const strides = one.strides.filter((_, i) => i !== axis);
  return one.kind === 'reduce'
    ? { ...one, strides, reduced: one.reduced.filter((_, i) => i !== axis) }
    : { ...one, strides };
}
