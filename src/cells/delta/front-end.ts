/**
 * The front end that the whole family shares, as DeltaNet and its successors have it:
 *   q, k = phi(conv(W x))      v = SiLU(conv(W x))      beta = sigmoid(W_b x)      y = W_o (RMSNorm_head(o) SiLU(W_g x))
 * conv is the short convolution. Without it q and k are phi(W x), and v is W x, as in Katharopoulos et al. 2020 and
 * Schlag et al. 2021, who have neither norm nor gate at the output: here all rules have both.
 * All projections are one kernel: W for q, k_1 ... k_n, v_1 ... v_n, then W_g, W_b and W_a.
 */
import { uniformKernel } from '../../core/init.ts';
import type { Rng } from '../../core/rng.ts';
import * as tf from '../../core/tf.ts';
import { rmsNorm, rmsNormGain } from '../rms-norm.ts';
import { shortConvolution, shortConvolutionKernel, silu } from '../short-convolution.ts';
import { type DecayParams, decay, decayParams } from './decay.ts';
import { featureMaps, unitLength, unitSum } from './feature-maps.ts';
import type { DeltaPlan } from './plan.ts';
import { deltaRules, type Write } from './rules.ts';

/** Learned numbers of a layer, C = h (d_k + n_h (d_k + d_v)) being what is convolved. */
export type DeltaParams = {
  /** [D, C + h d_v + h n_h + h c]; the last two where the rule has beta and alpha */
  readonly kernel: tf.Tensor2D;
  /** [4,C] */
  readonly convolution?: tf.Tensor2D;
  readonly decay?: DecayParams;
  /** Of the norm of each head, [d_v] */
  readonly norm: tf.Tensor1D;
  /** W_o, [h d_v, D] */
  readonly output: tf.Tensor2D;
};

/** What the front end makes of a token. */
export interface Seen {
  /** [B,h,d_k] */
  readonly query: tf.Tensor3D;
  readonly writes: readonly Write[];
  /** [B,h,1] or [B,h,d_k] */
  readonly alpha: tf.Tensor3D | undefined;
  /** Of the output, [B,h d_v] */
  readonly gate: tf.Tensor2D;
  /** [B,3,C] */
  readonly past: tf.Tensor3D | undefined;
}

/** Columns of the kernel, in order. */
function columns(plan: DeltaPlan) {
  const { rule, heads, keySize, valueSize, steps, featureSize } = plan;
  const { gated, reads } = deltaRules[rule];
  return {
    convolved: heads * (keySize + steps * (keySize + valueSize)),
    gate: heads * valueSize,
    beta: reads ? heads * steps : 0,
    alpha: gated ? heads * (plan.gate === 'scalar' ? 1 : featureSize) : 0,
  };
}

/** C: how many numbers are convolved. */
export const convolvedSize = (plan: DeltaPlan): number => columns(plan).convolved;

/** Kernels uniform within 1/sqrt(fan-in), gains 1, the gate as in `decayParams`. */
export function deltaParams(rng: Rng, plan: DeltaPlan): DeltaParams {
  const { size, heads, valueSize, convolution, gate, featureSize } = plan;
  const { convolved, ...others } = columns(plan);
  const width = Object.values(others).reduce((sum, count) => sum + count, convolved);
  return {
    kernel: uniformKernel(rng, size, width),
    ...(convolution && { convolution: shortConvolutionKernel(rng, convolved) }),
    ...(deltaRules[plan.rule].gated && {
      decay: decayParams(rng, heads, gate === 'scalar' ? 1 : featureSize),
    }),
    norm: rmsNormGain(valueSize),
    output: uniformKernel(rng, heads * valueSize, size),
  };
}

/** phi(x), normalized; a query is scaled by d_k^-1/2 where it is not normalized by a sum. */
function features(plan: DeltaPlan, x: tf.Tensor3D, query: boolean): tf.Tensor3D {
  const mapped = featureMaps[plan.featureMap].apply(x, plan.nu) as tf.Tensor3D;
  if (plan.normalization === 'sum') return unitSum(mapped);
  if (plan.normalization === 'attention') return mapped;
  const normed = plan.normalization === 'l2' ? unitLength(mapped) : mapped;
  return query ? tf.mul(normed, plan.featureSize ** -0.5) : normed;
}

/** Columns side by side, of these widths; nothing where a width is 0. */
function apart(x: tf.Tensor2D, widths: readonly number[]): (tf.Tensor2D | undefined)[] {
  const there = widths.filter((width) => width > 0);
  const parts = tf.split(x, there, 1).values();
  return widths.map((width) => (width > 0 ? (parts.next().value as tf.Tensor2D) : undefined));
}

/** The token's queries, keys, values, strengths and gates. @param x [B,D] */
export function see(
  plan: DeltaPlan,
  params: DeltaParams,
  past: tf.Tensor3D | undefined,
  x: tf.Tensor2D,
): Seen {
  const { heads, keySize, valueSize, steps } = plan;
  const [raw, gate, b, a] = apart(tf.matMul(x, params.kernel), Object.values(columns(plan)));
  const convolved = past && shortConvolution(params.convolution!, past, raw!);
  const sizes = [keySize, ...Array<number>(steps).fill(keySize), ...Array<number>(steps).fill(valueSize)];
  const wide = sizes.map((size) => heads * size);
  const vectors = apart(convolved?.output ?? raw!, wide).map(
    (part, index) => tf.reshape(part!, [-1, heads, sizes[index]!]) as tf.Tensor3D,
  );
  const [q, k, v] = [vectors[0]!, vectors.slice(1, 1 + steps), vectors.slice(1 + steps)];
  const beta = b && writeStrengths(plan, b);
  const decayed = params.decay && decay(params.decay, a!);
  return {
    query: features(plan, q, true),
    writes: k.map((key, j) => ({
      key: features(plan, key, false),
      value: past ? silu(v[j]!) : v[j]!,
      strength: beta?.[j] ?? discretization(plan, decayed?.dt),
    })),
    alpha: decayed?.alpha,
    gate: gate!,
    past: convolved?.past,
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

/** y = W_o (RMSNorm_head(o) SiLU(g)). @param read o, [B,h,d_v] */
export function answer({ norm, output }: DeltaParams, read: tf.Tensor3D, gate: tf.Tensor2D): tf.Tensor2D {
  const normed = tf.reshape(rmsNorm(norm, read), [-1, output.shape[0]]);
  return tf.matMul(tf.mul(normed, silu(gate)), output);
}
