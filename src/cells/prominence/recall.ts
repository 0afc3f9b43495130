/**
 * Recall (ours): slots stand out the more they are read. What is often recalled is found more easily, and what is
 * rarely recalled is overwritten first. It acts through content addressing alone: a head with its gate shut is untouched.
 */
import * as tf from '../../core/tf.ts';
import type { ProminenceRule } from './rule.ts';

/** Inside the logarithm: a slot not read for long falls behind by log(1e-3) and no further. */
const USAGE_FLOOR = 1e-3;
/** λ starts at 0.95, ρ at 0.05: close to a plain NTM, with a gradient. */
const START_DECAY_LOGIT = Math.log(0.95 / 0.05);
const START_STRENGTH_RAW = Math.log(Math.expm1(0.05));

/**
 * usage_t = λ usage_{t-1} + Σr w^r_t
 * @param decay logit of λ, [1]   @param readWeights [B,R,N]
 */
export function recallUsage(usage: tf.Tensor2D, decay: tf.Tensor1D, readWeights: tf.Tensor3D): tf.Tensor2D {
  return tf.add(tf.mul(usage, tf.sigmoid(decay)), tf.sum(readWeights, 1)) as tf.Tensor2D;
}

/**
 * What is added to the content score: ± ρ log(usage + 1e-3), ρ = softplus(strength).
 * @param strength [1]   @param signs [1,K,1], +1 for heads that read, -1 for heads that write   @returns [B,K,N]
 */
export function recallScore(usage: tf.Tensor2D, strength: tf.Tensor1D, signs: tf.Tensor3D): tf.Tensor3D {
  const [batchSize, slots] = usage.shape;
  const prominence = tf.reshape(tf.log(tf.add(usage, USAGE_FLOOR)), [batchSize, 1, slots]);
  return tf.mul(prominence, tf.mul(signs, tf.softplus(strength)));
}

/** +1 for each head that reads, then -1 for each that writes: [1,K,1]. */
function headSigns(read: number, write: number): tf.Tensor3D {
  const signs = Array.from({ length: read + write }, (_, head) => (head < read ? 1 : -1));
  return tf.tensor3d(signs, [1, signs.length, 1]);
}

type Params = { readonly decay: tf.Tensor1D; readonly strength: tf.Tensor1D };
type Usage = { readonly usage: tf.Tensor2D };

/** Every slot starts with usage 1, as if read once. */
export const recall: ProminenceRule<Params, Usage> = {
  equivariant: true,
  readGates: [],
  writeGates: [],
  init: () => ({
    decay: tf.tensor1d([START_DECAY_LOGIT]),
    strength: tf.tensor1d([START_STRENGTH_RAW]),
  }),
  start: (batchSize, slots) => ({ usage: tf.ones([batchSize, slots]) as tf.Tensor2D }),
  release: (usage) => usage,
  score: (params, { usage }, { read, write }) => recallScore(usage, params.strength, headSigns(read, write)),
  place: (_params, _usage, { addressed }) => ({ pointed: addressed, written: addressed }),
  update: (params, { usage }, { read }) => ({ usage: recallUsage(usage, params.decay, read) }),
};
