/**
 * Memory-augmented network with least recently used access: Santoro et al. 2016, eq. 2 to 8.
 *   w^w = s(a) w^r' + (1 - s(a)) w^lu'       M = M' o (1 - w^lu') + w^w k       w^r = softmax(cos(k, M))       r = w^r M
 *   w^u = 0.95 w^u' + w^r + w^w              w^lu = 1 at the least used slot, constant for the gradient; ' is a step ago
 * Every head reads, and writes its key, or an add vector of its own: k and add tanh. The a of each head is learned.
 * Deviations: head v takes the v-th least used slot, where the paper's w^lu marks as many slots for all heads at once;
 * each slot taken is cleared; usages within 1e-4 of the least count as equal to it; 0.95 and the start, memory of 1e-6 with
 * usage and reads on slot 0, are those of public reimplementations.
 */
import type { Cell, CellKind, CellSizes, CellStep } from '../../core/contracts.ts';
import { glorotKernel } from '../../core/init.ts';
import * as tf from '../../core/tf.ts';
import { contentWeights } from '../addressing/content.ts';
import { readMemory } from '../addressing/memory-access.ts';
import { type ControllerParams, type ControllerState, controller } from '../controller.ts';
import { lazyProbe } from '../lazy-probe.ts';
import { decayedUsage, leastUsed } from '../prominence/lru.ts';
import { checkMannSettings, type MannSettings, mannSettings } from './settings.ts';

/** Memory at the start of a sequence, as in the paper's public reimplementations. */
const START_MEMORY = 1e-6;

type Params = {
  readonly controller: ControllerParams;
  /** To the keys [R W], and to as many numbers to add where these are separate. */
  readonly heads: { readonly kernel: tf.Tensor2D; readonly bias: tf.Tensor1D };
  /** a of each head, [R,1] */
  readonly mix: tf.Tensor2D;
};
type State = {
  readonly controller: ControllerState;
  /** r, [B,R W] */
  readonly read: tf.Tensor2D;
  /** w^r, [B,R,N] */
  readonly readWeights: tf.Tensor3D;
  /** w^u, [B,N] */
  readonly usage: tf.Tensor2D;
  /** M, [B,N,W] */
  readonly memory: tf.Tensor3D;
};

/** What the heads do in one step. @param usage w^u of the step before @param key, add [B,R,W] */
function access(mix: tf.Tensor2D, before: State, { key, add }: { key: tf.Tensor3D; add: tf.Tensor3D }) {
  const [batchSize, slots] = before.usage.shape;
  const heads = key.shape[1];
  const least = leastUsed(before.usage, heads);
  const share = tf.sigmoid(mix);
  const written: tf.Tensor3D = tf.add(tf.mul(before.readWeights, share), tf.mul(least, tf.sub(1, share)));
  const kept = tf.reshape(tf.sub(1, tf.sum(least, 1)), [batchSize, slots, 1]);
  const memory: tf.Tensor3D = tf.add(tf.mul(before.memory, kept), tf.matMul(written, add, true));
  const readWeights = contentWeights({ memory, key, strength: tf.ones([batchSize, heads, 1]) });
  const usage = decayedUsage(before.usage, readWeights, written);
  return { written, next: { read: readMemory(memory, readWeights), readWeights, usage, memory } };
}

function create(given: MannSettings, { inputSize }: CellSizes): Cell<Params, State> {
  checkMannSettings(given);
  const { slots, width, readHeads, controllerSize } = given;
  const steer = controller(given, inputSize + readHeads * width);
  const vectors = given.add === 'separate' ? 2 : 1;
  const columns = vectors * readHeads * width;

  function step(params: Params, state: State, input: tf.Tensor2D): CellStep<State> {
    const steered = steer.step(params.controller, state.controller, tf.concat([input, state.read], 1));
    const raw = tf.tanh(tf.add(tf.matMul(steered.output, params.heads.kernel), params.heads.bias));
    const rows = tf.reshape(raw, [-1, vectors * readHeads, width]) as tf.Tensor3D;
    const [key, add = key] = (vectors === 2 ? tf.split(rows, 2, 1) : [rows]) as [tf.Tensor3D, tf.Tensor3D?];
    const { written, next } = access(params.mix, state, { key, add });
    return {
      output: tf.concat([steered.output, next.read], 1),
      state: { controller: steered.state, ...next },
      probe: lazyProbe({
        readWeights: () => next.readWeights,
        writeWeights: () => written,
        usage: () => next.usage,
        key: () => key,
        ...(vectors === 2 && { add: () => add }),
        memory: () => next.memory,
      }),
    };
  }

  return {
    name: 'mann',
    inputSize,
    outputSize: controllerSize + readHeads * width,
    slots,
    probes: {
      readWeights: { title: 'read weights w', axes: ['head', 'slot'] },
      writeWeights: { title: 'write weights w', axes: ['head', 'slot'] },
      usage: { title: 'usage of the slots', axes: ['slot'] },
      key: { title: 'key k', axes: ['head', 'entry'] },
      ...(vectors === 2 && { add: { title: 'add vector', axes: ['head', 'entry'] } }),
      memory: { title: 'memory M', axes: ['slot', 'entry'] },
    },
    init: (rng) => ({
      controller: steer.init(rng),
      heads: { kernel: glorotKernel(rng, controllerSize, columns), bias: tf.zeros([columns]) },
      mix: tf.zeros([readHeads, 1]),
    }),
    initialState: (params, batchSize) => ({
      controller: steer.start(params.controller, batchSize),
      read: tf.zeros([batchSize, readHeads * width]),
      readWeights: onFirstSlot([batchSize, readHeads, slots]),
      usage: onFirstSlot([batchSize, slots]),
      memory: tf.fill([batchSize, slots, width], START_MEMORY),
    }),
    step,
  };
}

/** 1 on slot 0 and 0 on all others; slots are the last axis. */
function onFirstSlot<T extends tf.Tensor>(shape: number[]): T {
  const rest = [...shape.slice(0, -1), shape.at(-1)! - 1];
  return tf.concat([tf.ones([...shape.slice(0, -1), 1]), tf.zeros(rest)], shape.length - 1) as T;
}

/** Least recently used access; the output is the controller's and what the heads read, side by side: D = H + R W. */
export const mann: CellKind<MannSettings> = {
  name: 'mann',
  source: 'Santoro et al. 2016',
  summary: 'controller with heads that write to the least used slot or the one last read',
  strengths:
    'Stores what is new at once, where it overwrites the least: classes seen once or twice (Santoro et al. 2016, section 4).',
  limits:
    'Addresses by content only, so that an order must be told by content too: of all cells that solve copy it takes the most sequences as measured, and no seed of three solved mqar.',
  settings: mannSettings,
  create,
};
