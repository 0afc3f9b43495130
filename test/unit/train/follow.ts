/** Runs a transform over a list of gradients and tells where the parameters were after each. */
import type { OptimizerState, Transform } from '../../../src/core/contracts.ts';
import * as tf from '../../../src/core/tf.ts';

/** Parameters after each step, from `start`. */
export function follow(
  transform: Transform,
  start: readonly number[],
  gradients: readonly (readonly number[])[],
): number[][] {
  let params = tf.tensor1d([...start]);
  let state = transform.init(start.length);
  const trace = gradients.map((gradient, i) => {
    const next = tf.tidy(() => {
      const context = { params, step: tf.scalar(i + 1) };
      const { update, state: kept } = transform.update(tf.tensor1d([...gradient]), state, context);
      return { params: tf.add(params, update) as tf.Tensor1D, state: kept as Record<string, tf.Tensor1D> };
    });
    release(params, state);
    ({ params, state } = next);
    return [...params.dataSync()];
  });
  release(params, state);
  return trace;
}

function release(params: tf.Tensor1D, state: OptimizerState): void {
  tf.dispose([params, ...Object.values(state)]);
}
