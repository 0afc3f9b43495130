/** How a gradient takes the place of one of TensorFlow.js, or of none. */
import * as tf from './import.ts';

/** What a kernel's gradient may read: its gradient from above, what was saved, and how the kernel was called. */
export type GradientRule = (
  dy: tf.Tensor | tf.Tensor[],
  saved: tf.Tensor[],
  attributes: tf.NamedAttrMap,
) => Record<string, () => tf.Tensor>;

/** Registers a gradient; one that is there already is replaced, without the warning of TensorFlow.js. */
export function setGradient(
  kernelName: string,
  saving: Pick<tf.GradConfig, 'inputsToSave' | 'outputsToSave'>,
  gradFunc: GradientRule,
): void {
  if (tf.getGradient(kernelName) !== undefined) tf.unregisterGradient(kernelName);
  tf.registerGradient({ kernelName, ...saving, gradFunc });
}

/**
 * Registers a gradient that does what TensorFlow.js does, to the bit, except where `differs` says that it is wrong.
 * @param mended the gradient there
 */
export function mendGradient(
  kernelName: string,
  differs: (saved: tf.Tensor[], attributes: tf.NamedAttrMap) => boolean,
  mended: GradientRule,
): void {
  const { gradFunc, ...saving } = tf.getGradient(kernelName)!;
  setGradient(kernelName, saving, (dy, saved, attributes) =>
    (differs(saved, attributes) ? mended : gradFunc)(dy as tf.Tensor, saved, attributes),
  );
}

/** An axis counted from the front. */
export function axisOf(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}
