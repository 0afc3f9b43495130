/**
 * What RWKV-7 learns, and how it begins: the published training code's starts, which put channels of every pace side by
 * side. With n the channel, l the layer of L, u = n / (D-1), c = n / (N-1) within a head, z = (2c-1) |2c-1|:
 *   mu_z = 1 - (n/D)^{p_z (1 - l/L)}      p = .2 for r and g, .7 for k and v, .9 for w and a
 *   w0 = -5.5 + 6 u^{1 + (l/(L-1))^.3} + 2.5 z        a0 = -.19 + .3 z + .4 (u - .5)        k_k = .71 - .1 (u - .5)
 */
import { orthogonalKernel } from '../../core/init.ts';
import type { Rng } from '../../core/rng.ts';
import * as tf from '../../core/tf.ts';

/** A projection through few numbers: A [D,rank], B [rank,D]. */
export type LowRank = { readonly down: tf.Tensor2D; readonly up: tf.Tensor2D };
/** The same with what it is added to: w0 or a0, [D]. */
export type BiasedLowRank = LowRank & { readonly bias: tf.Tensor1D };

/** Which mixture of the present and the last token a projection sees. */
export type Mixture = 'r' | 'w' | 'k' | 'v' | 'a' | 'g';

/** Learned numbers of a layer. */
export type Rwkv7Params = {
  /** mu_z, [D] each */
  readonly mix: Readonly<Record<Mixture, tf.Tensor1D>>;
  /** W_r, W_k, W_v and W_o, [D,D] each */
  readonly receptance: tf.Tensor2D;
  readonly key: tf.Tensor2D;
  readonly value: tf.Tensor2D;
  readonly output: tf.Tensor2D;
  /** Of w */
  readonly decay: BiasedLowRank;
  /** Of a */
  readonly rate: BiasedLowRank;
  /** Of g */
  readonly gate: LowRank;
  /** k_k, [D] */
  readonly removal: tf.Tensor1D;
  /** k_a, [D] */
  readonly replacement: tf.Tensor1D;
  /** r_k, [h,N] */
  readonly bonus: tf.Tensor2D;
  /** Of the norm of each head, [h,N] */
  readonly norm: { readonly gain: tf.Tensor2D; readonly bias: tf.Tensor2D };
};

/** The sizes of a layer, and where it stands. */
export interface Rwkv7Sizes {
  readonly size: number;
  readonly heads: number;
  readonly decayRank: number;
  readonly rateRank: number;
  readonly gateRank: number;
  /** l, from 0 */
  readonly index: number;
  /** L */
  readonly layers: number;
}

const powers: Readonly<Record<Mixture, number>> = { r: 0.2, w: 0.9, k: 0.7, v: 0.7, a: 0.9, g: 0.2 };

/** [D] by channel. */
const channels = (size: number, value: (n: number) => number) =>
  tf.tensor1d(Float32Array.from({ length: size }, (_, n) => value(n)));

/** From 0 to 1 over so many; 1/2 for a single one. */
const along = (n: number, count: number) => (count > 1 ? n / (count - 1) : 0.5);

/** B orthogonal with gain .1, A = 0: what stands in front of it is all there is at first. */
function lowRank(rng: Rng, size: number, rank: number): LowRank {
  return { down: tf.zeros([size, rank]), up: orthogonalKernel(rng, rank, size, 0.1) };
}

/** W_r and W_v orthogonal, W_k a tenth of that, W_o = 0: a layer begins as nothing but its skip. */
export function rwkv7Params(rng: Rng, sizes: Rwkv7Sizes): Rwkv7Params {
  const { size, heads, decayRank, rateRank, gateRank, index, layers } = sizes;
  const N = size / heads;
  const depth = layers > 1 ? index / (layers - 1) : 0;
  const u = (n: number) => along(n, size);
  const z = (n: number) => {
    const c = 2 * along(n % N, N) - 1;
    return c * Math.abs(c);
  };
  const mu = (z: Mixture) => channels(size, (n) => 1 - (n / size) ** (powers[z] * (1 - index / layers)));
  return {
    mix: { r: mu('r'), w: mu('w'), k: mu('k'), v: mu('v'), a: mu('a'), g: mu('g') },
    receptance: orthogonalKernel(rng, size, size),
    key: orthogonalKernel(rng, size, size, 0.1),
    value: orthogonalKernel(rng, size, size),
    output: tf.zeros([size, size]),
    decay: {
      ...lowRank(rng, size, decayRank),
      bias: channels(size, (n) => -5.5 + 6 * u(n) ** (1 + depth ** 0.3) + 2.5 * z(n)),
    },
    rate: {
      ...lowRank(rng, size, rateRank),
      bias: channels(size, (n) => -0.19 + 0.3 * z(n) + 0.4 * (u(n) - 0.5)),
    },
    gate: lowRank(rng, size, gateRank),
    removal: channels(size, (n) => 0.71 - 0.1 * (u(n) - 0.5)),
    replacement: tf.fill([size], 1.02),
    bonus: tf.fill([heads, N], -0.04),
    norm: { gain: tf.fill([heads, N], ((index + 1) / layers) ** 0.7), bias: tf.zeros([heads, N]) },
  };
}
