/**
 * What keys and queries go through before they meet the memory: a feature map phi, then a normalization. Those of
 * attention made linear are never negative, so that sums of them can be divided by.
 */
import * as tf from '../../core/tf.ts';
import { silu } from '../short-convolution.ts';

/** Added to sums and squared lengths that are divided by: 1e-6 in the authors' codes. */
export const featureEpsilon = 1e-6;

/** A feature map: a row of the table. */
export interface FeatureMap {
  /** phi >= 0. */
  readonly positive: boolean;
  /** Numbers that come of d, `nu` being a setting of dpfp. */
  size(d: number, nu: number): number;
  /** [B,h,d] to [B,h,size] */
  apply(x: tf.Tensor3D, nu: number): tf.Tensor3D;
}

const same = (d: number) => d;

/** Every feature map by name. */
export const featureMaps = {
  /** x sigmoid(x): DeltaNet, Gated DeltaNet, Mamba-2. */
  silu: { positive: false, size: same, apply: silu },
  /** elu(x) + 1: Katharopoulos et al. 2020, eq. 7. */
  elu: { positive: true, size: same, apply: (x) => tf.add(tf.elu(x), 1) },
  relu: { positive: true, size: same, apply: (x) => tf.relu(x) },
  /** r_i r_{i+j} for j = 1 ... nu, r = relu([x, -x]), places counted around: Schlag et al. 2021, section 5.3. */
  dpfp: { positive: true, size: (d, nu) => 2 * d * nu, apply: dpfp },
  identity: { positive: false, size: same, apply: (x) => x },
} satisfies Record<string, FeatureMap>;

/** The name of a feature map. */
export type FeatureMapName = keyof typeof featureMaps;

function dpfp(x: tf.Tensor3D, nu: number): tf.Tensor3D {
  const r = tf.relu(tf.concat([x, tf.neg(x)], 2));
  const size = r.shape[2];
  const turned = (by: number) =>
    tf.concat([tf.slice(r, [0, 0, by], [-1, -1, size - by]), tf.slice(r, [0, 0, 0], [-1, -1, by])], 2);
  return tf.concat(
    Array.from({ length: nu }, (_, j) => tf.mul(r, turned(j + 1))),
    2,
  ) as tf.Tensor3D;
}

/** x / sqrt(sum of x² + ε): length 1, of each head. */
export function unitLength(x: tf.Tensor3D): tf.Tensor3D {
  return tf.mul(x, tf.rsqrt(tf.add(tf.sum(tf.square(x), 2, true), featureEpsilon)));
}

/** x / (sum of x + ε), of each head: Schlag et al. 2021, section 4.2. */
export function unitSum(x: tf.Tensor3D): tf.Tensor3D {
  return tf.div(x, tf.add(tf.sum(x, 2, true), featureEpsilon));
}
