/**
 * Content addressing: a head finds the slots that look like its key. Graves, Wayne and Danihelka 2014, section 3.3.1,
 * in a form that neither overflows nor divides by zero. Left out: sparse lookup over the nearest rows (Rae et al. 2016).
 */
import * as tf from '../../core/tf.ts';

/** Under the root of each norm, so that its gradient exists at a vector of zeros; far below (1e-6)², a fresh slot's square. */
const NORM_FLOOR = 1e-16;
/** Added to the product of the norms: at memory filled with 1e-6 it moves the cosine by 0.2 percent, 1e-6 by a fifth. */
const PRODUCT_FLOOR = 1e-8;

/** What `contentWeights` looks at. */
export interface ContentQuery {
  /** [B,N,W] */
  readonly memory: tf.Tensor3D;
  /** [B,K,W], K heads together */
  readonly key: tf.Tensor3D;
  /** β >= 0, [B,K,1]; 0 gives equal weights */
  readonly strength: tf.Tensor3D;
  /** Added to β cos before the softmax, [B,K,N] or what broadcasts to it; none by default. */
  readonly score?: tf.Tensor3D | undefined;
  /** m in [0,1], [B,K,W]: what of key and slot each head compares; all of it by default. */
  readonly mask?: tf.Tensor3D | undefined;
  /** Under the root of each norm and added to their product, in place of 1e-16 and 1e-8. */
  readonly epsilon?: number;
}

/** Euclidean norm of each vector: [...,W] -> [...,1], or [...] without `keepDims`. */
function norm(vectors: tf.Tensor3D, keepDims: boolean, floor: number): tf.Tensor {
  return tf.sqrt(tf.add(tf.sum(tf.square(vectors), 2, keepDims), floor));
}

/**
 * A softmax over each slot's similarity to the key.
 *   w[i] = exp(β cos(k, M[i]) + score[i]) / Σj exp(β cos(k, M[j]) + score[j])        Graves et al. 2014, eq. 5 and 6
 *   cos(u, v) = u·v / (|u| |v| + 1e-8)
 * With a mask it is cos(k ∘ m, M[i] ∘ m), as of Csordas and Schmidhuber 2019.
 * @returns weights [B,K,N]; each row sums to 1
 */
export function contentWeights(query: ContentQuery): tf.Tensor3D {
  const { memory, key, strength, score, mask } = query;
  const [batchSize, slots] = memory.shape;
  const floor = query.epsilon ?? NORM_FLOOR;
  const masked: tf.Tensor3D = mask ? tf.mul(key, mask) : key;
  // Lengths of M ∘ m for all heads and slots as one product: Σj m[j]² M[i,j]².
  const memoryNorm = mask
    ? tf.sqrt(tf.add(tf.matMul(tf.square(mask), tf.square(memory), false, true), floor))
    : tf.reshape(norm(memory, false, floor), [batchSize, 1, slots]);
  const norms = tf.add(tf.mul(norm(masked, true, floor), memoryNorm), query.epsilon ?? PRODUCT_FLOOR);
  // β scales the key [B,K,W] and not the cosine [B,K,N]: the same product over fewer numbers.
  const asked = mask ? tf.mul(masked, mask) : key;
  const likeness = tf.div(tf.matMul(tf.mul(asked, strength), memory, false, true), norms);
  return tf.softmax(score === undefined ? likeness : tf.add(likeness, score)) as tf.Tensor3D;
}
