/**
 * Gradients of products along an axis, right where a factor is zero too: no division.
 *   y = Πi x[i]                    dx[i] = dy Π(j ≠ i) x[j]
 *   y[j] = Π(i ≤ j) x[i]           dx[i] = Π(k < i) x[k] · Σ(j ≥ i) dy[j] Π(i < k ≤ j) x[k]
 * TensorFlow.js has none for `cumprod`, and for `prod` one that mistakes an axis counted from the end.
 */
import * as tf from './import.ts';
import { axisOf, setGradient } from './register.ts';

/** The axes in front, then these. */
function lastOrder(rank: number, axes: readonly number[]): number[] {
  return [...Array(rank).keys()].filter((axis) => !axes.includes(axis)).concat(axes);
}

/** The transposition that undoes another. */
function undone(order: readonly number[]): number[] {
  return order.map((_, axis) => order.indexOf(axis));
}

function productGradient(x: tf.Tensor, dy: tf.Tensor, axes: readonly number[]): tf.Tensor {
  const order = lastOrder(x.rank, axes);
  const moved = tf.transpose(x, order);
  const kept = moved.shape.slice(0, x.rank - axes.length);
  const factors = tf.reshape(moved, [...kept, axes.reduce((size, axis) => size * x.shape[axis]!, 1)]);
  const last = kept.length;
  const others = tf.mul(tf.cumprod(factors, last, true, false), tf.cumprod(factors, last, true, true));
  const gradient = tf.mul(tf.reshape(dy, [...kept, 1]), others);
  return tf.transpose(tf.reshape(gradient, moved.shape), undone(order));
}

setGradient('Prod', { inputsToSave: ['x'] }, (dy, [x], { axis }) => {
  const all = [...Array(x!.rank).keys()];
  const axes =
    axis === null || axis === undefined
      ? all
      : ([axis].flat() as number[]).map((own) => axisOf(own, x!.rank)).sort((a, b) => a - b);
  return { x: () => productGradient(x!, dy as tf.Tensor, axes) };
});

/** Along the last axis, from the front. */
function runningGradient(x: tf.Tensor, dy: tf.Tensor, exclusive: boolean): tf.Tensor {
  const size = x.shape.at(-1)!;
  const last = x.rank;
  const pairs = (holds: (i: number, j: number) => boolean): tf.Tensor2D =>
    tf.tensor2d(
      Float32Array.from({ length: size * size }, (_, at) =>
        holds(Math.floor(at / size), at % size) ? 1 : 0,
      ),
      [size, size],
    );
  const after = pairs((i, k) => k > i);
  // Row i: ones up to and with x[i], the factors after it; its running product is Π(i < k ≤ j) x[k].
  const row = tf.expandDims(x, -2);
  const rows = tf.add(tf.mul(row, after), tf.sub(1, after));
  const between = tf.cumprod(rows, last, exclusive, false);
  const reached = exclusive ? after : pairs((i, j) => j >= i);
  const sums = tf.sum(tf.mul(tf.mul(between, reached), tf.expandDims(dy, -2)), -1);
  return tf.mul(tf.cumprod(x, last - 1, true, false), sums);
}

setGradient('Cumprod', { inputsToSave: ['x'] }, (dy, [x], attributes) => {
  const { axis, exclusive, reverse } = attributes as unknown as {
    axis: number;
    exclusive: boolean;
    reverse: boolean;
  };
  const order = lastOrder(x!.rank, [axisOf(axis, x!.rank)]);
  const turned = (value: tf.Tensor) => (reverse ? tf.reverse(value, -1) : value);
  const moved = (value: tf.Tensor) => turned(tf.transpose(value, order));
  return {
    x: () =>
      tf.transpose(turned(runningGradient(moved(x!), moved(dy as tf.Tensor), exclusive)), undone(order)),
  };
});
