/**
 * The resolved configuration of a run: every default written out, what `config.json` in a run folder holds.
 * `task` and `cell` carry their name and the settings of their own schema, checked where they are looked up.
 */
import { z } from 'zod';

const count = z.int().min(1);
const rate = z.number().positive();
const share = z.number().min(0).max(1);

/** What every optimizer takes beside its own numbers. Zero turns a clip off. */
const common = {
  rate: rate.default(1e-3).describe('learning rate'),
  clipNorm: z.number().min(0).default(10).describe('clip the global gradient norm to this; 0 = off'),
  clipValue: z.number().min(0).default(0).describe('clip each gradient component to this; 0 = off'),
  schedule: z.enum(['constant', 'linear', 'cosine']).default('constant').describe('how the rate falls'),
  warmupSteps: z.int().min(0).default(0).describe('steps over which the rate rises from 0'),
  decaySteps: z.int().min(0).default(0).describe('step at which a falling rate reaches finalRate'),
  finalRate: z.number().min(0).default(0).describe('the rate that a falling schedule ends at'),
};

/** An optimizer by name with its numbers. */
export const optimizerSchema = z.discriminatedUnion('name', [
  z.strictObject({
    name: z.literal('graves-rmsprop'),
    ...common,
    rate: rate.default(1e-4),
    decay: share.default(0.95),
    momentum: share.default(0.9),
    epsilon: rate.default(1e-4),
  }),
  z.strictObject({
    name: z.literal('rmsprop'),
    ...common,
    rate: rate.default(1e-4),
    decay: share.default(0.9),
    momentum: share.default(0),
    epsilon: rate.default(1e-8),
  }),
  z.strictObject({
    name: z.literal('adam'),
    ...common,
    beta1: share.default(0.9),
    beta2: share.default(0.999),
    epsilon: rate.default(1e-8),
  }),
  z.strictObject({
    name: z.literal('adamw'),
    ...common,
    beta1: share.default(0.9),
    beta2: share.default(0.999),
    epsilon: rate.default(1e-8),
    weightDecay: z.number().min(0).default(0.01),
  }),
  z.strictObject({ name: z.literal('sgd'), ...common, rate: rate.default(1e-2), momentum: share.default(0) }),
]);

/** When training ends; whichever comes first. */
export const budgetSchema = z.strictObject({
  steps: count.optional().describe('training steps'),
  sequences: count.optional().describe('training sequences, rounded up to whole batches'),
  maxTimeSeconds: z.number().positive().optional().describe('wall time'),
  untilSolved: z.boolean().default(false).describe('stop as soon as the task is solved'),
});

const codeFiles = z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/));

/** The whole configuration of a run. */
export const configSchema = z.strictObject({
  schema: z.literal('engram.config/1').default('engram.config/1'),
  task: z.looseObject({ name: z.string() }),
  cell: z.looseObject({ name: z.string() }),
  source: z
    .strictObject({
      cell: z.string().optional().describe('file#export of the cell, where it is no built-in'),
      task: z.string().optional().describe('file#export of the task, where it is no built-in'),
      files: codeFiles.describe('SHA-256 of each file by its path'),
      before: z
        .array(codeFiles)
        .optional()
        .describe('the same of code that the run had before, oldest first'),
    })
    .optional(),
  model: z
    .strictObject({
      embeddingSize: z.int().min(0).default(0).describe('linear input embedding; 0 = none'),
      hiddenSize: z.int().min(0).default(0).describe('ReLU layer before the readout; 0 = none'),
    })
    .prefault({}),
  optimizer: optimizerSchema,
  batchSize: count.max(65_536).default(16),
  seed: z.int().min(0).max(0xffff_ffff).default(1),
  budget: budgetSchema.prefault({}),
  evaluation: z
    .strictObject({
      everySteps: count.default(250),
      sequences: count.default(1000).describe('size of the fixed evaluation set'),
      batchSize: count.default(250),
    })
    .prefault({}),
  checkpoint: z.strictObject({ everySteps: count.default(250), keep: count.default(3) }).prefault({}),
  logEverySteps: count.default(50),
  engine: z.enum(['auto', 'compiled', 'eager']).default('auto'),
  backend: z.enum(['auto', 'tensorflow', 'wasm', 'cpu']).default('auto'),
  threads: z
    .int()
    .min(0)
    .max(1024)
    .default(0)
    .describe('of the compiled engine; 0 = as many as are fastest, measured while training'),
  relaxedSimd: z.boolean().default(true).describe('multiply and add in one rounding where the processor can'),
});

/** A configuration with every default filled in. */
export type Config = z.infer<typeof configSchema>;
/** An optimizer's part of it. */
export type OptimizerConfig = Config['optimizer'];
/** What is still to be spent. */
export type Budget = Config['budget'];
