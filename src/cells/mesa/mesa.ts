/**
 * MesaNet: von Oswald et al. 2025, "MesaNet: sequence modeling by locally optimal test-time training". Each head keeps how
 * its keys lie, H, and what stands under them, J, and answers as the best linear map from keys to values would:
 *   H <- gamma H + beta k k'      J <- gamma J + beta v k'      o = J (H + Diag(Lambda))^-1 q
 *   Lambda = .25 + softplus(lambda)      beta = sigmoid(W_b x + b)      gamma = sigmoid(W_c x + c) (1 - .0025 beta²)
 * The system is solved by a fixed number of conjugate-gradient steps from 0, where the published code may stop early. The
 * front end is that of the delta rules, but for values, which are not convolved. Left out: the chunked form.
 */
import { z } from 'zod';
import type { Cell, CellKind, CellSizes } from '../../core/contracts.ts';
import { overBatch } from '../../core/gradients.ts';
import * as tf from '../../core/tf.ts';
import {
  type AnswerParams,
  answer,
  answerParams,
  type FrontEnd,
  type ProjectionParams,
  pastStart,
  projectionParams,
  see,
} from '../delta/front-end.ts';
import { fade, outer, recall } from '../delta/rules.ts';
import { headSize } from '../heads.ts';
import { lazyProbe } from '../lazy-probe.ts';
import { residualStack } from '../stack.ts';
import { solve } from './conjugate-gradient.ts';

const settings = z.strictObject({
  size: z.int().min(1).max(65_536).default(64).describe('width of what the layers add to (D)'),
  layers: z.int().min(1).max(64).default(1).describe('layers in the residual stack'),
  heads: z.int().min(1).max(256).default(4).describe('memories side by side (h), each of size / heads (d)'),
  steps: z
    .int()
    .min(1)
    .max(64)
    .default(10)
    .describe('conjugate-gradient steps a token; as many as size / heads are exact'),
  convolution: z
    .boolean()
    .default(true)
    .describe('keys and queries see the last four tokens before they are used'),
});

type Settings = z.infer<typeof settings>;

/** Learned numbers of a layer. */
type Params = ProjectionParams &
  AnswerParams & {
    /** b and c, [h] each */
    readonly rates: { readonly beta: tf.Tensor1D; readonly gamma: tf.Tensor1D };
    /** [h,d] */
    readonly lambda: tf.Tensor2D;
  };

/** What a layer hands on; all zero before the first token. */
type State = {
  /** H, [B,h,d,d] */
  readonly keys: tf.Tensor4D;
  /** J, values by keys, [B,h,d,d] */
  readonly values: tf.Tensor4D;
  /** What was convolved, [B,3,C] */
  readonly past?: tf.Tensor3D;
};

/** Below this Lambda never falls, and the system stays well posed. */
const LEAST_LAMBDA = 0.25;
/** lambda at which Lambda begins at 1. */
const LAMBDA_START = Math.log(Math.expm1(1 - LEAST_LAMBDA));
/** What a full write forgets, so that H stays bounded: 1 - .9975. */
const FORGOTTEN = 0.0025;
/** c at the start: a memory that lasts, where the published code begins at half of it a token. */
const KEPT_START = 4;

/** One layer, from D to D numbers. */
function layer({ size, heads, steps, convolution }: Settings): Cell<Params, State> {
  const d = headSize('mesa', size, heads);
  const front: FrontEnd<'beta' | 'gamma'> = {
    ...{ size, heads, keySize: d, valueSize: d, steps: 1, nu: 1, queryScale: 1 },
    featureMap: 'silu',
    normalization: 'l2',
    convolved: convolution ? 'keys and queries' : 'nothing',
    gates: { beta: heads, gamma: heads },
  };
  const empty = (batchSize: number) => tf.zeros<tf.Rank.R4>([batchSize, heads, d, d]);
  return {
    name: 'mesa',
    inputSize: size,
    outputSize: size,
    probes: {
      query: { title: 'query q', axes: ['head', 'entry'] },
      key: { title: 'key k', axes: ['head', 'entry'] },
      solution: { title: 'what is looked up, (H + \u039b)\u207b\u00b9 q', axes: ['head', 'entry'] },
      keys: { title: 'how keys lie, H', axes: ['head', 'key', 'key'] },
      values: { title: 'what stands under them, J', axes: ['head', 'value', 'key'] },
      beta: { title: 'write strength \u03b2', axes: ['head'] },
      gamma: { title: 'kept share \u03b3', axes: ['head'] },
    },
    init: (rng) => ({
      ...projectionParams(rng, front),
      rates: { beta: tf.zeros([heads]), gamma: tf.fill([heads], KEPT_START) },
      lambda: tf.fill([heads, d], LAMBDA_START),
      ...answerParams(rng, front),
    }),
    initialState: (_, batchSize) => ({
      keys: empty(batchSize),
      values: empty(batchSize),
      ...pastStart(front, batchSize),
    }),
    step(params, state, x) {
      const seen = see(front, params, state.past, x);
      const [q, k, v] = [seen.query, seen.keys[0]!, seen.values[0]!];
      const rate = (name: 'beta' | 'gamma'): tf.Tensor3D =>
        tf.reshape(tf.sigmoid(tf.add(seen.gates[name]!, params.rates[name])), [-1, heads, 1]);
      const beta = rate('beta');
      const gamma = tf.mul(rate('gamma'), tf.sub(1, tf.mul(tf.square(beta), FORGOTTEN))) as tf.Tensor3D;

      const weighed = tf.mul(beta, k) as tf.Tensor3D;
      const H = tf.add(fade(state.keys, gamma), outer(k, weighed)) as tf.Tensor4D;
      const J = tf.add(fade(state.values, gamma), outer(v, weighed)) as tf.Tensor4D;
      const Lambda = tf.add(tf.softplus(params.lambda), LEAST_LAMBDA);
      const solution = solve({ H, lambda: overBatch(Lambda, x.shape[0]) }, q, steps);
      const o = recall(J, solution);
      return {
        output: answer(params, o, seen.outputGate),
        state: { keys: H, values: J, ...(seen.past && { past: seen.past }) },
        probe: lazyProbe({
          query: () => q,
          key: () => k,
          solution: () => solution,
          keys: () => H,
          values: () => J,
          beta: () => tf.squeeze(beta, [2]),
          gamma: () => tf.squeeze(gamma, [2]),
        }),
      };
    },
  };
}

function create(options: Settings, { inputSize }: CellSizes): Cell {
  const layers = Array.from({ length: options.layers }, () => layer(options));
  return residualStack({ name: 'mesa', inputSize, layers }) as unknown as Cell;
}

/** MesaNet in a residual stack: the least-squares answer to all that was shown. */
export const mesa: CellKind<Settings> = {
  name: 'mesa',
  source: 'von Oswald et al. 2025',
  summary: 'MesaNet: answers as the least-squares fit of all keys to their values would',
  strengths:
    'Answers as the best linear map from all its keys to their values would: the highest mean of the models compared on MAD (von Oswald et al. 2025, table 9), and here all three tasks with every seed, as measured.',
  limits: 'Solves a system of equations for each token: the most operations of all cells here.',
  settings,
  create,
};
