/**
 * Least recently used access: Santoro, Bartunov, Botvinick, Wierstra and Lillicrap 2016, section 3.2, on NTM heads.
 * Deviations: a write head mixes the least used slot with where it is addressed, not with the previous read; it gets
 * one slot (the v-th least used for head v), not all among the n least used; the slot is cleared by the head's own
 * erase vector, not always; nothing is used at the start; usages within 1e-4 of the least count as equal. The mix is a
 * learned scalar for each head, as in the paper.
 */
import { withoutGradient } from '../../core/gradients.ts';
import * as tf from '../../core/tf.ts';
import type { ProminenceRule } from './rule.ts';

/** γ, which the paper names and gives no value that we could make sure of: 0.95 is that of two public reimplementations. */
const USAGE_DECAY = 0.95;
/** Sets a slot that is taken above any usage: that is at most (R + V) / (1 - γ). */
const TAKEN = 1e9;

/** Usages this close to the least count as equal to it: slots treated alike differ by rounding, which must not choose. */
const USAGE_GRAIN = 1e-4;

/** 1 at the smallest of each row, at the first of equals, and 0 elsewhere: [B,N]. */
function smallest(values: tf.Tensor2D): tf.Tensor2D {
  const least = tf.add(tf.min(values, 1, true), USAGE_GRAIN);
  const candidates = tf.cast(tf.lessEqual(values, least), 'float32');
  const first = tf.less(tf.cumsum(candidates, 1, true), 0.5);
  return tf.mul(candidates, tf.cast(first, 'float32')) as tf.Tensor2D;
}

/**
 * One-hot weights on the least used slots, for head v on the v-th, ties going to the lower index. Constant for the
 * gradient, as the paper's threshold is.
 * @param usage >= 0, [B,N]   @param writeHeads V <= N   @returns [B,V,N]
 */
export function leastUsed(usage: tf.Tensor2D, writeHeads: number): tf.Tensor3D {
  return withoutGradient((given) => {
    let rest = given as tf.Tensor2D;
    const picks: tf.Tensor2D[] = [];
    for (let head = 0; head < writeHeads; head++) {
      if (head > 0) rest = tf.add(rest, tf.mul(picks[head - 1]!, TAKEN));
      picks.push(smallest(rest));
    }
    return tf.stack(picks, 1) as tf.Tensor3D;
  }, usage);
}

/**
 * w^u_t = γ w^u_{t-1} + Σr w^r_t + Σv w^w_t                                           Santoro et al. 2016, eq. 5
 * Constant for the gradient, since only the order of the slots is used.
 */
export function decayedUsage(usage: tf.Tensor2D, read: tf.Tensor3D, written: tf.Tensor3D): tf.Tensor2D {
  return withoutGradient<tf.Tensor2D>(
    (before, ...weights) =>
      tf.add(tf.mul(before!, USAGE_DECAY), tf.sum(tf.concat(weights, 1), 1)) as tf.Tensor2D,
    usage,
    read,
    written,
  );
}

/** Learned numbers: the logit α of each write head's mix, [V,1]. */
type Params = { readonly mix: tf.Tensor2D };
type Usage = { readonly usage: tf.Tensor2D };

/** Write weights σ(α) w + (1 - σ(α)) w^lu; α starts at 0. */
export const lru: ProminenceRule<Params, Usage> = {
  equivariant: false,
  readGates: [],
  writeGates: [],
  init: (writeHeads) => ({ mix: tf.zeros([writeHeads, 1]) as tf.Tensor2D }),
  start: (batchSize, slots) => ({ usage: tf.zeros([batchSize, slots]) as tf.Tensor2D }),
  release: (usage) => usage,
  score: () => undefined,
  place: ({ mix }, { usage }, { addressed }) => {
    const share = tf.sigmoid(mix);
    const fresh = tf.mul(leastUsed(usage, addressed.shape[1]), tf.sub(1, share));
    const weights = tf.add(tf.mul(addressed, share), fresh) as tf.Tensor3D;
    return { pointed: weights, written: weights };
  },
  update: (_params, { usage }, { read, written }) => ({ usage: decayedUsage(usage, read, written) }),
};
