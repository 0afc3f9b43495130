/**
 * How a sequence starts: Graves et al. 2014, section 4, resets controller, reads and memory to bias values that are
 * learned. Collier and Beel 2018 found memory filled with 1e-6 to train fastest; heads must then start apart, because
 * identical rows and uniform weights stay so for ever.
 */
import { overBatch } from '../../core/gradients.ts';
import { normalTensor } from '../../core/init.ts';
import { type Rng, rng } from '../../core/rng.ts';
import * as tf from '../../core/tf.ts';
import type { NtmSettings } from './settings.ts';

/** Memory that is neither learned nor random. */
const CONSTANT_MEMORY = 1e-6;
/** Standard deviation of random rows, and of learned ones before training. */
const ROW_DEVIATION = 0.05;
/** Standard deviation of the logits of learned addresses before training. */
const LOGIT_DEVIATION = 1;

/** Learned start: first reads [R W]; logits of the addresses [R,N] and [V,N]; memory [N,W]; the last three if learned. */
export type StartParams = {
  readonly read: tf.Tensor1D;
  readonly readAddress?: tf.Tensor2D;
  readonly writeAddress?: tf.Tensor2D;
  readonly memory?: tf.Tensor2D;
};

/** What a sequence starts with: read [B,R W], readWeights [B,R,N], writeWeights [B,V,N], memory [B,N,W]. */
export type MemoryStart = {
  readonly read: tf.Tensor2D;
  readonly readWeights: tf.Tensor3D;
  readonly writeWeights: tf.Tensor3D;
  readonly memory: tf.Tensor3D;
};

/** Parameters of the start that these settings learn. */
export function startParams(settings: NtmSettings, random: Rng): StartParams {
  const { slots, width, readHeads, writeHeads, memoryStart, addressStart } = settings;
  const logits = (heads: number) => normalTensor<tf.Tensor2D>(random, [heads, slots], LOGIT_DEVIATION);
  return {
    read: tf.zeros([readHeads * width]) as tf.Tensor1D,
    ...(addressStart === 'learned' && { readAddress: logits(readHeads), writeAddress: logits(writeHeads) }),
    ...(memoryStart === 'learned' && {
      memory: normalTensor<tf.Tensor2D>(random, [slots, width], ROW_DEVIATION),
    }),
  };
}

/** The rows of `memoryStart: 'random'`, from a stream of their own: the same for every model of one seed. */
export function randomRows({ slots, width, memorySeed }: NtmSettings): Float32Array {
  const stream = rng(memorySeed, 'memory');
  return Float32Array.from({ length: slots * width }, () => stream.normal() * ROW_DEVIATION);
}

/** Where heads of one kind point at the start: [heads,N]. */
function address(settings: NtmSettings, heads: number, logits: tf.Tensor2D | undefined): tf.Tensor2D {
  const { slots, addressStart } = settings;
  if (addressStart === 'learned') return tf.softmax(logits!);
  if (addressStart === 'uniform') return tf.fill([heads, slots], 1 / slots);
  const oneHot = Float32Array.from({ length: heads * slots }, (_, at) => (at % slots === 0 ? 1 : 0));
  return tf.tensor2d(oneHot, [heads, slots]);
}

/** The state that every sequence of a batch starts from. @param rows [N,W], what `randomRows` gave, if asked for */
export function memoryStart(
  settings: NtmSettings,
  params: StartParams,
  batch: { readonly size: number; readonly rows: Float32Array | undefined },
): MemoryStart {
  const { slots, width, readHeads, writeHeads } = settings;
  const fresh = {
    constant: () => tf.fill([batch.size, slots, width], CONSTANT_MEMORY) as tf.Tensor3D,
    random: () => overBatch<tf.Tensor3D>(tf.tensor2d(batch.rows!, [slots, width]), batch.size),
    learned: () => overBatch<tf.Tensor3D>(params.memory!, batch.size),
  };
  return {
    read: overBatch(params.read, batch.size),
    readWeights: overBatch(address(settings, readHeads, params.readAddress), batch.size),
    writeWeights: overBatch(address(settings, writeHeads, params.writeAddress), batch.size),
    memory: fresh[settings.memoryStart](),
  };
}
