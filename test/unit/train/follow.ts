/** Runs a transform over a list of gradients and tells where the parameters were after each. */
import type { Slots, Transform } from '../../../src/core/contracts.ts';
import * as tf from '../../../src/core/tf.ts';

/** Parameters after each step, from `start`. */
export function follow(
  transform: Transform,
  start: readonly number[],
  gradients: readonly (readonly number[])[],
): number[][] {
  let params = tf.tensor1d([...start]);
  let slots = transform.init(start.length);
  const trace = gradients.map((gradient, i) => {
    const next = tf.tidy(() => {
      const context = { params, step: tf.scalar(i + 1) };
      const { update, slots: kept } = transform.update(tf.tensor1d([...gradient]), slots, context);
      return { params: tf.add(params, update) as tf.Tensor1D, slots: kept as Record<string, tf.Tensor1D> };
    });
    release(params, slots);
    ({ params, slots } = next);
    return [...params.dataSync()];
  });
  release(params, slots);
  return trace;
}

function release(params: tf.Tensor1D, slots: Slots): void {
  tf.dispose([params, ...Object.values(slots)]);
}
