/**
 * The gradient of `stridedSlice`, which TensorFlow.js has none for: what comes from above goes to the places that were
 * taken, by reshaping and padding alone. Its kernel takes the wrong elements where an axis is shrunk and another is not
 * taken one by one, so that masks are resolved here.
 */
import * as tf from './import.ts';
import { setGradient } from './register.ts';

/** Which elements of an axis were taken, in order. */
interface Taken {
  readonly axis: number;
  readonly start: number;
  readonly step: number;
}

/** Padding along one axis of so many. */
const along = (axis: number, rank: number, sides: [number, number]): [number, number][] =>
  Array.from({ length: rank }, (_, i) => (i === axis ? sides : [0, 0]));

/** Elements put back to where they were taken from along an axis of this size, zeros elsewhere. */
function putBack(dy: tf.Tensor, { axis, start, step }: Taken, size: number): tf.Tensor {
  if (step < 0) return tf.reverse(putBack(dy, { axis, start: size - 1 - start, step: -step }, size), axis);
  const [before, after] = [dy.shape.slice(0, axis), dy.shape.slice(axis + 1)];
  const reach = dy.shape[axis]! * step;
  const thin = tf.reshape(dy, [...before, dy.shape[axis]!, 1, ...after]);
  const apart = step === 1 ? thin : tf.pad(thin, along(axis + 1, thin.rank, [0, step - 1]));
  const used = Math.min(reach, size - start);
  const wide = tf.reshape(apart, [...before, reach, ...after]);
  const cut = tf.slice(
    wide,
    wide.shape.map(() => 0),
    [...before, used, ...after],
  );
  return tf.pad(cut, along(axis, dy.rank, [start, size - start - used]));
}

/** What a strided slice takes, whatever its masks say: where each axis starts, its step, and how many it gives. */
export function takenBySlice(
  shape: readonly number[],
  attributes: Readonly<Record<string, unknown>>,
): {
  readonly starts: number[];
  readonly steps: number[];
  readonly counts: number[];
  readonly result: number[];
} {
  const { begin, end, strides } = attributes as Record<string, number[]>;
  const mask = (name: string) => (attributes[name] as number | undefined) ?? 0;
  const info = tf.slice_util.sliceInfo(
    [...shape],
    begin!,
    end!,
    strides!,
    mask('beginMask'),
    mask('endMask'),
    mask('ellipsisMask'),
    mask('newAxisMask'),
    mask('shrinkAxisMask'),
  );
  const counts = shape.map((_, axis) =>
    Math.max(0, Math.ceil((info.end[axis]! - info.begin[axis]!) / info.strides[axis]!)),
  );
  return { starts: [...info.begin], steps: [...info.strides], counts, result: [...info.finalShape] };
}

setGradient('StridedSlice', { inputsToSave: ['x'] }, (dy, [x], attributes) => ({
  x: () => {
    const { starts, steps, counts } = takenBySlice(x!.shape, attributes);
    return x!.shape.reduce(
      (back, size, axis) => putBack(back, { axis, start: starts[axis]!, step: steps[axis]! }, size),
      tf.reshape(dy as tf.Tensor, counts),
    );
  },
}));

/**
 * Elements from `begin` to before `end` by steps, backward where a step is negative, as in TensorFlow. The masks, a bit an
 * axis, follow in its order: begin, end, ellipsis, new axis, shrink axis.
 */
export function stridedSlice(
  x: tf.Tensor,
  begin: readonly number[],
  end: readonly number[],
  strides: readonly number[] = begin.map(() => 1),
  ...masks: number[]
): tf.Tensor {
  const [beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask] = masks;
  const { starts, steps, counts, result } = takenBySlice(x.shape, {
    begin: [...begin],
    end: [...end],
    strides: [...strides],
    ...{ beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask },
  });
  const backward = steps.flatMap((step, axis) => (step < 0 ? [axis] : []));
  const turned = backward.length > 0 ? tf.reverse(x, backward) : x;
  const from = starts.map((start, axis) => (steps[axis]! < 0 ? x.shape[axis]! - 1 - start : start));
  const apart = steps.map(Math.abs);
  const to = counts.map((count, axis) => from[axis]! + (count - 1) * apart[axis]! + 1);
  const taken = apart.every((step) => step === 1)
    ? tf.slice(turned, from, counts)
    : tf.stridedSlice(turned, from, to, apart);
  return tf.reshape(taken, result);
}
