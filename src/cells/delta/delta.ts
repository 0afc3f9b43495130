/**
 * The linear family as one cell: linear attention, DeltaNet, Gated DeltaNet, Mamba-2 and GLA, DeltaProduct. Each head
 * keeps a matrix S in which keys stand for values. With the terms that the row of a rule in `rules.ts` has, a token does
 *   S <- S Diag(alpha)      S <- S + (w_j v_j - beta_j S k_j) k_j',  j = 1 ... n_h      o = S q
 * `front-end.ts` and `token.ts` have what it is shown, `decay.ts` the gate, `feature-maps.ts` what becomes of keys and
 * queries. Left out: the chunked forms, which compute the same, Mamba-2's skip D x, rotations, and the low-rank projection
 * of a gate a channel (GLA, KDA).
 */
import type { Cell, CellKind, CellSizes } from '../../core/contracts.ts';
import * as tf from '../../core/tf.ts';
import { lazyProbe } from '../lazy-probe.ts';
import { residualStack } from '../stack.ts';
import { type DecayParams, decayParams } from './decay.ts';
import { featureEpsilon } from './feature-maps.ts';
import {
  type AnswerParams,
  answer,
  answerParams,
  type ProjectionParams,
  pastStart,
  projectionParams,
  see,
} from './front-end.ts';
import { type DeltaPlan, planOf } from './plan.ts';
import { deltaRules, fade, recall, write } from './rules.ts';
import { type DeltaSettings, deltaSettings } from './settings.ts';
import { type Token, tokenOf } from './token.ts';

/** Learned numbers of a layer; decay where the rule is gated. */
type DeltaParams = ProjectionParams & AnswerParams & { readonly decay?: DecayParams };

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
  const { size, heads, valueSize, featureSize, normalization } = plan;
  const rule = deltaRules[plan.rule];
  const divides = normalization === 'attention';
  return {
    name: 'delta',
    inputSize: size,
    outputSize: size,
    probes: aboutProbes(plan),
    init: (rng) => ({
      ...projectionParams(rng, plan),
      ...(rule.gated && { decay: decayParams(rng, heads, plan.gate === 'scalar' ? 1 : featureSize) }),
      ...answerParams(rng, plan),
    }),
    initialState: (_, batchSize) => ({
      memory: tf.zeros([batchSize, heads, valueSize, featureSize]),
      ...(divides && { weights: tf.zeros<tf.Rank.R3>([batchSize, heads, featureSize]) }),
      ...pastStart(plan, batchSize),
    }),
    step(params, state, x) {
      const seen = see(plan, params, state.past, x);
      const { query, past } = seen;
      const token = tokenOf(plan, params.decay, seen);
      const { writes, alpha } = token;
      const kept = alpha ? fade(state.memory, alpha) : state.memory;
      const memory = writes.reduce((S, one) => write(rule, S, one), kept);
      const weights = state.weights && (tf.add(state.weights, writes[0]!.key) as tf.Tensor3D);
      const read = weights ? attended(memory, weights, query) : recall(memory, query);
      const held: DeltaState = { memory, ...(weights && { weights }), ...(past && { past }) };
      return {
        output: answer(params, read, seen.outputGate),
        state: held,
        probe: probeOf(query, token, held),
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

function probeOf(query: tf.Tensor3D, { writes, alpha }: Token, { memory, weights }: DeltaState) {
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
  strengths:
    'Replaces what a key stands for: mqar in the fewest sequences, as measured. With negative eigenvalues it tracks parity (Grazzi et al. 2025, table 3).',
  limits:
    'A head holds as many keys apart as they have numbers (Schlag et al. 2021, section 4.1). As measured two seeds of three failed at copy. Without negative eigenvalues it fails at parity.',
  settings: deltaSettings,
  create,
};
