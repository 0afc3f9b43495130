/**
 * The gradient of `stridedSlice`, which TensorFlow.js has none for: what comes from above goes to the places that were
 * taken, by reshaping and padding alone. And that of `cumsum` along another axis than the last, which is wrong there.
 */
import * as tf from './import.ts';
import { axisOf, mendGradient, setGradient } from './register.ts';

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
): { readonly starts: number[]; readonly steps: number[]; readonly counts: number[] } {
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
  return { starts: [...info.begin], steps: [...info.strides], counts };
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

mendGradient(
  'Cumsum',
  ([x], { axis }) => axisOf(axis as number, x!.rank) !== x!.rank - 1,
  (dy, _, { axis, exclusive, reverse }) => ({
    x: () => tf.cumsum(dy as tf.Tensor, axis as number, exclusive as boolean, !reverse),
  }),
);
