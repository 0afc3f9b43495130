/** Complex vectors as two tensors: what the Associative LSTM binds and bounds. */
import * as tf from '../../core/tf.ts';

/** Real and imaginary parts, of one shape. */
export type Complex<T extends tf.Tensor = tf.Tensor2D> = { readonly re: T; readonly im: T };

/** [B,2n] with the real parts first, as n complex numbers. */
export function complex(x: tf.Tensor2D): Complex {
  const [re, im] = tf.split(x, 2, 1) as [tf.Tensor2D, tf.Tensor2D];
  return { re, im };
}

/** The other way around: [B,n] in each part to [B,2n]. */
export function side({ re, im }: Complex): tf.Tensor2D {
  return tf.concat([re, im], 1);
}

/** What a function of tensors makes of either part. */
export function bothParts<T extends tf.Tensor, U extends tf.Tensor>(
  { re, im }: Complex<T>,
  f: (part: T) => U,
): Complex<U> {
  return { re: f(re), im: f(im) };
}

/** z + w */
export function plus<T extends tf.Tensor>(z: Complex<T>, w: Complex<T>): Complex<T> {
  return { re: tf.add(z.re, w.re), im: tf.add(z.im, w.im) };
}

/** z w, element by element; w is broadcast. */
export function times<T extends tf.Tensor>(z: Complex<T>, w: Complex<T>): Complex<T> {
  return {
    re: tf.sub(tf.mul(z.re, w.re), tf.mul(z.im, w.im)),
    im: tf.add(tf.mul(z.re, w.im), tf.mul(z.im, w.re)),
  };
}

const squared = <T extends tf.Tensor>({ re, im }: Complex<T>): T => tf.add(tf.square(re), tf.square(im));

/** |z| */
export function modulus<T extends tf.Tensor>(z: Complex<T>): T {
  return tf.sqrt(squared(z));
}

/** z / max(1, |z|): a modulus of at most 1, the phase as it was. */
export function bound<T extends tf.Tensor>(z: Complex<T>): Complex<T> {
  // The root of what is never below 1: that of |z|² has no slope at 0.
  const shrink: T = tf.rsqrt(tf.maximum(squared(z), 1));
  return bothParts(z, (part) => tf.mul(part, shrink));
}
