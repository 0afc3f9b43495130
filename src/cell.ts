/**
 * The authoring kit, `engram/cell`: everything that a file with a cell or a task of one's own needs, in one import.
 * `tf` is the TensorFlow.js that the engines run on, with the gradients that Engram mends; a file that imports another
 * copy makes tensors that belong to nobody. What can be written with it, and how, is in docs/writing-a-cell.md.
 */
import type { z } from 'zod';
import type { Cell, CellKind, CellSizes, Recipe, Task, Tree } from './core/contracts.ts';

export { z } from 'zod';
export { type Attended, attend } from './cells/addressing/attend.ts';
export { type ContentQuery, contentWeights } from './cells/addressing/content.ts';
export { interpolate, sharpen, shiftWeights } from './cells/addressing/location.ts';
export { readMemory, type Write, writeMemory } from './cells/addressing/memory-access.ts';
export { dropout } from './cells/dropout.ts';
export { lazyProbe } from './cells/lazy-probe.ts';
export { type LstmParams, type LstmState, lstmParams, lstmStep } from './cells/lstm.ts';
export { type ModelOptions, model } from './cells/model.ts';
export {
  allocation,
  allocations,
  productOfSmaller,
  retained,
  writtenUsage,
} from './cells/prominence/dnc.ts';
export { decayedUsage, leastUsed } from './cells/prominence/lru.ts';
export { recallScore, recallUsage } from './cells/prominence/recall.ts';
export type { Placement, ProminenceGates, ProminenceRule } from './cells/prominence/rule.ts';
export { type ProminenceName, prominenceRules } from './cells/prominence/rules.ts';
export { rmsNorm, rmsNormEpsilon, rmsNormGain } from './cells/rms-norm.ts';
export {
  shortConvolution,
  shortConvolutionKernel,
  shortConvolutionStart,
  silu,
} from './cells/short-convolution.ts';
export { residualStack, type StackOptions, type StackParams, type StackState } from './cells/stack.ts';
export { emptyBatch } from './core/batch.ts';
export type {
  Batch,
  Cell,
  CellKind,
  CellSizes,
  CellStep,
  LossKind,
  Model,
  NamedArray,
  NamedArrays,
  ProbeAbout,
  Recipe,
  ReferenceLines,
  Task,
  Tree,
  TreeOf,
} from './core/contracts.ts';
export { UsageError } from './core/errors.ts';
export { lessThan, overBatch, stopGradient, withoutGradient } from './core/gradients.ts';
export { glorotKernel, normalTensor, scaledIdentity, uniformKernel, uniformTensor } from './core/init.ts';
export { type Rng, type RngState, resumeRng, rng } from './core/rng.ts';
export { elements, showShape } from './core/shape.ts';
export * as tf from './core/tf.ts';
export { leaves, mapTree, treeLike } from './core/tree.ts';
export { type Answers, rowLosses, sequenceLoss } from './train/loss.ts';

/** A kind of cell as its author writes it: settings by their schema, and where the idea is from if it is published. */
export interface CellDefinition<S extends z.ZodType, P extends Tree, T extends Tree> {
  readonly name: string;
  /** Paper and section; `unpublished` when left out. */
  readonly source?: string;
  /** One line for lists; the name when left out. */
  readonly summary?: string;
  /** Settings with their defaults: `z.strictObject({ size: z.int().min(1).default(64).describe('units') })`. */
  readonly settings: S;
  /** What to train it with where nothing else is said: `{ optimizer: { name: 'adam', rate: 3e-3 }, batchSize: 16 }`. */
  readonly recipe?: Recipe;
  /** @throws UsageError on settings that are each valid and cannot work together */
  create(settings: z.infer<S>, sizes: CellSizes): Cell<P, T>;
}

/**
 * A kind of cell, the types of its settings inferred from their schema, those of its parameters and state from `init`
 * and `initialState`. A file's default export is what `--cell ./my-cell.ts` trains.
 */
export function defineCell<S extends z.ZodType, P extends Tree, T extends Tree>(
  definition: CellDefinition<S, P, T>,
): CellKind<z.infer<S>> {
  const { name, source = 'unpublished', summary = name, settings, ...rest } = definition;
  return { ...rest, name, source, summary, settings: settings as CellKind<z.infer<S>>['settings'] };
}

/** A task as its author writes it: settings by their schema, and what is rarely anything special left to a default. */
export type TaskDefinition<S extends z.ZodType> = Omit<
  Task<z.infer<S>>,
  'settings' | 'source' | 'summary' | 'harder'
> &
  Partial<Pick<Task<z.infer<S>>, 'source' | 'summary' | 'harder'>> & {
    /** The training distribution, with defaults. */
    readonly settings: S;
  };

/**
 * A task, the types of its settings inferred from their schema. Without `harder` its grid is the training distribution
 * alone. A file's default export is what `engram train ./my-task.ts` trains on.
 */
export function defineTask<S extends z.ZodType>(definition: TaskDefinition<S>): Task<z.infer<S>> {
  const { name } = definition;
  return {
    source: 'unpublished',
    summary: name,
    harder: (settings: z.infer<S>) => ({ 'as trained': settings }),
    ...definition,
    settings: definition.settings as Task<z.infer<S>>['settings'],
  };
}
