/**
 * RWKV-7 "Goose": Peng et al. 2025, section 4, eq. 3 to 19, the time mixing. Each head keeps a matrix S, N x N.
 *   x_z = x + (x_{t-1} - x) mu_z,  z in {r,w,k,v,a,g}        r = x_r W_r     k = x_k W_k     v = x_v W_v
 *   w = exp(-e^{-1/2} sigmoid(w0 + tanh(x_w A) B))      a = sigmoid(a0 + x_a A' B')      g = sigmoid(x_g A'') B''
 *   kh = normalize(k k_k)     kt = k (1 + (a - 1) k_a)     S <- S (Diag(w) - kh (a kh)') + v kt'     o = S r
 *   y = W_o (g (GroupNorm_head(o) + (sum of r kt r_k) v))
 * Left out: channel mixing, the mixing of values with those of the first layer, and w0's doubled rate of learning.
 */
import { z } from 'zod';
import type { Cell, CellKind, CellSizes } from '../../core/contracts.ts';
import * as tf from '../../core/tf.ts';
import { unitLength } from '../delta/feature-maps.ts';
import { fade, outer, recall } from '../delta/rules.ts';
import { normalizeHeads } from '../head-norm.ts';
import { headSize } from '../heads.ts';
import { lazyProbe } from '../lazy-probe.ts';
import { residualStack } from '../stack.ts';
import { type LowRank, type Mixture, type Rwkv7Params, rwkv7Params } from './params.ts';

const rank = z.int().min(1).max(4096).default(32);
const settings = z.strictObject({
  size: z.int().min(1).max(65_536).default(64).describe('width of what the layers add to (D)'),
  layers: z.int().min(1).max(64).default(1).describe('layers in the residual stack'),
  heads: z
    .int()
    .min(1)
    .max(256)
    .default(4)
    .describe('memories side by side (h), each of size / heads numbers (N)'),
  decayRank: rank.describe('numbers that the decay w is projected through'),
  rateRank: rank.describe('numbers that the rate of learning in context a is projected through'),
  gateRank: rank.describe('numbers that the gate g of the output is projected through'),
});

type Settings = z.infer<typeof settings>;

/** What a layer hands on; all zero before the first token. */
type State = {
  /** x_{t-1}, [B,D] */
  readonly past: tf.Tensor2D;
  /** S, values by keys, [B,h,N,N] */
  readonly memory: tf.Tensor4D;
};

/** Of the norm of heads: 1e-5 times the square of 8, by which the published code divides what it norms. */
const NORM_EPSILON = 64e-5;

/** x A B, with a function in between. */
function through(x: tf.Tensor2D, { down, up }: LowRank, f = (inner: tf.Tensor2D) => inner): tf.Tensor2D {
  return tf.matMul(f(tf.matMul(x, down)), up);
}

/** One layer, from D to D numbers. */
function layer(options: Settings, index: number): Cell<Rwkv7Params, State> {
  const { size, heads, layers } = options;
  const N = headSize('rwkv7', size, heads);
  const byHead = (x: tf.Tensor): tf.Tensor3D => tf.reshape(x, [-1, heads, N]);
  return {
    name: 'rwkv7',
    inputSize: size,
    outputSize: size,
    probes: {
      receptance: { title: 'receptance r', axes: ['head', 'entry'] },
      key: { title: 'key k\u0303', axes: ['head', 'entry'] },
      value: { title: 'value v', axes: ['head', 'entry'] },
      removal: { title: 'removal key k\u0302', axes: ['head', 'entry'] },
      memory: { title: 'memory S, values by keys', axes: ['head', 'value', 'key'] },
      decay: { title: 'kept share w', axes: ['head', 'entry'] },
      rate: { title: 'rate of learning in context a', axes: ['head', 'entry'] },
    },
    init: (rng) => rwkv7Params(rng, { ...options, index, layers }),
    initialState: (_, batchSize) => ({
      past: tf.zeros([batchSize, size]),
      memory: tf.zeros([batchSize, heads, N, N]),
    }),
    step(params, { past, memory }, x) {
      const { decay, rate, gate, norm } = params;
      const mixed = (z: Mixture): tf.Tensor2D => tf.add(x, tf.mul(tf.sub(past, x), params.mix[z]));
      const r = byHead(tf.matMul(mixed('r'), params.receptance));
      const k = tf.matMul(mixed('k'), params.key);
      const v = byHead(tf.matMul(mixed('v'), params.value));
      const speed = tf.sigmoid(tf.add(decay.bias, through(mixed('w'), decay, tf.tanh)));
      const w = byHead(tf.exp(tf.mul(speed, -Math.exp(-0.5))));
      const rates = tf.sigmoid(tf.add(rate.bias, through(mixed('a'), rate)));
      const a = byHead(rates);
      const g = through(mixed('g'), gate, tf.sigmoid);

      const removal = unitLength(byHead(tf.mul(k, params.removal)));
      const kt = byHead(tf.mul(k, tf.add(1, tf.mul(tf.sub(rates, 1), params.replacement))));
      const removed = outer(recall(memory, removal), tf.mul(a, removal));
      const S = tf.add(tf.sub(fade(memory, w), removed), outer(v, kt)) as tf.Tensor4D;
      const o = recall(S, r);

      const normed = tf.add(tf.mul(normalizeHeads(o, NORM_EPSILON), norm.gain), norm.bias);
      const bonus = tf.mul(tf.sum(tf.mul(tf.mul(r, kt), params.bonus), 2, true), v);
      const answer = tf.reshape(tf.add(normed, bonus), [-1, size]) as tf.Tensor2D;
      return {
        output: tf.matMul(tf.mul(g, answer), params.output),
        state: { past: x, memory: S },
        probe: lazyProbe({
          receptance: () => r,
          key: () => kt,
          value: () => v,
          removal: () => removal,
          memory: () => S,
          decay: () => w,
          rate: () => a,
        }),
      };
    },
  };
}

function create(options: Settings, { inputSize }: CellSizes): Cell {
  const layers = Array.from({ length: options.layers }, (_, index) => layer(options, index));
  return residualStack({ name: 'rwkv7', inputSize, layers }) as unknown as Cell;
}

/** RWKV-7 in a residual stack: the delta rule with a vector of decays and a vector of rates. */
export const rwkv7: CellKind<Settings> = {
  name: 'rwkv7',
  source: 'Peng et al. 2025',
  summary: 'RWKV-7: a delta rule that forgets, takes back and writes channel by channel',
  strengths:
    'Each channel forgets at its own pace and each write chooses its strength: solved all three tasks with every seed, as measured, mqar in the fewest sequences.',
  limits:
    'Its matrix is of one size, however long the sequence. Of the cells with a matrix that solve copy with every seed it takes the most sequences, as measured.',
  settings,
  create,
};
