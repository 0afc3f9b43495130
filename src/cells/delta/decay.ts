/**
 * The gate of the gated rules, in the form of Mamba: Gu and Dao 2023, section 3.6, as Mamba-2 and Gated DeltaNet have it.
 *   dt = softplus(W_a x + b)        alpha = exp(-exp(A) dt) in (0,1)
 * One number a head, or one for each of its d_k channels (GLA, KDA); A is one a head in either.
 * GLA's own gate, sigmoid(W_a x)^(1/16), is e^A = 1/16 and b = 0 of it. The papers leave A and b out of weight decay,
 * which the optimizer `adamw` here does not.
 */
import type { Rng } from '../../core/rng.ts';
import * as tf from '../../core/tf.ts';

/** What is learned of the gate beside its columns of the projection: A [h]; b [h] or [h d_k]. */
export type DecayParams = { readonly A: tf.Tensor1D; readonly bias: tf.Tensor1D };

/** Where dt starts, evenly in its logarithm. */
const SHORTEST = 1e-3;
const LONGEST = 0.1;

/** e^A ~ U(0,16), or U(1,16) with a gate a channel; b so that softplus(b) is dt. */
export function decayParams(rng: Rng, heads: number, channels: number): DecayParams {
  const least = channels === 1 ? 0 : 1;
  // 1 - u is in (0,1]: the logarithm is finite.
  const A = Float32Array.from({ length: heads }, () => Math.log(16 - (16 - least) * rng.uniform()));
  const bias = Float32Array.from({ length: heads * channels }, () => {
    const dt = SHORTEST * (LONGEST / SHORTEST) ** rng.uniform();
    return Math.log(Math.expm1(dt));
  });
  return { A: tf.tensor1d(A), bias: tf.tensor1d(bias) };
}

/**
 * How fast is forgotten, before it is a share.
 * @param raw W_a x, [B,h c] with c = 1 or d_k
 * @returns dt and exp(A) dt, [B,h,c]
 */
export function fading({ A, bias }: DecayParams, raw: tf.Tensor2D) {
  const heads = A.shape[0];
  const dt = tf.reshape(tf.softplus(tf.add(raw, bias)), [-1, heads, bias.shape[0] / heads]) as tf.Tensor3D;
  const rate = tf.reshape(tf.exp(A), [heads, 1]);
  return { dt, speed: tf.mul(dt, rate) as tf.Tensor3D };
}

/**
 * @param raw W_a x, [B,h c] with c = 1 or d_k
 * @returns dt and alpha, [B,h,c]
 */
export function decay(params: DecayParams, raw: tf.Tensor2D) {
  const { dt, speed } = fading(params, raw);
  return { dt, alpha: tf.exp(tf.neg(speed)) as tf.Tensor3D };
}
