/** TensorFlow.js kernels that move elements, multiply matrices or look along an axis, in terms of graph operations. */
import { elements } from '../../../core/shape.ts';
import { takenBySlice } from '../../../core/tensorflow/slices.ts';
import type { Builder } from '../../ir/builder.ts';
import type { NodeId } from '../../ir/graph.ts';
import { type KernelCall, type KernelRule, one } from './rule.ts';

const zeros = (rank: number) => new Array<number>(rank).fill(0);
const at = (rank: number, axis: number, value: number) => zeros(rank).map((_, i) => (i === axis ? value : 0));
const fromEnd = (axis: number, rank: number) => (axis < 0 ? axis + rank : axis);

/** Inputs named 0, 1, 2 ... in order. */
const listed = (inputs: KernelCall['inputs']) =>
  Object.keys(inputs)
    .sort((a, b) => Number(a) - Number(b))
    .map((name) => inputs[name]!);

/** One behind the other along an axis, which is new to what has an axis less. */
const joined = one((build, { inputs, attributes, outputs }) => {
  const shape = outputs[0]!;
  const axis = fromEnd(attributes.axis as number, shape.length);
  let start = 0;
  const parts = listed(inputs)
    .filter((arg) => elements(build.shape(arg)) > 0)
    .map((arg) => {
      const whole = build.shape(arg).length === shape.length;
      const part = whole ? arg : build.reshape(arg, shape.with(axis, 1));
      const starts = at(shape.length, axis, start);
      start += build.shape(part)[axis]!;
      return { arg: part, starts };
    });
  return build.padAdd(parts, shape);
});

/** Consecutive slices along an axis, each reshaped to its result's shape. */
const cut = (input: string): KernelRule => {
  return ({ build, inputs, attributes, outputs }) => {
    const arg = inputs[input]!;
    const whole = build.shape(arg);
    const axis = fromEnd((attributes.axis as number | undefined) ?? 0, whole.length);
    let start = 0;
    return outputs.map((shape) => {
      const size = shape.length === whole.length ? shape[axis]! : 1;
      const part = build.slice(arg, at(whole.length, axis, start), whole.with(axis, size));
      start += size;
      return build.reshape(part, shape);
    });
  };
};

const pad = one((build, { inputs, attributes, outputs }) => {
  const paddings = attributes.paddings as [number, number][];
  const value = attributes.constantValue as number;
  const starts = paddings.map(([before]) => before);
  const padded = build.padAdd([{ arg: inputs.x!, starts }], outputs[0]!);
  if (value === 0) return padded;
  const ones = build.broadcast(build.number(1), build.shape(inputs.x!));
  const inside = build.padAdd([{ arg: ones, starts }], outputs[0]!);
  const outside = build.apply('subtract', build.number(1), inside);
  return build.apply('add', padded, build.apply('multiply', outside, build.number(value)));
});

/** Each axis in two: how many copies, and the size of one. */
const tile = one((build, { inputs, attributes, outputs }) => {
  const shape = build.shape(inputs.x!);
  const reps = attributes.reps as number[];
  if (shape.every((size, i) => size === 1 || reps[i] === 1)) return build.broadcast(inputs.x!, outputs[0]!);
  const thin = build.reshape(
    inputs.x!,
    shape.flatMap((size) => [1, size]),
  );
  const wide = build.broadcast(
    thin,
    shape.flatMap((size, i) => [reps[i]!, size]),
  );
  return build.reshape(wide, outputs[0]!);
});

const reverse = one((build, { inputs, attributes }) => {
  const shape = build.shape(inputs.x!);
  const dims = ([attributes.dims].flat() as number[]).map((axis) => fromEnd(axis, shape.length));
  if (dims.length === 0) return inputs.x!;
  const backward = shape.map((_, axis) => dims.includes(axis));
  return build.slice(
    inputs.x!,
    shape.map((size, axis) => (backward[axis] ? size - 1 : 0)),
    shape,
    backward.map((back) => (back ? -1 : 1)),
  );
});

const stridedSlice = one((build, { inputs, attributes, outputs }) => {
  const { starts, steps, counts } = takenBySlice(build.shape(inputs.x!), attributes);
  return build.reshape(build.slice(inputs.x!, starts, counts, steps), outputs[0]!);
});

const matmul = one((build, { inputs, attributes, outputs }) => {
  const product = build.matmul(
    inputs.a!,
    inputs.b!,
    Boolean(attributes.transposeA),
    Boolean(attributes.transposeB),
  );
  return build.reshape(product, outputs[0]!);
});

const select = one((build, { inputs, outputs }) => {
  const condition = inputs.condition!;
  const rank = outputs[0]!.length;
  const own = build.shape(condition);
  // A vector condition chooses whole rows of tensors of higher rank.
  const rows = own.length === 1 && rank > 1 ? [...own, ...new Array<number>(rank - 1).fill(1)] : own;
  return build.apply('select', build.reshape(condition, rows), inputs.t!, inputs.e!);
});

const cumulative = (fold: 'sum' | 'product') =>
  one((build, { inputs, attributes, outputs }) =>
    build.add(
      {
        kind: 'cumulative',
        fold,
        axis: fromEnd(attributes.axis as number, outputs[0]!.length),
        exclusive: Boolean(attributes.exclusive),
        reverse: Boolean(attributes.reverse),
      },
      [inputs.x!],
    ),
  );

const sorted = (build: Builder, arg: NodeId, how: { descending: boolean; positions: boolean }) =>
  build.add({ kind: 'sort', ...how }, [arg]);

const topK: KernelRule = ({ build, inputs, outputs }) =>
  [false, true].map((positions) => {
    const all = sorted(build, inputs.x!, { descending: true, positions });
    return build.slice(all, zeros(outputs[0]!.length), outputs[0]!);
  });

const argExtreme = (descending: boolean) =>
  one((build, { inputs, attributes, outputs }) => {
    const shape = build.shape(inputs.x!);
    const axis = fromEnd(
      (Array.isArray(attributes.axis) ? attributes.axis[0] : attributes.axis) as number,
      shape.length,
    );
    const order = [...shape.keys()].filter((i) => i !== axis).concat(axis);
    const last = build.transpose(inputs.x!, order);
    const all = sorted(build, last, { descending, positions: true });
    const first = build.slice(all, zeros(shape.length), [...build.shape(last).slice(0, -1), 1]);
    return build.reshape(first, outputs[0]!);
  });

const oneHot = one((build, { inputs, attributes, outputs }) => {
  const { depth, onValue, offValue } = attributes as { depth: number; onValue: number; offValue: number };
  const indices = build.reshape(inputs.indices!, [...build.shape(inputs.indices!), 1]);
  const places = build.constant(
    Float32Array.from({ length: depth }, (_, i) => i),
    [depth],
  );
  const hit = build.apply('equal', indices, places);
  if (onValue === 1 && offValue === 0) return build.reshape(hit, outputs[0]!);
  return build.reshape(
    build.apply('select', hit, build.number(onValue), build.number(offValue)),
    outputs[0]!,
  );
});

const gather = one((build, { inputs, attributes }) => {
  const axis = fromEnd(attributes.axis as number, build.shape(inputs.x!).length);
  const batched = ((attributes.batchDims as number | undefined) ?? 0) > 0;
  return build.add({ kind: 'gather', axis, batched }, [inputs.x!, inputs.indices!]);
});

const segmentSum = one((build, { inputs, outputs }) =>
  build.add({ kind: 'scatter', size: outputs[0]![0]! }, [inputs.x!, inputs.segmentIds!]),
);

/** Places [...,d] among the first d axes of a shape, as places among all of them in a row: [...]. */
function flatPlaces(build: Builder, places: NodeId, shape: readonly number[]): { id: NodeId; depth: number } {
  const own = build.shape(places);
  const depth = own.at(-1)!;
  const strides = Float32Array.from({ length: depth }, (_, axis) => elements(shape.slice(axis + 1, depth)));
  const scaled = build.apply('multiply', places, build.constant(strides, [depth]));
  return { id: build.reduce('sum', scaled, [own.length - 1]), depth };
}

const gatherNd = one((build, { inputs }) => {
  const shape = build.shape(inputs.params!);
  const { id: index, depth } = flatPlaces(build, inputs.indices!, shape);
  const rows = build.reshape(inputs.params!, [elements(shape.slice(0, depth)), ...shape.slice(depth)]);
  return build.add({ kind: 'gather', axis: 0, batched: false }, [rows, index]);
});

const scatterNd = one((build, { inputs, outputs }) => {
  const shape = outputs[0]!;
  const { id, depth } = flatPlaces(build, inputs.indices!, shape);
  const inner = shape.slice(depth);
  const count = elements(build.shape(id));
  const arg = build.reshape(inputs.updates!, [count, ...inner]);
  const index = build.reshape(id, [count]);
  const rows = build.add({ kind: 'scatter', size: elements(shape.slice(0, depth)) }, [arg, index]);
  return build.reshape(rows, shape);
});

const filled = (value: number) =>
  one((build, { outputs }) => build.broadcast(build.number(value), outputs[0]!));

/** The kernels of this file by tfjs name. */
export const shapeKernels: Record<string, KernelRule> = {
  Concat: joined,
  Pack: joined,
  Unpack: cut('value'),
  SplitV: cut('x'),
  Slice: one((build, { inputs, attributes, outputs }) => {
    const shape = build.shape(inputs.x!);
    return build.slice(
      inputs.x!,
      shape.map((_, axis) => (attributes.begin as number[])[axis] ?? 0),
      outputs[0]!,
    );
  }),
  StridedSlice: stridedSlice,
  PadV2: pad,
  Tile: tile,
  BroadcastTo: one((build, { inputs, outputs }) => build.broadcast(inputs.x!, outputs[0]!)),
  Reverse: reverse,
  Reshape: one((build, { inputs, outputs }) => build.reshape(inputs.x!, outputs[0]!)),
  ExpandDims: one((build, { inputs, outputs }) => build.reshape(inputs.input!, outputs[0]!)),
  Transpose: one((build, { inputs, attributes }) => build.transpose(inputs.x!, attributes.perm as number[])),
  BatchMatMul: matmul,
  Select: select,
  Cumsum: cumulative('sum'),
  Cumprod: cumulative('product'),
  TopK: topK,
  ArgMax: argExtreme(true),
  ArgMin: argExtreme(false),
  OneHot: oneHot,
  GatherV2: gather,
  GatherNd: gatherNd,
  ScatterNd: scatterNd,
  UnsortedSegmentSum: segmentSum,
  ZerosLike: filled(0),
  OnesLike: filled(1),
};
