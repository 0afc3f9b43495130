/**
 * sLSTM, the scalar memory of xLSTM that mixes what it remembers: Beck et al. 2024, section 2.2, and its block, appendix A.
 *   c' = SiLU(conv(x))      i, f = W_if c' + R_if h + b      z, o = W_zo x + R_zo h + b      h is the answer a step ago
 *   m <- max(log sigmoid(f) + m', i)      F = exp(log sigmoid(f) + m' - m)      I = exp(i - m)      m' is m a step ago
 *   c <- F c + I tanh(z)      n <- F n + I      h = sigmoid(o) c / n      y = LayerNorm_head(h)
 * W and R are a block of their own for each head. Before anything is written m' is so low that F = 0 and I = 1, for every
 * example, as in the authors' code while n = 0. The block's first LayerNorm is the stack's RMSNorm. Left out: the gated
 * feed-forward layer behind the block, dropout, and exp in place of sigmoid for f.
 */
import { z as schema } from 'zod';
import type { Cell, CellKind, CellSizes } from '../../core/contracts.ts';
import * as tf from '../../core/tf.ts';
import { blockProduct } from '../block-diagonal.ts';
import { normalizeHeads } from '../head-norm.ts';
import { headSize } from '../heads.ts';
import { lazyProbe } from '../lazy-probe.ts';
import { shortConvolutionStart } from '../short-convolution.ts';
import { residualStack } from '../stack.ts';
import { convolve } from './convolution.ts';
import { exponentialGates } from './gates.ts';
import { type SlstmParams, type SlstmSizes, slstmParams } from './slstm-params.ts';

const settings = schema.strictObject({
  size: schema.int().min(2).max(65_536).default(64).describe('width of what the layers add to (D)'),
  layers: schema.int().min(1).max(64).default(1).describe('layers in the residual stack'),
  heads: schema
    .int()
    .min(1)
    .max(256)
    .default(4)
    .describe('groups of cells that see each other only (h), of size / heads cells each'),
  convolution: schema.boolean().default(true).describe('the gates i and f see the last four tokens'),
});

type Settings = schema.infer<typeof settings>;

type State = {
  /** x of the last three steps, [B,3,D] */
  readonly past?: tf.Tensor3D;
  /** h, c, n and m, [B,h,d] */
  readonly hidden: tf.Tensor3D;
  readonly cell: tf.Tensor3D;
  readonly normalizer: tf.Tensor3D;
  readonly stabilizer: tf.Tensor3D;
};

const NORM_EPSILON = 1e-5;
/** m before anything is written: lower than any gate, and far from where float32 ends. */
const NOTHING_WRITTEN = -1e30;

/** One layer, from D to D numbers. */
function layer(sizes: SlstmSizes): Cell<SlstmParams, State> {
  const { size, heads, convolution } = sizes;
  const d = size / heads;
  const byHead = (x: tf.Tensor): tf.Tensor3D => tf.reshape(x, [-1, heads, d]);
  const axes = ['head', 'cell'];
  return {
    name: 'slstm',
    inputSize: size,
    outputSize: size,
    probes: {
      cell: { title: 'cell c / n', axes },
      forget: { title: 'kept share F', axes },
      input: { title: 'written share I', axes },
      output: { title: 'output gate sigmoid(o)', axes },
      hidden: { title: 'hidden state h', axes },
    },
    init: (rng) => slstmParams(rng, sizes),
    initialState: (_, batchSize) => ({
      ...(convolution && { past: shortConvolutionStart(batchSize, size) }),
      hidden: tf.zeros([batchSize, heads, d]),
      cell: tf.zeros([batchSize, heads, d]),
      normalizer: tf.zeros([batchSize, heads, d]),
      stabilizer: tf.fill([batchSize, heads, d], NOTHING_WRITTEN),
    }),
    step(params, { past, hidden, cell, normalizer, stabilizer }, x) {
      const { seen, past: next } = convolve(params.convolution, past, x);
      const fed = tf.concat(
        [blockProduct(byHead(seen), params.gates), blockProduct(byHead(x), params.writing)],
        2,
      );
      const raw = tf.add(tf.add(fed, blockProduct(hidden, params.recurrent)), params.bias);
      const [i, f, z, o] = tf.split(raw, 4, 2) as [tf.Tensor3D, tf.Tensor3D, tf.Tensor3D, tf.Tensor3D];
      const { forget: F, input: I, stabilizer: m } = exponentialGates(i, f, stabilizer);

      const c = tf.add(tf.mul(F, cell), tf.mul(I, tf.tanh(z))) as tf.Tensor3D;
      const n = tf.add(tf.mul(F, normalizer), I) as tf.Tensor3D;
      const gate = tf.sigmoid(o);
      const h = tf.mul(gate, tf.div(c, n)) as tf.Tensor3D;
      return {
        output: tf.reshape(tf.mul(normalizeHeads(h, NORM_EPSILON), params.norm), [-1, size]) as tf.Tensor2D,
        state: { ...(next && { past: next }), hidden: h, cell: c, normalizer: n, stabilizer: m },
        probe: lazyProbe({
          cell: () => tf.div(c, n),
          forget: () => F,
          input: () => I,
          output: () => gate,
          hidden: () => h,
        }),
      };
    },
  };
}

/** @throws UsageError where heads do not divide the size */
function create(options: Settings, { inputSize }: CellSizes): Cell {
  const { size, heads, layers } = options;
  headSize('slstm', size, heads);
  const all = Array.from({ length: layers }, (_, at) => layer({ ...options, at }));
  return residualStack({ name: 'slstm', inputSize, layers: all }) as unknown as Cell;
}

/** sLSTM in a residual stack. */
export const slstm: CellKind<Settings> = {
  name: 'slstm',
  source: 'Beck et al. 2024, section 2.2',
  summary: 'the scalar memory of xLSTM: exponential gates, and cells of a head that see each other',
  strengths:
    'Mixes its memory over time, and so tracks states: parity in full (Beck et al. 2024, section 4.1; Grazzi et al. 2025, table 3).',
  limits:
    'Cells hold numbers, not pairs: of the cells that solved mqar with every seed it took the most sequences as measured, and one seed of three failed at associative recall. Steps cannot be taken at once.',
  settings,
  create,
};
