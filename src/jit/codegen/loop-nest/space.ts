/** The space of a nest made simpler before code is written for it. */
import { without } from '../../ir/graph.ts';
import type { Instruction, Nest } from '../../schedule/program.ts';
import { type Access, isAccess } from './plan.ts';

/** Neighboring axes that every access runs through as if they were one become one; a single point becomes a line of one. */
export function collapse(nest: Nest): Nest {
  if (nest.space.length === 0) {
    const strides = ({ kind }: Access) => (kind === 'reduce' ? [0] : [1]);
    return { ...nest, space: [1], body: onAxes(nest, strides, () => [true]) };
  }
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
    space = without(space.with(axis + 1, size * space[axis]!), axis);
    body = onAxes(
      { body },
      ({ strides }) => without(strides, axis),
      (reduced) => without(reduced, axis),
    );
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
  const strides = ({ strides: [stride] }: Access) => [stride! * length, stride!];
  return { ...nest, space: [LINES, length], body: onAxes(nest, strides, ([fold]) => [fold!, fold!]) };
}

/** Instructions over other axes: the strides of each access, and which axes are reduced. */
function onAxes(
  { body }: Pick<Nest, 'body'>,
  strides: (one: Access) => readonly number[],
  reduced: (before: readonly boolean[]) => readonly boolean[],
): Instruction[] {
  return body.map((one) => {
    if (!isAccess(one)) return one;
    const moved = { ...one, strides: strides(one) };
    return moved.kind === 'reduce' ? { ...moved, reduced: reduced(moved.reduced) } : moved;
  });
}
