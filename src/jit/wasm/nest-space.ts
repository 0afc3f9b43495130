/** The space of a nest made simpler before code is written for it. */
import type { Instruction, Nest } from '../program.ts';

type Access = Instruction & { kind: 'load' | 'store' | 'reduce' };

const isAccess = (one: Instruction): one is Access => 'place' in one;

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
