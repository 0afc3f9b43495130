/**
 * Slots that are gated: Gated Slot Attention, Zhang et al. 2024, section 3, and Raven, Afzal et al. 2026, "High-recall
 * sequence modeling with sparse memory routing". Each head has M rows, K and V, written by shares and attended to:
 *   K <- a K + (1 - a) k'      V <- a V + (1 - a) v'      o = V' softmax(K q)      y = W_o RMSNorm(SiLU(o))
 *   gated (GSA)      q, k, v = SiLU(W x)                              a = sigmoid(W_f x)^(1/8), a number for each slot
 *   top-k (Raven)    v = SiLU(W x)    q, k = RMSNorm_head(SiLU(W x))    a = exp(-e^A softplus(W_a x + b) s)
 * s is of routing.ts: 0 for slots that are not chosen, and those stay as they are. Ours are the rules of prominence in s,
 * and the short convolution as a setting. Left out: rotations, output gates, and biases of scores.
 */
import type { Cell, CellKind, CellSizes } from '../../core/contracts.ts';
import * as tf from '../../core/tf.ts';
import { attend } from '../addressing/attend.ts';
import { lazyProbe } from '../lazy-probe.ts';
import { prominenceRules } from '../prominence/rules.ts';
import { rmsNorm } from '../rms-norm.ts';
import { shortConvolutionStart, silu } from '../short-convolution.ts';
import { residualStack } from '../stack.ts';
import { type SlotsParams, see, slotsParams } from './front-end.ts';
import { gated, routed } from './routing.ts';
import { checkSlotsSettings, type SlotsSettings, slotsSettings } from './settings.ts';
import type { Usage } from './usage.ts';

/** What a layer hands on; all zero before the first token, but for what a rule begins with. */
export type SlotsState = {
  /** K and V, [B,h,M,d] */
  readonly keys: tf.Tensor4D;
  readonly values: tf.Tensor4D;
  /** What was convolved, [B,3,3D] */
  readonly past?: tf.Tensor3D;
  /** Where the heads read last, [B,h,M], for a rule that releases what was read */
  readonly read?: tf.Tensor3D;
  /** The rule's usage, by head */
  readonly usage?: readonly Usage[];
};

/** K <- a K + (1 - a) k'. @param rows [B,h,M,d]   @param kept a, [B,h,M]   @param row k, [B,h,d] */
export function writeSlots(rows: tf.Tensor4D, kept: tf.Tensor3D, row: tf.Tensor3D): tf.Tensor4D {
  const a = tf.expandDims<tf.Tensor4D>(kept, 3);
  return tf.add(tf.mul(rows, a), tf.mul(tf.expandDims(row, 2), tf.sub(1, a)));
}

/** One layer, from D to D numbers. */
function layer(settings: SlotsSettings): Cell<SlotsParams, SlotsState> {
  const { size, heads, slots, routing, convolution, exploration } = settings;
  const rule = prominenceRules[settings.prominence];
  const d = size / heads;
  return {
    name: 'slots',
    inputSize: size,
    outputSize: size,
    slots,
    ...(routing === 'top-k' && exploration && { noiseSize: heads * slots }),
    probes: aboutProbes,
    init: (rng) => slotsParams(rng, settings),
    initialState: (_, batchSize) => ({
      keys: tf.zeros([batchSize, heads, slots, d]),
      values: tf.zeros([batchSize, heads, slots, d]),
      ...(convolution && { past: shortConvolutionStart(batchSize, 3 * size) }),
      ...(rule.readGates.length > 0 && { read: tf.zeros<tf.Rank.R3>([batchSize, heads, slots]) }),
      ...(settings.prominence !== 'none' && {
        usage: Array.from({ length: heads }, () => rule.start(batchSize, slots)),
      }),
    }),
    step(params, state, x, noise) {
      const seen = see(settings, params, state.past, x);
      const { kept, readScore, usageOf } =
        routing === 'gated' ? gated(seen.scores) : routed(settings, params, { state, seen, noise });
      const keys = writeSlots(state.keys, kept, seen.key);
      const values = writeSlots(state.values, kept, seen.value);
      const { weights, read } = attend({ query: seen.query, keys, values, score: readScore });
      const usage = usageOf?.(weights);
      return {
        output: tf.matMul(rmsNorm(params.norm, silu(tf.reshape(read, [-1, size]))), params.output),
        state: {
          ...{ keys, values },
          ...(seen.past && { past: seen.past }),
          ...(state.read && { read: weights }),
          ...(usage && { usage }),
        },
        probe: lazyProbe({
          readWeights: () => weights,
          writeShares: () => tf.sub(1, kept),
          keys: () => keys,
          values: () => values,
          ...(usage && {
            usage: () =>
              tf.stack(
                usage.map((own) => own.usage!),
                1,
              ),
          }),
        }),
      };
    },
  };
}

const aboutProbes: NonNullable<Cell['probes']> = {
  readWeights: { title: 'where is read', axes: ['head', 'slot'] },
  writeShares: { title: 'share written 1 \u2212 a', axes: ['head', 'slot'] },
  usage: { title: 'usage of the slots', axes: ['head', 'slot'] },
  keys: { title: 'keys K', axes: ['head', 'slot', 'entry'] },
  values: { title: 'values V', axes: ['head', 'slot', 'entry'] },
};

function create(settings: SlotsSettings, { inputSize }: CellSizes): Cell {
  checkSlotsSettings(settings);
  const layers = Array.from({ length: settings.layers }, () => layer(settings));
  return residualStack({ name: 'slots', inputSize, layers }) as unknown as Cell;
}

/** Gated slots in a residual stack; the default is one layer of Raven. */
export const slots: CellKind<SlotsSettings> = {
  name: 'slots',
  source: 'Zhang et al. 2024; Afzal et al. 2026',
  summary: 'gated slots: GSA and Raven, with the usage of slots as a say in where is written',
  strengths:
    'What is in a slot stays until that slot is written again: solved all three tasks with every seed, as measured.',
  limits:
    "Holds as many things as it has slots. The papers' own routings left 16 and 19 bits of copy where those by usage left less than one (see the recipe in src/train/recipes.ts).",
  settings: slotsSettings,
  create,
};
