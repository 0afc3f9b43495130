/** Dropout by the noise of the run: Srivastava et al. 2014, with what is kept scaled up in training. */
import { UsageError } from '../core/errors.ts';
import { withoutGradient } from '../core/gradients.ts';
import { showShape } from '../core/shape.ts';
import * as tf from '../core/tf.ts';

/**
 * Sets a share of the elements to 0 and scales the others by 1 / (1 - rate); in evaluation, all stay as they are.
 * @param noise of the step, or a part of it, shaped like `x`: uniform in [0,1) in training, 1 in evaluation; none is as in
 *   evaluation
 * @param rate in [0,1)
 * @throws UsageError when they do not fit
 */
export function dropout<T extends tf.Tensor>(x: T, noise: tf.Tensor | undefined, rate: number): T {
  if (!(rate >= 0 && rate < 1))
    throw new UsageError(
      `dropout: expected a rate of at least 0 and below 1, got ${rate}; it is the share that is dropped`,
    );
  if (noise === undefined || rate === 0) return x;
  if (showShape(noise.shape) !== showShape(x.shape))
    throw new UsageError(
      `dropout: expected noise of the shape ${showShape(x.shape)}, got ${showShape(noise.shape)}; set noiseSize, and slice a part for each use`,
    );
  const factor = withoutGradient((drawn) => {
    const kept = tf.mul(tf.cast(tf.greaterEqual(drawn!, rate), 'float32'), 1 / (1 - rate));
    return tf.where(tf.less(drawn!, 1), kept, tf.onesLike(drawn!));
  }, noise);
  return tf.mul(x, factor) as T;
}
