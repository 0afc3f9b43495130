/**
 * The fast weights of Ba et al. 2016 in two forms that compute the same: the matrix A itself, and attention over the
 * hidden states that were written to it, which never builds A (section 2.2 and appendix A.1 there).
 */
import * as tf from '../../core/tf.ts';

/** What a read gives. */
export interface FastRead {
  /** A h, [B,H] */
  readonly value: tf.Tensor2D;
  /** How much each remembered state adds to it, [B,K]; newest last. In the attention form only. */
  readonly attention?: tf.Tensor2D;
}

/** A memory of outer products that fade, as pure functions of its state. */
export interface FastMemory {
  /** The empty memory, A(0) = 0. */
  start(batchSize: number): tf.Tensor3D;
  /** A(t) = decay A(t-1) + rate h h^T, eq. 1. @param hidden h, [B,H] */
  write(memory: tf.Tensor3D, hidden: tf.Tensor2D): tf.Tensor3D;
  /** @param hidden [B,H] */
  read(memory: tf.Tensor3D, hidden: tf.Tensor2D): FastRead;
}

/** The numbers of both forms: size H, decay λ, rate η. */
export interface FastMemoryOptions {
  readonly size: number;
  readonly decay: number;
  readonly rate: number;
}

/** The form that keeps A, [B,H,H]: H² numbers and as many multiplications for each write and read, for any length. */
export function matrixMemory({ size, decay, rate }: FastMemoryOptions): FastMemory {
  return {
    start: (batchSize) => tf.zeros([batchSize, size, size]),
    write(memory, hidden) {
      const column = tf.reshape(hidden, [-1, size, 1]);
      const outer = tf.mul(column, tf.reshape(tf.mul(hidden, rate), [-1, 1, size]));
      return tf.add(tf.mul(memory, decay), outer);
    },
    read: (memory, hidden) => ({
      value: tf.reshape(tf.matMul(tf.reshape(hidden, [-1, 1, size]), memory, false, true), [-1, size]),
    }),
  };
}

/**
 * The form that keeps the last K = `length` states written, [B,K,H] with the newest last, empty places zero:
 *   A(t) h = rate Σ_τ decay^(t-τ) h(τ) [h(τ) · h]                                                  appendix A.1
 * K H numbers and multiplications. It equals the matrix up to K writes; beyond that the oldest are forgotten.
 */
export function attentionMemory(options: FastMemoryOptions & { readonly length: number }): FastMemory {
  const { size, decay, rate, length } = options;
  const fading = Float32Array.from({ length }, (_, place) => rate * decay ** (length - 1 - place));
  return {
    start: (batchSize) => tf.zeros([batchSize, length, size]),
    write(memory, hidden) {
      const newest = tf.reshape(hidden, [-1, 1, size]) as tf.Tensor3D;
      if (length === 1) return newest;
      return tf.concat([tf.slice(memory, [0, 1, 0], [-1, length - 1, size]), newest], 1);
    },
    read(memory, hidden) {
      const scores = tf.matMul(tf.reshape(hidden, [-1, 1, size]), memory, false, true);
      const attention = tf.mul(scores, tf.tensor3d(fading, [1, 1, length]));
      return {
        value: tf.reshape(tf.matMul(attention, memory), [-1, size]),
        attention: tf.reshape(attention, [-1, length]),
      };
    },
  };
}
