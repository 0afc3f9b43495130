/**
 * Gradients of what picks elements by their places: the largest of a line, rows by their number. Each adds what comes
 * from above at the places that were picked; the places themselves are constant.
 * TensorFlow.js has none for `topk`, `gatherND` and `scatterND`, for `gather` none on the wasm backend, and for `gather` with batch
 * dimensions one that cuts the batch into single examples.
 */
import { elements } from '../shape.ts';
import * as tf from './import.ts';
import { axisOf, mendGradient, setGradient } from './register.ts';

/** One-hot rows [...,size] for places [...]. */
const oneHot = (places: tf.Tensor, size: number): tf.Tensor =>
  tf.cast(tf.oneHot(tf.cast(places, 'int32'), size), 'float32');

setGradient('TopK', { inputsToSave: ['x'], outputsToSave: [false, true] }, (dy, [x, places]) => ({
  x: () => {
    const [values] = dy as tf.Tensor[];
    return tf.sum(tf.mul(tf.expandDims(values!, -1), oneHot(places!, x!.shape.at(-1)!)), -2);
  },
}));

/** Places [B,...] among the n of axis 1 of x [B,n,...], dy [B,...,...]. */
function fromEach(dy: tf.Tensor, places: tf.Tensor, x: tf.Tensor): tf.Tensor {
  const [batchSize, size, ...inner] = x.shape as [number, number, ...number[]];
  const count = elements(places.shape.slice(1));
  const hot = oneHot(tf.reshape(places, [batchSize, count]), size);
  const rows = tf.reshape(dy, [batchSize, count, elements(inner)]);
  return tf.reshape(tf.matMul(hot, rows, true, false), x.shape);
}

/** The same places [k] among the n of an axis for all that is before it. */
function fromAll(dy: tf.Tensor, places: tf.Tensor, x: tf.Tensor, axis: number): tf.Tensor {
  const hot = oneHot(tf.reshape(places, [places.size]), x.shape[axis]!);
  const before = x.shape.slice(0, axis);
  const rows = tf.reshape(dy, [...before, places.size, elements(x.shape.slice(axis + 1))]);
  return tf.reshape(tf.matMul(tf.transpose(hot), rows), x.shape);
}

const hasScatter = () => tf.getKernel('UnsortedSegmentSum', tf.getBackend()) !== undefined;

mendGradient(
  'GatherV2',
  ([x], { axis, batchDims }) => (batchDims ? axisOf(axis as number, x!.rank) === 1 : !hasScatter()),
  (dy, [x, places], { axis, batchDims }) => ({
    x: () =>
      batchDims
        ? fromEach(dy as tf.Tensor, places!, x!)
        : fromAll(dy as tf.Tensor, places!, x!, axisOf(axis as number, x!.rank)),
    indices: () => tf.zeros(places!.shape),
  }),
);

setGradient('GatherNd', { inputsToSave: ['params', 'indices'] }, (dy, [params, indices]) => ({
  params: () => tf.scatterND(tf.cast(indices!, 'int32'), dy as tf.Tensor, params!.shape),
  indices: () => tf.zeros(indices!.shape),
}));

setGradient('ScatterNd', { inputsToSave: ['indices', 'updates'] }, (dy, [indices, updates]) => ({
  indices: () => tf.zeros(indices!.shape),
  updates: () => tf.reshape(tf.gatherND(dy as tf.Tensor, tf.cast(indices!, 'int32')), updates!.shape),
}));
