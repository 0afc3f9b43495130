/** The settings of the cell `titans`, what follows of them, and what a layer learns. */
import { z } from 'zod';
import { UsageError } from '../../core/errors.ts';
import { normalTensor } from '../../core/init.ts';
import type { Rng } from '../../core/rng.ts';
import * as tf from '../../core/tf.ts';
import {
  type AnswerParams,
  answerParams,
  type FrontEnd,
  type ProjectionParams,
  projectionParams,
} from '../delta/front-end.ts';
import { headSize } from '../heads.ts';
import type { InnerNorm } from './memory.ts';

const term = z.enum(['auto', 'learned', 'none']).default('auto');
/** Every setting with its default: Titans. */
export const titansSettings = z.strictObject({
  memory: z
    .enum(['titans', 'ttt'])
    .default('titans')
    .describe('a matrix that begins at 0, or that of TTT-Linear, normed and with a learned start'),
  size: z.int().min(1).max(65_536).default(64).describe('width of what the layers add to (D)'),
  layers: z.int().min(1).max(64).default(1).describe('layers in the residual stack'),
  heads: z.int().min(1).max(256).default(4).describe('memories side by side (h), each of size / heads (d)'),
  momentum: term.describe(
    'share of the last change that goes on (eta); auto: learned with titans, none with ttt',
  ),
  forgetting: term.describe('share of the memory that a token fades (alpha); auto as for momentum'),
  target: z
    .enum(['auto', 'value', 'difference'])
    .default('auto')
    .describe('what the memory answers to a key: v, or v - k; auto: value with titans, difference with ttt'),
  convolution: z
    .boolean()
    .default(true)
    .describe('keys, queries and values see the last four tokens before they are used'),
});

/** Settings of the cell with every default filled in. */
export type TitansSettings = z.infer<typeof titansSettings>;
/** The rates that a token sets. */
export type TitansRate = 'alpha' | 'eta' | 'theta';

/** The settings with nothing left open: the front end, the width of a head d, TTT's inner norm, the target v - k. */
export type TitansPlan = FrontEnd<TitansRate> & {
  readonly d: number;
  readonly inner: boolean;
  readonly difference: boolean;
};

/** Learned numbers of a layer; `inner` is the start and the norm of TTT's memory. */
export type TitansParams = ProjectionParams &
  AnswerParams & {
    /** b of each rate that there is, [h] */
    readonly rates: { readonly [rate in TitansRate]?: tf.Tensor1D };
    /** M [h,d,d] and b [h,d] before the first token */
    readonly start?: { readonly memory: tf.Tensor3D; readonly bias: tf.Tensor2D };
    readonly inner?: InnerNorm;
  };

/** Where sigmoid^-1 of each rate begins, the papers being silent: a memory that lasts, and steps of a half. */
const rateStart: Readonly<Record<TitansRate, number>> = { alpha: -4, eta: 0, theta: 0 };

/** @throws UsageError on heads that do not divide the size, or leave too little each */
export function planOf({
  memory,
  size,
  heads,
  momentum,
  forgetting,
  target,
  convolution,
}: TitansSettings): TitansPlan {
  const inner = memory === 'ttt';
  const d = headSize('titans', size, heads);
  // Two numbers less their mean, over their deviation, are a sign: behind such a norm nothing is left to learn.
  if (inner && d < 3)
    throw new UsageError(
      `titans: expected heads of at least 3 numbers with memory ttt, got ${heads} of ${d}; take fewer heads, or size ${3 * heads} or more`,
    );
  const count = (setting: TitansSettings['momentum']) =>
    (setting === 'auto' ? !inner : setting === 'learned') ? heads : 0;
  return {
    ...{ size, heads, d, inner, keySize: d, valueSize: d, steps: 1, nu: 1, queryScale: 1 },
    difference: target === 'auto' ? inner : target === 'difference',
    featureMap: 'silu',
    normalization: 'l2',
    convolved: convolution ? 'all' : 'nothing',
    gates: { alpha: count(forgetting), eta: count(momentum), theta: heads },
  };
}

/** Kernels and the convolution as in the front end, rates as above. */
export function titansParams(rng: Rng, plan: TitansPlan): TitansParams {
  const { heads, d, inner, gates } = plan;
  const there = Object.entries(rateStart).filter(([rate]) => gates[rate as TitansRate] > 0);
  return {
    ...projectionParams(rng, plan),
    rates: Object.fromEntries(there.map(([rate, start]) => [rate, tf.fill([heads], start)])),
    ...(inner && {
      // The published start of TTT-Linear.
      start: { memory: normalTensor(rng, [heads, d, d], 0.02), bias: tf.zeros([heads, d]) },
      inner: { gain: tf.ones([heads, d]), shift: tf.zeros([heads, d]) },
    }),
    ...answerParams(rng, plan),
  };
}
