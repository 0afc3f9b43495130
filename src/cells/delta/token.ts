/**
 * What the rules are given of a token beside its keys and values:
 *   beta_j = sigmoid(W_b x)      w_j = beta_j, dt or 1      alpha and dt as in decay.ts
 */
import * as tf from '../../core/tf.ts';
import { type DecayParams, decay } from './decay.ts';
import type { Seen } from './front-end.ts';
import type { DeltaGate, DeltaPlan } from './plan.ts';
import type { Write } from './rules.ts';

/** The token's writes and its gate, [B,h,1] or [B,h,d_k]; there is none where the rule forgets nothing. */
export interface Token {
  readonly writes: readonly Write[];
  readonly alpha: tf.Tensor3D | undefined;
}

/** The token that the front end has seen. */
export function tokenOf(plan: DeltaPlan, params: DecayParams | undefined, seen: Seen<DeltaGate>): Token {
  const { keys, values, gates } = seen;
  const beta = gates.beta && writeStrengths(plan, gates.beta);
  const decayed = params && decay(params, gates.alpha!);
  return {
    writes: keys.map((key, j) => ({
      key,
      value: values[j]!,
      strength: beta?.[j] ?? discretization(plan, decayed?.dt),
    })),
    alpha: decayed?.alpha,
  };
}

/** beta_j = sigmoid(W_b x), twice that with negative eigenvalues (Grazzi et al. 2025): [B,h] each. */
function writeStrengths({ heads, steps, negativeEigenvalues }: DeltaPlan, raw: tf.Tensor2D): tf.Tensor2D[] {
  const beta = tf.mul(tf.sigmoid(raw), negativeEigenvalues ? 2 : 1) as tf.Tensor2D;
  return tf.split(beta, Array(steps).fill(heads), 1);
}

/** Mamba-2 writes dt v k': Dao and Gu 2024, section 2; the others of that family v k'. */
function discretization({ gate, heads }: DeltaPlan, dt: tf.Tensor3D | undefined): tf.Tensor2D | undefined {
  return dt && gate === 'scalar' ? tf.reshape(dt, [-1, heads]) : undefined;
}
