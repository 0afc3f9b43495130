/**
 * Location addressing: a head stays where it was, steps along the slots, and sharpens.
 * Graves, Wayne and Danihelka 2014, section 3.3.2. Left out: the single scalar shift that the paper mentions.
 */
import * as tf from '../../core/tf.ts';

/** Added before the logarithm: an empty slot weighs 1e-16 and not nothing, so that its logarithm is finite. */
const WEIGHT_FLOOR = 1e-16;

/**
 * Between where the content points and where the head was.
 *   w = g wc + (1 - g) w'                                                             Graves et al. 2014, eq. 7
 * Written with two products, because w' + g (wc - w') rounds to tiny negatives.
 * @param content [B,K,N]   @param previous [B,K,N]   @param gate g in [0,1], [B,K,1]
 */
export function interpolate(content: tf.Tensor3D, previous: tf.Tensor3D, gate: tf.Tensor3D): tf.Tensor3D {
  return tf.add(tf.mul(content, gate), tf.mul(previous, tf.sub(1, gate)));
}

/** The weights turned by `offset` slots around the ring, as the two pieces that make them up. */
function turned(weights: tf.Tensor3D, offset: number): tf.Tensor3D[] {
  if (offset === 0) return [weights];
  const [batchSize, heads, slots] = weights.shape;
  const cut = (slots - offset) % slots;
  return [
    tf.slice(weights, [0, 0, cut], [batchSize, heads, slots - cut]),
    tf.slice(weights, [0, 0, 0], [batchSize, heads, cut]),
  ];
}

/**
 * Circular convolution with the shift distribution: what stood in slot j moves to j + o with probability s[o].
 *   w[i] = Σo s[o] w'[(i - o) mod N],  o = -range ... range                           Graves et al. 2014, eq. 8
 * @param weights [B,K,N]   @param shift [B,K,S] with S = 2 range + 1 <= N; S = 1 leaves the weights as they are
 */
export function shiftWeights(weights: tf.Tensor3D, shift: tf.Tensor3D): tf.Tensor3D {
  const [batchSize, heads, slots] = weights.shape;
  const offsets = shift.shape[2];
  if (offsets === 1) return weights;
  const range = (offsets - 1) / 2;
  // One concat makes all the turned copies, [B,K,S N]; one product and one sum weigh them.
  const copies = Array.from({ length: offsets }, (_, index) => turned(weights, index - range)).flat();
  const windows = tf.reshape(tf.concat(copies, 2), [batchSize, heads, offsets, slots]);
  return tf.sum(tf.mul(windows, tf.reshape(shift, [batchSize, heads, offsets, 1])), 2);
}

/**
 * Raised to a power and normalized, as a softmax of logarithms: the literal quotient is 0/0 in single precision
 * already at γ = 25 over 128 equal weights.
 *   w[i] = w'[i]^γ / Σj w'[j]^γ = softmax(γ log(max(w', 0) + 1e-16))[i]               Graves et al. 2014, eq. 9
 * @param weights >= 0, [B,K,N]; round-off below zero is cut off   @param sharpening γ >= 1, [B,K,1]
 * @param floor what is added to each weight
 * @returns [B,K,N]; each row sums to 1 whatever the sum of `weights` was
 */
export function sharpen(weights: tf.Tensor3D, sharpening: tf.Tensor3D, floor = WEIGHT_FLOOR): tf.Tensor3D {
  return tf.softmax(tf.mul(tf.log(tf.add(tf.relu(weights), floor)), sharpening));
}
