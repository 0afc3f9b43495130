/**
 * Convolution as one product of all patches with the filter, so that it has a gradient on every backend and compiles:
 * TensorFlow.js has no kernel for a filter's gradient on wasm. Channels come last; groups and other layouts are left out.
 */
import { UsageError } from '../errors.ts';
import { elements, showShape } from '../shape.ts';
import * as tf from './import.ts';

/** Zeros around the input: as many as keep the size at stride 1, none, or so many on each side. */
export type Padding = 'same' | 'valid' | number;

/**
 * Slides a filter over a line.
 * @param x [B,W,C] or [W,C]   @param filter [K,C,D]   @returns [B,W',D]
 * @throws UsageError when they do not fit, or another layout than `NWC` is asked for
 */
export function conv1d<T extends tf.Tensor2D | tf.Tensor3D>(
  x: T,
  filter: tf.Tensor3D,
  stride: number,
  pad: Padding,
  dataFormat: 'NWC' = 'NWC',
  dilation = 1,
): T {
  if (dataFormat !== 'NWC') refuse('conv1d', 'layout NWC', dataFormat);
  return convolution('conv1d', x, filter, { strides: [stride], dilations: [dilation], pad }) as T;
}

/**
 * Slides a filter over a plane.
 * @param x [B,H,W,C] or [H,W,C]   @param filter [K,L,C,D]   @returns [B,H',W',D]
 * @throws UsageError when they do not fit, or another layout than `NHWC` is asked for
 */
export function conv2d<T extends tf.Tensor3D | tf.Tensor4D>(
  x: T,
  filter: tf.Tensor4D,
  strides: number | [number, number],
  pad: Padding,
  dataFormat: 'NHWC' = 'NHWC',
  dilations: number | [number, number] = 1,
): T {
  if (dataFormat !== 'NHWC') refuse('conv2d', 'layout NHWC', dataFormat);
  const pair = (value: number | [number, number]) => (typeof value === 'number' ? [value, value] : value);
  return convolution('conv2d', x, filter, { strides: pair(strides), dilations: pair(dilations), pad }) as T;
}

function refuse(name: string, expected: string, got: string): never {
  throw new UsageError(`${name}: expected ${expected}, got ${got}; mend the call`);
}

interface Sliding {
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pad: Padding;
}

function convolution(name: string, x: tf.Tensor, filter: tf.Tensor, how: Sliding): tf.Tensor {
  const axes = how.strides.length;
  if (x.rank === axes + 1) return tf.squeeze(convolution(name, tf.expandDims(x, 0), filter, how), [0]);
  if (x.rank !== axes + 2 || filter.rank !== axes + 2 || x.shape.at(-1) !== filter.shape.at(-2))
    refuse(
      name,
      'a filter for the channels of the input',
      `${showShape(x.shape)} and ${showShape(filter.shape)}`,
    );
  const kernel = filter.shape.slice(0, axes);
  const reach = kernel.map((size, axis) => (size - 1) * how.dilations[axis]! + 1);
  const sizes = x.shape.slice(1, -1);
  const sides = sizes.map((size, axis) =>
    paddingOf(how.pad, size, { reach: reach[axis]!, stride: how.strides[axis]! }),
  );
  const padded = sides.every(([before, after]) => before + after === 0)
    ? x
    : tf.pad(x, [[0, 0], ...sides, [0, 0]]);
  const steps = sizes.map((size, axis) => {
    const room = size + sides[axis]![0] + sides[axis]![1] - reach[axis]!;
    return Math.floor(room / how.strides[axis]!) + 1;
  });
  if (steps.some((count) => count < 1))
    refuse(name, `an input of at least ${showShape(reach)}`, showShape(sizes));
  const patches = placesOf(kernel).map((place) =>
    patch(
      padded,
      place.map((at, axis) => at * how.dilations[axis]!),
      { steps, strides: how.strides },
    ),
  );
  const columns = patches.length === 1 ? patches[0]! : tf.concat(patches, axes + 1);
  return tf.matMul(columns, tf.reshape(filter, [elements(filter.shape.slice(0, -1)), filter.shape.at(-1)!]));
}

function paddingOf(
  pad: Padding,
  size: number,
  { reach, stride }: { readonly reach: number; readonly stride: number },
): [number, number] {
  if (typeof pad === 'number') return [pad, pad];
  if (pad === 'valid') return [0, 0];
  const all = Math.max(0, (Math.ceil(size / stride) - 1) * stride + reach - size);
  return [Math.floor(all / 2), all - Math.floor(all / 2)];
}

/** Every place of a kernel, the last axis fastest. */
function placesOf(kernel: readonly number[]): number[][] {
  return kernel.reduce<number[][]>(
    (places, size) => places.flatMap((place) => [...Array(size).keys()].map((at) => [...place, at])),
    [[]],
  );
}

/** What one place of the kernel meets as it slides. */
function patch(
  x: tf.Tensor,
  start: readonly number[],
  { steps, strides }: { readonly steps: readonly number[]; readonly strides: readonly number[] },
): tf.Tensor {
  const [batchSize, channels] = [x.shape[0]!, x.shape.at(-1)!];
  if (strides.every((stride) => stride === 1))
    return tf.slice(x, [0, ...start, 0], [batchSize, ...steps, channels]);
  const ends = steps.map((count, axis) => start[axis]! + (count - 1) * strides[axis]! + 1);
  return tf.stridedSlice(x, [0, ...start, 0], [batchSize, ...ends, channels], [1, ...strides, 1]);
}
