/** How much of each slot a token leaves: the gates of GSA, or the route of Raven with a rule of prominence in it. */
import * as tf from '../../core/tf.ts';
import { prominenceRules } from '../prominence/rules.ts';
import type { Seen, SlotsParams } from './front-end.ts';
import type { SlotsSettings } from './settings.ts';
import { gumbel, topShares } from './shares.ts';
import { type RuleParams, route, type Usage, usageAfter } from './usage.ts';

/** What a token does to the slots of every head. */
export interface Routed {
  /** a, [B,h,M] */
  readonly kept: tf.Tensor3D;
  /** Added to the likeness of the slots to a query, [B,h,M] */
  readonly readScore?: tf.Tensor3D | undefined;
  /** The usage that follows from where heads then read, [B,h,M] */
  readonly usageOf?: (read: tf.Tensor3D) => readonly Usage[];
}

/** What a token is routed by. */
export interface Token {
  readonly seen: Seen;
  /** [B,h M]; none is as in evaluation */
  readonly noise: tf.Tensor2D | undefined;
  /** Of the rule, by head, and where heads read last, [B,h,M]; where the rule has them */
  readonly state: { readonly usage?: readonly Usage[]; readonly read?: tf.Tensor3D };
}

/** GSA's eighth: slots begin by keeping nine tenths of what they hold. */
const GATE_DAMPING = 1 / 8;

/** a = sigmoid(f)^(1/8), a gate for every slot. @param scores f, [B,h,M] */
export function gated(scores: tf.Tensor3D): Routed {
  return { kept: tf.exp(tf.mul(tf.softplus(tf.neg(scores)), -GATE_DAMPING)) };
}

/** a = exp(-e^A softplus(W_a x + b) s), s being the shares of those that score highest, or where the rule puts them. */
export function routed(settings: SlotsSettings, params: SlotsParams, { seen, noise, state }: Token): Routed {
  const { heads, topK, prominence } = settings;
  const { scores: plain, gates, speed } = seen;
  const scores: tf.Tensor3D = noise ? tf.add(plain, gumbel(tf.reshape(noise, plain.shape))) : plain;
  const keptBy = (shares: tf.Tensor3D): tf.Tensor3D => tf.exp(tf.neg(tf.mul(speed!, shares)));
  if (prominence === 'none') return { kept: keptBy(topShares(scores, topK)) };
  const rule = {
    rule: prominenceRules[prominence],
    params: params.prominence ?? Array<RuleParams>(heads).fill({}),
  };
  const { usage, read: readBefore } = state;
  const found = route(rule, { topK, scores, gates, usage: usage!, readBefore });
  const kept = keptBy(found.shares);
  return {
    kept,
    readScore: found.readScore,
    usageOf: (read) => usageAfter(rule, found.usage, { read, written: tf.sub(1, kept) }),
  };
}
