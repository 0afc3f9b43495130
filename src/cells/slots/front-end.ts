/** What a layer of slots learns, and what it makes of a token before it is written: one product, then SiLU and norms. */
import { uniformKernel } from '../../core/init.ts';
import type { Rng } from '../../core/rng.ts';
import * as tf from '../../core/tf.ts';
import { type DecayParams, decayParams, fading } from '../delta/decay.ts';
import type { ProminenceGates } from '../prominence/rule.ts';
import { prominenceRules } from '../prominence/rules.ts';
import { rmsNorm, rmsNormGain } from '../rms-norm.ts';
import { shortConvolution, shortConvolutionKernel, silu } from '../short-convolution.ts';
import type { SlotsSettings } from './settings.ts';
import type { RuleParams } from './usage.ts';

/** Learned numbers of a layer. */
export type SlotsParams = {
  /** [D, 3D + h M + h g]: q, k, v, then f or r of every slot, then with top-k routing the decay's and the rule's gates */
  readonly kernel: tf.Tensor2D;
  /** [4,3D] */
  readonly convolution?: tf.Tensor2D;
  /** With top-k routing: A and b, [h] */
  readonly decay?: DecayParams;
  /** With top-k routing: gains of queries and keys, [d] each */
  readonly norms?: { readonly query: tf.Tensor1D; readonly key: tf.Tensor1D };
  /** With a rule of prominence that learns: what it learns, by head */
  readonly prominence?: readonly RuleParams[];
  /** Gain of what is read, [D] */
  readonly norm: tf.Tensor1D;
  /** W_o, [D,D] */
  readonly output: tf.Tensor2D;
};

/** What a token is to the heads. */
export interface Seen {
  /** [B,h,d] */
  readonly query: tf.Tensor3D;
  readonly key: tf.Tensor3D;
  readonly value: tf.Tensor3D;
  /** f with gated, r with top-k routing, [B,h,M] */
  readonly scores: tf.Tensor3D;
  /** e^A softplus(W_a x + b), [B,h,1], with top-k routing */
  readonly speed: tf.Tensor3D | undefined;
  /** The rule's */
  readonly gates: ProminenceGates;
  /** [B,3,3D] */
  readonly past: tf.Tensor3D | undefined;
}

/** Numbers a head beside those of the slots: the decay, and the rule's gates. */
function scalars({ routing, prominence }: SlotsSettings): number {
  const { readGates, writeGates } = prominenceRules[prominence];
  return routing === 'gated' ? 0 : 1 + readGates.length + writeGates.length;
}

/** Kernels uniform within 1/sqrt(fan-in), gains 1, the decay as in `decayParams`. */
export function slotsParams(rng: Rng, settings: SlotsSettings): SlotsParams {
  const { size, heads, slots, routing, convolution } = settings;
  const rule = prominenceRules[settings.prominence];
  const learned = Array.from({ length: heads }, () => rule.init(1));
  return {
    kernel: uniformKernel(rng, size, 3 * size + heads * (slots + scalars(settings))),
    ...(convolution && { convolution: shortConvolutionKernel(rng, 3 * size) }),
    ...(routing === 'top-k' && {
      decay: decayParams(rng, heads, 1),
      norms: { query: rmsNormGain(size / heads), key: rmsNormGain(size / heads) },
    }),
    ...(Object.keys(learned[0]!).length > 0 && { prominence: learned }),
    norm: rmsNormGain(size),
    output: uniformKernel(rng, size, size),
  };
}

/** The token's vectors, scores and gates. @param x [B,D] */
export function see(
  settings: SlotsSettings,
  params: SlotsParams,
  past: tf.Tensor3D | undefined,
  x: tf.Tensor2D,
): Seen {
  const { size, heads, slots } = settings;
  const count = scalars(settings);
  const widths = [3 * size, heads * slots, ...Array<number>(count).fill(heads)];
  const [raw, scores, decays, ...gates] = tf.split(tf.matMul(x, params.kernel), widths, 1) as [
    tf.Tensor2D,
    tf.Tensor2D,
    ...(tf.Tensor2D | undefined)[],
  ];
  const byHead = (y: tf.Tensor): tf.Tensor3D => tf.reshape(y, [-1, heads, y.shape[1]! / heads]);
  const convolved = past && shortConvolution(params.convolution!, past, raw);
  const shown = silu(convolved?.output ?? raw);
  const [q, k, v] = tf.split(shown, 3, 1).map(byHead) as [tf.Tensor3D, tf.Tensor3D, tf.Tensor3D];
  const { norms } = params;
  const open = gates.map((gate) => tf.sigmoid(byHead(gate!)));
  const reading = prominenceRules[settings.prominence].readGates.length;
  return {
    query: norms ? rmsNorm(norms.query, q) : q,
    key: norms ? rmsNorm(norms.key, k) : k,
    value: v,
    scores: byHead(scores),
    speed: params.decay && fading(params.decay, decays!).speed,
    gates: { read: open.slice(0, reading), write: open.slice(reading) },
    past: convolved?.past,
  };
}
