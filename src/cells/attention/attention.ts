/**
 * Softmax attention to all of the past: Vaswani et al. 2017, section 3.2, eq. 1, token by token. In each of h heads of
 * d = D/h numbers, with K and V a row for every token so far, which training keeps for each of T steps, T² d numbers:
 *   q, k, v = conv(W x)        K <- [K; R_t k]        V <- [V; v]        o = V' softmax(K (R_t q) / sqrt(d))
 *   y = W_o o, the heads' side by side
 * R_t are the rotations of rotary.ts, in place of the paper's waves; conv is the depthwise convolution behind projections
 * of So et al. 2021, over four tokens where they have three. Left out: the feed-forward layers between, biases, dropout.
 */
import type { Cell, CellKind, CellSizes } from '../../core/contracts.ts';
import { uniformKernel } from '../../core/init.ts';
import * as tf from '../../core/tf.ts';
import { attend } from '../addressing/attend.ts';
import { lazyProbe } from '../lazy-probe.ts';
import { shortConvolution, shortConvolutionKernel, shortConvolutionStart } from '../short-convolution.ts';
import { residualStack } from '../stack.ts';
import { emptiness, pushed } from './past.ts';
import { rotate, turns } from './rotary.ts';
import { type AttentionPlan, type AttentionSettings, attentionSettings, planOf } from './settings.ts';

/** Learned numbers of a layer. */
type Params = {
  /** W, for q, k and v side by side, [D,3D] */
  readonly kernel: tf.Tensor2D;
  /** [4,3D] */
  readonly convolution?: tf.Tensor2D;
  /** W_o, [D,D] */
  readonly output: tf.Tensor2D;
};

/** What a layer hands on; all zero before the first token. N is the window. */
type State = {
  /** t, [B,1] */
  readonly time: tf.Tensor2D;
  /** K and V, the newest last, [B,h,N,d] */
  readonly keys: tf.Tensor4D;
  readonly values: tf.Tensor4D;
  /** What was convolved, [B,3,3D] */
  readonly past?: tf.Tensor3D;
};

/** One layer, from D to D numbers. */
function layer({
  size,
  heads,
  window,
  sliding,
  positions,
  convolution,
  d,
}: AttentionPlan): Cell<Params, State> {
  const byHead = (x: tf.Tensor): tf.Tensor3D => tf.reshape(x, [-1, heads, d]);
  const place = { axis: 'steps back', labels: Array.from({ length: window }, (_, i) => `${window - 1 - i}`) };
  return {
    name: 'attention',
    inputSize: size,
    outputSize: size,
    ...(!sliding && { maxLength: window }),
    probes: {
      attention: { title: 'attention to the past', axes: ['head', place.axis], labels: place.labels },
      query: { title: 'query q', axes: ['head', 'entry'] },
      key: { title: 'key k', axes: ['head', 'entry'] },
      value: { title: 'value v', axes: ['head', 'entry'] },
    },
    init: (rng) => ({
      kernel: uniformKernel(rng, size, 3 * size),
      ...(convolution && { convolution: shortConvolutionKernel(rng, 3 * size) }),
      output: uniformKernel(rng, size, size),
    }),
    initialState: (_, batchSize) => ({
      time: tf.zeros([batchSize, 1]),
      keys: tf.zeros([batchSize, heads, window, d]),
      values: tf.zeros([batchSize, heads, window, d]),
      ...(convolution && { past: shortConvolutionStart(batchSize, 3 * size) }),
    }),
    step(params, { time, past, ...kept }, x) {
      const raw: tf.Tensor2D = tf.matMul(x, params.kernel);
      const convolved = past && shortConvolution(params.convolution!, past, raw);
      const [q, k, v] = tf.split(convolved?.output ?? raw, 3, 1).map(byHead) as Triple;
      const angles = positions === 'rotary' ? turns(time, d) : undefined;
      const [query, key] = angles ? [rotate(q, angles), rotate(k, angles)] : [q, k];
      const keys = pushed(kept.keys, key);
      const values = pushed(kept.values, v);
      const score = emptiness(time, window);
      const { read, weights } = attend({ query: tf.mul(query, d ** -0.5), keys, values, score });
      return {
        output: tf.matMul(tf.reshape(read, [-1, size]), params.output),
        state: { time: tf.add(time, 1), keys, values, ...(convolved && { past: convolved.past }) },
        probe: lazyProbe({ attention: () => weights, query: () => q, key: () => k, value: () => v }),
      };
    },
  };
}

type Triple = [q: tf.Tensor3D, k: tf.Tensor3D, v: tf.Tensor3D];

function create(options: AttentionSettings, { inputSize, maxLength }: CellSizes): Cell {
  const plan = planOf(options, maxLength);
  const layers = Array.from({ length: plan.layers }, () => layer(plan));
  return residualStack({ name: 'attention', inputSize, layers }) as unknown as Cell;
}

/** Causal self-attention in a residual stack. */
export const attention: CellKind<AttentionSettings> = {
  name: 'attention',
  source: 'Vaswani et al. 2017, section 3.2; Su et al. 2021; So et al. 2021',
  summary: 'softmax attention to all of the past: the ceiling, at a state that grows with the sequence',
  strengths:
    'Forgets nothing: associative recall and mqar in the fewest sequences, as measured. What others come to is held against it.',
  limits:
    'State grows with the sequence, and the work with its square. Tracks no state: .02 at parity, where chance is 0 (Grazzi et al. 2025, table 3).',
  settings: attentionSettings,
  create,
};
