/**
 * Titans' neural memory with a linear memory: Behrouz et al. 2025, section 3.1, eq. 12 to 15, token by token; and
 * TTT-Linear: Sun et al. 2024, section 2. What a token does to the memory M of each head, and what is read:
 *   G = 2 (M k - v) k'      P <- eta P - theta G      M <- (1 - alpha) M + P      o = M q
 * G is taken of M before it is forgotten. alpha, eta, theta = sigmoid(W x + b), one number a head. With `memory` ttt M k is
 * LN(M k + b), b learning as M does, M and b from learned starts, theta divided by d, alpha = eta = 0, and the target v - k
 * with o = q + LN(M q + b). Around it the front end of the delta rules, keys and queries of length 1, for TTT too.
 * Left out: deep memories, persistent tokens, attention beside it, and TTT's batches of 16 tokens.
 */
import type { Cell, CellKind, CellSizes } from '../../core/contracts.ts';
import { overBatch } from '../../core/gradients.ts';
import * as tf from '../../core/tf.ts';
import { answer, pastStart, see } from '../delta/front-end.ts';
import { outer } from '../delta/rules.ts';
import { lazyProbe } from '../lazy-probe.ts';
import { residualStack } from '../stack.ts';
import { answered, surprise, through } from './memory.ts';
import {
  planOf,
  type TitansParams,
  type TitansPlan,
  type TitansRate,
  type TitansSettings,
  titansParams,
  titansSettings,
} from './plan.ts';

/** What a layer hands on; all zero before the first token but M and b of TTT. */
type State = {
  /** M, [B,h,d,d] */
  readonly memory: tf.Tensor4D;
  /** P, [B,h,d,d] */
  readonly momentum?: tf.Tensor4D;
  /** b, [B,h,d] */
  readonly bias?: tf.Tensor3D;
  /** P of b, [B,h,d] */
  readonly biasMomentum?: tf.Tensor3D;
  /** What was convolved, [B,3,C] */
  readonly past?: tf.Tensor3D;
};

/** P <- eta P - change, x <- (1 - alpha) x + P, of M or of b, rates shaped to fit. */
function learn<T extends tf.Tensor>(
  held: { readonly x: T; readonly P: T | undefined },
  change: T,
  { alpha, eta }: { readonly alpha: tf.Tensor | undefined; readonly eta: tf.Tensor | undefined },
): { readonly x: T; readonly P: T } {
  const P = eta && held.P ? tf.sub(tf.mul(eta, held.P), change) : tf.neg(change);
  const kept = alpha ? tf.mul(tf.sub(1, alpha), held.x) : held.x;
  return { x: tf.add(kept, P) as T, P: P as T };
}

/** One layer, from D to D numbers. */
function layer(plan: TitansPlan): Cell<TitansParams, State> {
  const { size, heads, d, inner, difference, gates } = plan;
  const remembers = gates.eta > 0;
  const square = (batchSize: number) => tf.zeros<tf.Rank.R4>([batchSize, heads, d, d]);
  return {
    name: 'titans',
    inputSize: size,
    outputSize: size,
    probes,
    init: (rng) => titansParams(rng, plan),
    initialState: ({ start }, batchSize) => ({
      memory: start ? overBatch(start.memory, batchSize) : square(batchSize),
      ...(remembers && { momentum: square(batchSize) }),
      ...(start && { bias: overBatch<tf.Tensor3D>(start.bias, batchSize) }),
      ...(start && remembers && { biasMomentum: tf.zeros<tf.Rank.R3>([batchSize, heads, d]) }),
      ...pastStart(plan, batchSize),
    }),
    step(params, state, x) {
      const seen = see(plan, params, state.past, x);
      const [q, k, v] = [seen.query, seen.keys[0]!, seen.values[0]!];
      const rate = (name: TitansRate): tf.Tensor3D | undefined => {
        const [raw, b] = [seen.gates[name], params.rates[name]];
        return raw && b && tf.reshape(tf.sigmoid(tf.add(raw, b)), [-1, heads, 1]);
      };
      const [alpha, eta] = [rate('alpha'), rate('eta')];
      const theta = inner ? tf.div(rate('theta')!, d) : rate('theta')!;

      const target = difference ? tf.sub(v, k) : v;
      const gradient = surprise(params.inner, through(state.memory, state.bias, k), target as tf.Tensor3D);
      const change = tf.mul(theta, gradient) as tf.Tensor3D;
      const square = (share: tf.Tensor3D | undefined) => share && tf.expandDims(share, 3);
      const M = learn({ x: state.memory, P: state.momentum }, outer(change, k), {
        alpha: square(alpha),
        eta: square(eta),
      });
      const b = state.bias && learn({ x: state.bias, P: state.biasMomentum }, change, { alpha, eta });
      const found = answered(params.inner, through(M.x, b?.x, q));
      const o = difference ? tf.add(q, found) : found;
      return {
        output: answer(params, o as tf.Tensor3D, seen.outputGate),
        state: {
          memory: M.x,
          ...(remembers && { momentum: M.P }),
          ...(b && { bias: b.x }),
          ...(b && remembers && { biasMomentum: b.P }),
          ...(seen.past && { past: seen.past }),
        },
        probe: lazyProbe({
          query: () => q,
          key: () => k,
          surprise: () => gradient,
          memory: () => M.x,
          ...(remembers && { momentum: () => M.P }),
          ...(alpha && { alpha: () => tf.squeeze(alpha, [2]) }),
          ...(eta && { eta: () => tf.squeeze(eta, [2]) }),
          theta: () => tf.squeeze(theta, [2]),
        }),
      };
    },
  };
}

const probes: NonNullable<Cell['probes']> = {
  query: { title: 'query q', axes: ['head', 'entry'] },
  key: { title: 'key k', axes: ['head', 'entry'] },
  surprise: { title: 'gradient of the error at k', axes: ['head', 'entry'] },
  memory: { title: 'memory M, values by keys', axes: ['head', 'value', 'key'] },
  momentum: { title: 'momentum P', axes: ['head', 'value', 'key'] },
  alpha: { title: 'forgotten share \u03b1', axes: ['head'] },
  eta: { title: 'momentum kept \u03b7', axes: ['head'] },
  theta: { title: 'step size \u03b8', axes: ['head'] },
};

function create(options: TitansSettings, { inputSize }: CellSizes): Cell {
  const plan = planOf(options);
  const layers = Array.from({ length: options.layers }, () => layer(plan));
  return residualStack({ name: 'titans', inputSize, layers }) as unknown as Cell;
}

/** Titans in a residual stack: a memory that learns by gradient steps with momentum; TTT-Linear as a setting. */
export const titans: CellKind<TitansSettings> = {
  name: 'titans',
  source: 'Behrouz et al. 2025, section 3.1; Sun et al. 2024',
  summary: 'Titans and TTT-Linear: a memory trained token by token, with momentum and forgetting',
  strengths:
    'Learns while it reads, the more the more it is surprised: solved all three tasks with every seed as measured, and copy in as few sequences as attention.',
  limits:
    "The memory is linear, where the paper's best are deep; momentum doubles the state; and alpha forgets all keys alike.",
  settings: titansSettings,
  create,
};
