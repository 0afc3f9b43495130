/**
 * mLSTM, the matrix memory of xLSTM: Beck et al. 2024, section 2.3, and its block, appendix A. Each head keeps C, d x d.
 *   [u, z] = W_up x     c = SiLU(conv(u))     q = W_q c     k = W_k c     v = W_v u     i, f = W_if [q, k, v] + b
 *   m = max(log sigmoid(f) + m', i)      F = exp(log sigmoid(f) + m' - m)      I = exp(i - m)      m' is m a step ago
 *   C <- F C + I v k^T / sqrt(d)     n <- F n + I k / sqrt(d)     h = C q / (max(|n q|, exp(-m)) + 1e-6)
 *   y = W_down ((LayerNorm_head(h) + s c) SiLU(z))
 * W_q, W_k, W_v are of blocks of four numbers; C, n, m begin at 0; 1e-6 is as in the authors' code. The block's LayerNorm is
 * the stack's RMSNorm. Left out: the form that takes all steps at once, dropout, and exp in place of sigmoid for f.
 */
import { z } from 'zod';
import type { Cell, CellKind, CellSizes } from '../../core/contracts.ts';
import { UsageError } from '../../core/errors.ts';
import * as tf from '../../core/tf.ts';
import { blockProduct } from '../block-diagonal.ts';
import { fade, outer, recall } from '../delta/rules.ts';
import { normalizeHeads } from '../head-norm.ts';
import { headsThatDivide } from '../heads.ts';
import { lazyProbe } from '../lazy-probe.ts';
import { shortConvolutionStart, silu } from '../short-convolution.ts';
import { residualStack } from '../stack.ts';
import { convolve } from './convolution.ts';
import { exponentialGates } from './gates.ts';
import { BLOCK, type MlstmParams, mlstmParams } from './mlstm-params.ts';

const settings = z.strictObject({
  size: z.int().min(2).max(65_536).default(64).describe('width of what the layers add to (D), even'),
  layers: z.int().min(1).max(64).default(1).describe('layers in the residual stack'),
  heads: z
    .int()
    .min(1)
    .max(256)
    .default(4)
    .describe('memories side by side (h), each of 2 size / heads numbers by as many (d)'),
  convolution: z.boolean().default(true).describe('keys and queries see the last four tokens'),
});

type Settings = z.infer<typeof settings>;

type State = {
  /** u of the last three steps, [B,3,E] */
  readonly past?: tf.Tensor3D;
  /** C, values by keys, [B,h,d,d] */
  readonly memory: tf.Tensor4D;
  /** n, [B,h,d] */
  readonly normalizer: tf.Tensor3D;
  /** m, [B,h,1] */
  readonly stabilizer: tf.Tensor3D;
};

const EPSILON = 1e-6;
const NORM_EPSILON = 1e-5;
/** exp(-m) is not let beyond the exponential of this: so small a memory is nothing beside it, and float32 ends at 88. */
const LARGEST = 80;

/** One layer, from D to D numbers. */
function layer(options: Settings): Cell<MlstmParams, State> {
  const { size, heads, convolution } = options;
  const inner = 2 * size;
  const d = inner / heads;
  const byHead = (x: tf.Tensor): tf.Tensor3D => tf.reshape(x, [-1, heads, d]);
  const byBlock = (x: tf.Tensor): tf.Tensor3D => tf.reshape(x, [-1, inner / BLOCK, BLOCK]);
  return {
    name: 'mlstm',
    inputSize: size,
    outputSize: size,
    probes: {
      query: { title: 'query q', axes: ['head', 'entry'] },
      key: { title: 'key k', axes: ['head', 'entry'] },
      value: { title: 'value v', axes: ['head', 'entry'] },
      memory: { title: 'memory C, values by keys, divided by exp(m)', axes: ['head', 'value', 'key'] },
      forget: { title: 'kept share F', axes: ['head'] },
      input: { title: 'written share I', axes: ['head'] },
      stabilizer: { title: 'stabilizer m', axes: ['head'] },
    },
    init: (rng) => mlstmParams(rng, options),
    initialState: (_, batchSize) => ({
      ...(convolution && { past: shortConvolutionStart(batchSize, inner) }),
      memory: tf.zeros([batchSize, heads, d, d]),
      normalizer: tf.zeros([batchSize, heads, d]),
      stabilizer: tf.zeros([batchSize, heads, 1]),
    }),
    step(params, { past, memory, normalizer, stabilizer }, x) {
      const [u, z] = tf.split(tf.matMul(x, params.up), 2, 1) as [tf.Tensor2D, tf.Tensor2D];
      const { seen: c, past: next } = convolve(params.convolution, past, u);
      const q = byHead(blockProduct(byBlock(c), params.query));
      const k = byHead(blockProduct(byBlock(c), params.key));
      const v = byHead(blockProduct(byBlock(u), params.value));
      const all = tf.reshape(tf.concat([q, k, v], 1), [-1, 3 * inner]) as tf.Tensor2D;
      const gates = tf.add(tf.matMul(all, params.gates.kernel), params.gates.bias);
      const [i, f] = tf.split(tf.reshape(gates, [-1, 2 * heads, 1]), 2, 1) as [tf.Tensor3D, tf.Tensor3D];
      const { forget: F, input: I, stabilizer: m } = exponentialGates(i, f, stabilizer);

      const written = tf.mul(I, tf.mul(k, d ** -0.5)) as tf.Tensor3D;
      const C = tf.add(fade(memory, F), outer(v, written)) as tf.Tensor4D;
      const n = tf.add(tf.mul(F, normalizer), written) as tf.Tensor3D;
      const total = tf.abs(tf.sum(tf.mul(n, q), 2, true));
      const floor = tf.exp(tf.minimum(tf.neg(m), LARGEST));
      const h = tf.div(recall(C, q), tf.add(tf.maximum(total, floor), EPSILON)) as tf.Tensor3D;

      const normed = tf.reshape(tf.mul(normalizeHeads(h, NORM_EPSILON), params.norm), [-1, inner]);
      const gated = tf.mul(tf.add(normed, tf.mul(params.skip, c)), silu(z)) as tf.Tensor2D;
      const perHead = (share: tf.Tensor3D) => () => tf.reshape(share, [-1, heads]);
      return {
        output: tf.matMul(gated, params.down),
        state: { ...(next && { past: next }), memory: C, normalizer: n, stabilizer: m },
        probe: lazyProbe({
          query: () => q,
          key: () => k,
          value: () => v,
          memory: () => C,
          forget: perHead(F),
          input: perHead(I),
          stabilizer: perHead(m),
        }),
      };
    },
  };
}

/** @throws UsageError where blocks of four, or heads, do not divide the width inside */
function create(options: Settings, { inputSize }: CellSizes): Cell {
  const { size, heads, layers } = options;
  if (size % 2 !== 0 || size % heads !== 0) {
    const unit = heads % 2 === 0 ? heads : 2 * heads;
    const other = size % 2 === 0 ? `take ${headsThatDivide(size)} heads, or size` : 'take size';
    throw new UsageError(
      `mlstm: expected an even size that ${heads} heads divide, got ${size}; ${other} ${unit * Math.ceil(size / unit)}`,
    );
  }
  const all = Array.from({ length: layers }, () => layer(options));
  return residualStack({ name: 'mlstm', inputSize, layers: all }) as unknown as Cell;
}

/** mLSTM in a residual stack. */
export const mlstm: CellKind<Settings> = {
  name: 'mlstm',
  source: 'Beck et al. 2024, section 2.3',
  summary: 'the matrix memory of xLSTM: what is written is weighed against all before by exponential gates',
  strengths:
    'Weighs what comes against all before, and so keeps the rare that matters; solved all three tasks with every seed, as measured.',
  limits:
    'Does not mix its memory over time: scores .09 at parity, where chance is 0 and sLSTM has 1 (Grazzi et al. 2025, table 3). A step takes about five times as long as that of an LSTM of as many parameters.',
  settings,
  create,
};
