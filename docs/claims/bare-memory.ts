/**
 * The memory of a fast weight programmer and nothing around it, as Schlag, Irie and Schmidhuber 2021 set it up in section
 * 6.1: a value is written as it is shown, and only keys and queries are learned, from key and value together. The cell
 * `delta` has the same rules between projections, norms and gates, behind which many keys are found only after long.
 *   k, q = phi(W [key, value])      sum: S <- S + v k', z <- z + k, o = S q / (z'q)
 *   delta: S <- S + beta (v - S k/|k|) (k/|k|)', o = S q/|q|, beta = sigmoid(W_b [key, value]), |x| the sum of x
 */
import { defineCell, normalTensor, tf, uniformKernel, z } from 'engram/cell';

const epsilon = 1e-6;

const settings = z.strictObject({
  rule: z.enum(['sum', 'delta']).default('sum').describe('what a pair does to the memory'),
  keySize: z.int().min(1).default(16).describe('numbers in a key before the feature map (d_key)'),
  nu: z.int().min(0).default(0).describe('products of each number, by DPFP; 0 = elu(x) + 1'),
});

/** elu + 1, or DPFP: r_i r_(i+j) for j = 1 ... nu, r = relu([x, -x]). @param x [B,d] */
function features(x: tf.Tensor2D, nu: number): tf.Tensor2D {
  if (nu === 0) return tf.add(tf.elu(x), 1);
  const r = tf.relu(tf.concat([x, tf.neg(x)], 1));
  const turned = (by: number) =>
    tf.concat([tf.slice(r, [0, by], [-1, -1]), tf.slice(r, [0, 0], [-1, by])], 1);
  return tf.concat(
    Array.from({ length: nu }, (_, j) => tf.mul(r, turned(j + 1)) as tf.Tensor2D),
    1,
  );
}

const unitSum = (x: tf.Tensor2D): tf.Tensor2D => tf.div(x, tf.add(tf.sum(x, 1, true), epsilon));

/** S k, [B,V]. */
const recall = (memory: tf.Tensor3D, key: tf.Tensor2D): tf.Tensor2D =>
  tf.sum(tf.mul(memory, tf.expandDims(key, 1)), 2);

/** S + v k', [B,V,K]. */
const write = (memory: tf.Tensor3D, value: tf.Tensor2D, key: tf.Tensor2D): tf.Tensor3D =>
  tf.add(memory, tf.mul(tf.expandDims(value, 2), tf.expandDims(key, 1)));

type Params = {
  readonly key: tf.Tensor2D;
  readonly strength?: tf.Tensor2D;
};

export default defineCell({
  name: 'bare-memory',
  settings,
  create({ rule, keySize, nu }, { inputSize }) {
    // The channels of the task capacity: keys, and as many values.
    const values = inputSize / 2;
    const size = nu === 0 ? keySize : 2 * keySize * nu;
    // z is one more row of S, of which every value has 1.
    const rows = rule === 'sum' ? values + 1 : values;
    return {
      name: 'bare-memory',
      inputSize,
      outputSize: values,
      init: (rng): Params => ({
        key: normalTensor(rng, [inputSize, keySize], 1),
        ...(rule === 'delta' && { strength: uniformKernel(rng, inputSize, 1) }),
      }),
      initialState: (_, batchSize) => ({ memory: tf.zeros([batchSize, rows, size]) as tf.Tensor3D }),
      step(params, { memory }, input) {
        const value = tf.slice(input, [0, values], [-1, values]) as tf.Tensor2D;
        // A question has none, and writes nothing.
        const isPair = tf.sum(value, 1, true) as tf.Tensor2D;
        const key = features(tf.matMul(input, params.key), nu);
        if (params.strength) {
          const beta = tf.mul(tf.sigmoid(tf.matMul(input, params.strength)), isPair);
          const error = tf.mul(tf.sub(value, recall(memory, unitSum(key))), beta) as tf.Tensor2D;
          const next = write(memory, error, unitSum(key));
          return { output: recall(next, unitSum(key)), state: { memory: next } };
        }
        const next = write(memory, tf.concat([value, isPair], 1), key);
        const read = recall(next, key);
        const total = tf.slice(read, [0, values], [-1, 1]);
        const answer = tf.slice(read, [0, 0], [-1, values]);
        return { output: tf.div(answer, tf.add(total, epsilon)) as tf.Tensor2D, state: { memory: next } };
      },
    };
  },
});
