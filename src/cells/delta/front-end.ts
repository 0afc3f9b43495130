/**
 * The front end that the whole family shares, as DeltaNet and its successors have it:
 *   q, k = phi(conv(W x))      v = SiLU(conv(W x))      y = W_o (RMSNorm_head(o) SiLU(W_g x))
 * conv is the short convolution. Without it q and k are phi(W x), and v is W x, as in Katharopoulos et al. 2020 and
 * Schlag et al. 2021, who have neither norm nor gate at the output: here all rules have both. Where a paper convolves
 * keys and queries alone, v is W x too. All projections are one kernel: W for q, k_1 ... k_n, v_1 ... v_n, then W_g, then
 * what the cell's own gates are made of.
 */
import { uniformKernel } from '../../core/init.ts';
import type { Rng } from '../../core/rng.ts';
import * as tf from '../../core/tf.ts';
import { rmsNorm, rmsNormGain } from '../rms-norm.ts';
import {
  shortConvolution,
  shortConvolutionKernel,
  shortConvolutionStart,
  silu,
} from '../short-convolution.ts';
import { type FeatureMapName, featureMaps, unitLength, unitSum } from './feature-maps.ts';

/** What a front end is made for; G are the names of the cell's gates. */
export interface FrontEnd<G extends string = string> {
  /** D */
  readonly size: number;
  /** h */
  readonly heads: number;
  /** d_k, before the feature map */
  readonly keySize: number;
  /** d_v */
  readonly valueSize: number;
  /** Keys and values a token (n) */
  readonly steps: number;
  readonly featureMap: FeatureMapName;
  /** Of the feature map dpfp */
  readonly nu: number;
  readonly normalization: 'attention' | 'sum' | 'l2' | 'none';
  /** What queries are multiplied with after all, so that sums over a key's entries do not grow with their number. */
  readonly queryScale: number;
  /** What sees the last four tokens. */
  readonly convolved: 'all' | 'keys and queries' | 'nothing';
  /** Numbers that each gate is made of, in order; those of none are left out. */
  readonly gates: Readonly<Record<G, number>>;
}

/** Learned numbers before the memory, C being how many numbers are convolved. */
export type ProjectionParams = {
  /** [D, (what q, k and v are made of) + h d_v + gates] */
  readonly kernel: tf.Tensor2D;
  /** [4,C] */
  readonly convolution?: tf.Tensor2D;
};

/** Learned numbers behind the memory. */
export type AnswerParams = {
  /** Of the norm of each head, [d_v] */
  readonly norm: tf.Tensor1D;
  /** W_o, [h d_v, D] */
  readonly output: tf.Tensor2D;
};

/** What the front end makes of a token. */
export interface Seen<G extends string = string> {
  /** [B,h,d_k] */
  readonly query: tf.Tensor3D;
  /** k_1 ... k_n, [B,h,d_k] each */
  readonly keys: readonly tf.Tensor3D[];
  /** v_1 ... v_n, [B,h,d_v] each */
  readonly values: readonly tf.Tensor3D[];
  /** What each gate of the cell is made of, [B,numbers] */
  readonly gates: Readonly<Record<G, tf.Tensor2D | undefined>>;
  /** W_g x, [B,h d_v] */
  readonly outputGate: tf.Tensor2D;
  /** [B,3,C] */
  readonly past: tf.Tensor3D | undefined;
}

/** Columns of the kernel: what may be convolved, and values that are not. */
function columns({ heads, keySize, valueSize, steps, convolved, gates }: FrontEnd) {
  const lookup = heads * (1 + steps) * keySize;
  const values = heads * steps * valueSize;
  const plain = convolved === 'keys and queries' ? values : 0;
  return { seen: lookup + values - plain, plain, outputGate: heads * valueSize, ...gates };
}

/** Kernels uniform within 1/sqrt(fan-in). */
export function projectionParams(rng: Rng, front: FrontEnd): ProjectionParams {
  const all = columns(front);
  const width = Object.values(all).reduce((sum, count) => sum + count, 0);
  return {
    kernel: uniformKernel(rng, front.size, width),
    ...(front.convolved !== 'nothing' && { convolution: shortConvolutionKernel(rng, all.seen) }),
  };
}

/** Gains 1, the kernel uniform within 1/sqrt(fan-in). */
export function answerParams(rng: Rng, { size, heads, valueSize }: FrontEnd): AnswerParams {
  return { norm: rmsNormGain(valueSize), output: uniformKernel(rng, heads * valueSize, size) };
}

/** The state of the convolution before the first token, where there is one: zeros, [B,3,C]. */
export function pastStart(front: FrontEnd, batchSize: number): { readonly past?: tf.Tensor3D } {
  return front.convolved === 'nothing' ? {} : { past: shortConvolutionStart(batchSize, columns(front).seen) };
}

/** phi(x), normalized. */
function features({ featureMap, nu, normalization }: FrontEnd, x: tf.Tensor3D): tf.Tensor3D {
  const mapped = featureMaps[featureMap].apply(x, nu) as tf.Tensor3D;
  if (normalization === 'sum') return unitSum(mapped);
  return normalization === 'l2' ? unitLength(mapped) : mapped;
}

/** Columns side by side, of these widths; nothing where a width is 0. */
function apart(x: tf.Tensor2D, widths: readonly number[]): (tf.Tensor2D | undefined)[] {
  const there = widths.filter((width) => width > 0);
  const parts = tf.split(x, there, 1).values();
  return widths.map((width) => (width > 0 ? (parts.next().value as tf.Tensor2D) : undefined));
}

/** Vectors side by side, one of these sizes for each head: [B,h,size] each. */
function vectorsOf(x: tf.Tensor2D, heads: number, sizes: readonly number[]): tf.Tensor3D[] {
  const wide = sizes.map((size) => heads * size);
  return apart(x, wide).map((part, index) => tf.reshape(part!, [-1, heads, sizes[index]!]) as tf.Tensor3D);
}

/** The token's queries, keys and values, and what gates are made of. @param x [B,D] */
export function see<G extends string>(
  front: FrontEnd<G>,
  params: ProjectionParams,
  past: tf.Tensor3D | undefined,
  x: tf.Tensor2D,
): Seen<G> {
  const { heads, keySize, valueSize, steps, queryScale } = front;
  const widths = Object.values(columns(front));
  const [raw, plain, outputGate, ...gates] = apart(tf.matMul(x, params.kernel), widths);
  const convolved = past && shortConvolution(params.convolution!, past, raw!);
  const lookups = Array<number>(1 + steps).fill(keySize);
  const written = Array<number>(steps).fill(valueSize);
  const [q, ...rest] = vectorsOf(
    convolved?.output ?? raw!,
    heads,
    plain ? lookups : [...lookups, ...written],
  );
  const query = features(front, q!);
  const values = plain ? vectorsOf(plain, heads, written) : rest.slice(steps);
  return {
    query: queryScale === 1 ? query : tf.mul(query, queryScale),
    keys: rest.slice(0, steps).map((k) => features(front, k)),
    values: past && !plain ? values.map(silu) : values,
    gates: Object.fromEntries(
      Object.keys(front.gates).map((name, index) => [name, gates[index]]),
    ) as Seen<G>['gates'],
    outputGate: outputGate!,
    past: convolved?.past,
  };
}

/** y = W_o (RMSNorm_head(o) SiLU(W_g x)). @param read o, [B,h,d_v] @param gate W_g x, [B,h d_v] */
export function answer({ norm, output }: AnswerParams, read: tf.Tensor3D, gate: tf.Tensor2D): tf.Tensor2D {
  const normed = tf.reshape(rmsNorm(norm, read), [-1, output.shape[0]]);
  return tf.matMul(tf.mul(normed, silu(gate)), output);
}
