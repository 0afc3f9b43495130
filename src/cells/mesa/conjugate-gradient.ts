/**
 * A linear system for each head of each example by conjugate gradients, Hestenes and Stiefel 1952, section 3, so many steps:
 *   x = 0, r = p = b      a = r'r / p'A p      x <- x + a p      r <- r - a A p      p <- r + (r'r / last r'r) p
 * As many steps as unknowns are exact, and fewer where the eigenvalues lie close to each other. The gradient is that of the
 * solution, by the same steps on the gradient that comes in: e = A^-1 dx, dA = -e x', db = e (von Oswald et al. 2025). The
 * gradient of the steps themselves is another thing: they have found x before they have seen all of A.
 */
import * as tf from '../../core/tf.ts';
import { outer, recall } from '../delta/rules.ts';

/** A = H + Diag(lambda), symmetric and positive definite: H [B,h,d,d], lambda [B,h,d]. */
export interface System {
  readonly H: tf.Tensor4D;
  readonly lambda: tf.Tensor3D;
}

/** In place of 0 / 0 where nothing is left to solve: far below the square of what float32 can tell from 0. */
const GUARD = 1e-30;

function iterate({ H, lambda }: System, b: tf.Tensor3D, steps: number): tf.Tensor3D {
  const squared = (r: tf.Tensor3D) => tf.sum(tf.square(r), 2, true);
  let x: tf.Tensor3D | undefined;
  let r = b;
  let p = b;
  let length = squared(r);
  for (let step = 1; step <= steps; step++) {
    const Ap = tf.add(recall(H, p), tf.mul(lambda, p));
    const a = tf.div(length, tf.add(tf.sum(tf.mul(p, Ap), 2, true), GUARD));
    const along: tf.Tensor3D = tf.mul(a, p);
    x = x ? tf.add(x, along) : along;
    if (step === steps) break;
    r = tf.sub(r, tf.mul(a, Ap)) as tf.Tensor3D;
    const left = squared(r);
    p = tf.add(r, tf.mul(tf.div(left, tf.add(length, GUARD)), p)) as tf.Tensor3D;
    length = left;
  }
  return x!;
}

/** x = (H + Diag(lambda))^-1 b, [B,h,d]. @param steps at least 1 */
export function solve({ H, lambda }: System, b: tf.Tensor3D, steps: number): tf.Tensor3D {
  const operation = tf.customGrad((...args) => {
    const [h, l, right, save] = args as unknown as [tf.Tensor4D, tf.Tensor3D, tf.Tensor3D, tf.GradSaveFunc];
    const found = iterate({ H: h, lambda: l }, right, steps);
    save([h, l, found]);
    return {
      value: found,
      gradFunc: (dx: tf.Tensor, saved: tf.Tensor[]) => {
        const [A, diagonal, x] = saved as [tf.Tensor4D, tf.Tensor3D, tf.Tensor3D];
        const e = iterate({ H: A, lambda: diagonal }, dx as tf.Tensor3D, steps);
        return [tf.neg(outer(e, x)), tf.neg(tf.mul(e, x)), e];
      },
    };
  });
  return operation(H, lambda, b) as tf.Tensor3D;
}
