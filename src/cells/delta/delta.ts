/**
 * The linear family as one cell: linear attention, DeltaNet, Gated DeltaNet, Mamba-2 and GLA, DeltaProduct. Each head
 * keeps a matrix S in which keys stand for values; `rules.ts` has what a token does to it, `front-end.ts` what it is
 * shown, `decay.ts` the gate, `feature-maps.ts` what becomes of keys and queries. Left out: the chunked forms, which
 * compute the same, Mamba-2's skip D x, rotations, and the low-rank projection of a gate a channel (GLA, KDA).
 */
import type { Cell, CellKind, CellSizes } from '../../core/contracts.ts';
import * as tf from '../../core/tf.ts';
import { lazyProbe } from '../lazy-probe.ts';
import { shortConvolutionStart } from '../short-convolution.ts';
import { residualStack } from '../stack.ts';
import { featureEpsilon } from './feature-maps.ts';
import { answer, convolvedSize, type DeltaParams, deltaParams, type Seen, see } from './front-end.ts';
import { type DeltaPlan, planOf } from './plan.ts';
import { deltaRules, fade, recall, write } from './rules.ts';
import { type DeltaSettings, deltaSettings } from './settings.ts';

/** What a layer hands on; all zero before the first token. */
type DeltaState = {
  /** S, [B,h,d_v,d_k] */
  readonly memory: tf.Tensor4D;
  /** z, [B,h,d_k], with the normalization of attention */
  readonly weights?: tf.Tensor3D;
  /** What was convolved, [B,3,C] */
  readonly past?: tf.Tensor3D;
};

/** One layer, from D to D numbers: rules.ts on what front-end.ts makes of the token. */
function layer(plan: DeltaPlan): Cell<DeltaParams, DeltaState> {
  const { size, heads, valueSize, featureSize, normalization, convolution } = plan;
  const rule = deltaRules[plan.rule];
  const divides = normalization === 'attention';
  return {
    name: 'delta',
    inputSize: size,
    outputSize: size,
    probes: aboutProbes(plan),
    init: (rng) => deltaParams(rng, plan),
    initialState: (_, batchSize) => ({
      memory: tf.zeros([batchSize, heads, valueSize, featureSize]),
      ...(divides && { weights: tf.zeros<tf.Rank.R3>([batchSize, heads, featureSize]) }),
      ...(convolution && { past: shortConvolutionStart(batchSize, convolvedSize(plan)) }),
    }),
    step(params, state, x) {
      const seen = see(plan, params, state.past, x);
      const { query, writes, alpha, gate, past } = seen;
      const kept = alpha ? fade(state.memory, alpha) : state.memory;
      const memory = writes.reduce((held, token) => write(rule, held, token), kept);
      const weights = state.weights && (tf.add(state.weights, writes[0]!.key) as tf.Tensor3D);
      const read = weights ? attended(memory, weights, query) : recall(memory, query);
      return {
        output: answer(params, read, gate),
        state: { memory, ...(weights && { weights }), ...(past && { past }) },
        probe: probeOf(seen, memory, weights),
      };
    },
  };
}

/** o = S q / (z'q + ε): Katharopoulos et al. 2020, eq. 20. @param z the sum of all keys so far */
function attended(memory: tf.Tensor4D, z: tf.Tensor3D, query: tf.Tensor3D): tf.Tensor3D {
  const total = tf.add(tf.sum(tf.mul(z, query), 2, true), featureEpsilon);
  return tf.div(recall(memory, query), total);
}

function aboutProbes({ gate, steps }: DeltaPlan): NonNullable<Cell['probes']> {
  const first = steps > 1 ? ' of the first write' : '';
  return {
    query: { title: 'query q', axes: ['head', 'entry'] },
    key: { title: `key k${first}`, axes: ['head', 'entry'] },
    memory: { title: 'memory S, values by keys', axes: ['head', 'value', 'key'] },
    weights: { title: 'sum of keys z', axes: ['head', 'entry'] },
    alpha: { title: 'kept share \u03b1', axes: gate === 'channel' ? ['head', 'entry'] : ['head'] },
    strength: {
      title: 'write strength',
      axes: steps > 1 ? ['head', 'write'] : ['head'],
      ...(steps > 1 && { labels: Array.from({ length: steps }, (_, j) => `write ${j + 1}`) }),
    },
  };
}

function probeOf({ query, writes, alpha }: Seen, memory: tf.Tensor4D, weights: tf.Tensor3D | undefined) {
  const strengths = writes.flatMap(({ strength }) => strength ?? []);
  const [batchSize, heads] = memory.shape;
  return lazyProbe({
    query: () => query,
    key: () => writes[0]!.key,
    memory: () => memory,
    ...(weights && { weights: () => weights }),
    ...(alpha && { alpha: () => (alpha.shape[2] === 1 ? tf.reshape(alpha, [batchSize, heads]) : alpha) }),
    ...(strengths.length > 0 && {
      strength: () => (strengths.length > 1 ? tf.stack(strengths, 2) : strengths[0]!),
    }),
  });
}

function create(settings: DeltaSettings, { inputSize }: CellSizes): Cell {
  const plan = planOf(settings);
  const layers = Array.from({ length: plan.layers }, () => layer(plan));
  return residualStack({ name: 'delta', inputSize, layers }) as unknown as Cell;
}

/** The linear family in a residual stack; the default is one layer of Gated DeltaNet. */
export const delta: CellKind<DeltaSettings> = {
  name: 'delta',
  source:
    'Katharopoulos et al. 2020; Schlag et al. 2021; Dao and Gu 2024; Yang et al. 2024, 2025; Siems et al. 2025',
  summary: 'linear attention and its delta rules: DeltaNet, Mamba-2, Gated DeltaNet, DeltaProduct',
  settings: deltaSettings,
  create,
};
