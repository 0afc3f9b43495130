/**
 * The rules of the linear family: what one token does to the state matrix S, d_v x d_k of each head. All are settings of
 *   S <- S Diag(alpha)      once a token, before the error is taken
 *   S <- S + (w_j v_j - beta_j S k_j) k_j'      for j = 1 ... n_h
 *   o = S q      after the last write
 * Each row of the table says which terms are there; S is zero before the first token.
 */
import * as tf from '../../core/tf.ts';

/** A rule: a row of the table. */
export interface DeltaRule {
  /** alpha is learned; it is 1 otherwise. */
  readonly gated: boolean;
  /** What the key finds is taken back, and w = beta; beta is 0 otherwise. */
  readonly reads: boolean;
  /** n_h where nothing else is said; where it is more than 1, other numbers can be chosen. */
  readonly steps: number;
}

/** Every rule by name. */
export const deltaRules = {
  /** Linear attention, w = 1: Katharopoulos et al. 2020, eq. 18 to 20. */
  sum: { gated: false, reads: false, steps: 1 },
  /** The delta rule, w = beta: Schlag et al. 2021, eq. 24; DeltaNet, Yang et al. 2024b, section 2.2. */
  delta: { gated: false, reads: true, steps: 1 },
  /** Mamba-2, one gate a head and w = dt: Dao and Gu 2024; GLA, a gate a channel and w = 1: Yang et al. 2024a, eq. 3. */
  'gated-sum': { gated: true, reads: false, steps: 1 },
  /** Gated DeltaNet, w = beta: Yang et al. 2025, eq. 10; with a gate a channel KDA: Kimi Team 2025, eq. 1. */
  'gated-delta': { gated: true, reads: true, steps: 1 },
  /** DeltaProduct, n_h keys, values and betas a token: Siems et al. 2025, section 3. */
  product: { gated: false, reads: true, steps: 2 },
  /** Gated DeltaProduct: the same with the gate, once a token. */
  'gated-product': { gated: true, reads: true, steps: 2 },
} satisfies Record<string, DeltaRule>;

/** The name of a rule. */
export type DeltaRuleName = keyof typeof deltaRules;

/** One write of a token, for each of h heads. */
export interface Write {
  /** [B,h,d_k] */
  readonly key: tf.Tensor3D;
  /** [B,h,d_v] */
  readonly value: tf.Tensor3D;
  /** w, [B,h]; 1 where there is none */
  readonly strength?: tf.Tensor2D | undefined;
}

/** A matrix with a row, or with a column, for each head: [B,h,d_v,d_k] by [B,h,d_k] or [B,h,d_v]. */
const row = (x: tf.Tensor3D): tf.Tensor4D => tf.expandDims(x, 2);
const column = (x: tf.Tensor3D): tf.Tensor4D => tf.expandDims(x, 3);

/** S k, [B,h,d_v]: what the memory holds of a key or a query [B,h,d_k]. */
export function recall(memory: tf.Tensor4D, key: tf.Tensor3D): tf.Tensor3D {
  return tf.sum(tf.mul(memory, row(key)), 3);
}

/** S Diag(alpha). @param alpha one number a head, [B,h,1], or one a channel, [B,h,d_k] */
export function fade(memory: tf.Tensor4D, alpha: tf.Tensor3D): tf.Tensor4D {
  return tf.mul(memory, row(alpha));
}

/** v k', [B,h,d_v,d_k]: what a value [B,h,d_v] under a key [B,h,d_k] adds. */
export function outer(value: tf.Tensor3D, key: tf.Tensor3D): tf.Tensor4D {
  return tf.mul(column(value), row(key));
}

/** S + (w v - beta S k) k', beta = w where the rule reads and 0 otherwise. */
export function write(
  { reads }: DeltaRule,
  memory: tf.Tensor4D,
  { key, value, strength }: Write,
): tf.Tensor4D {
  const error = reads ? tf.sub(value, recall(memory, key)) : value;
  const weighed = strength ? tf.mul(error, tf.expandDims<tf.Tensor3D>(strength, 2)) : error;
  return tf.add(memory, outer(weighed as tf.Tensor3D, key));
}
