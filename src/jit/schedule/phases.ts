/** The phases of all programs, in the order in which they run, and the entries that call them. */
import type { Action, Phase } from './program.ts';

/** How each phase runs. Those of a shard run for each shard of the batch, all others once. */
const PHASES = {
  /** What depends on parameters alone. */
  prologue: { over: 'once', rows: 'none', scope: 'program' },
  /** Large matrices copied to where products read them faster. */
  panels: { over: 'once', rows: 'none', scope: 'program' },
  /** What the other phases add to set to zero. */
  clear: { over: 'once', rows: 'batch', scope: 'shard' },
  initial: { over: 'once', rows: 'batch', scope: 'shard' },
  forward: { over: 'forward', rows: 'batch', scope: 'shard' },
  /** Logits; in training their loss and its gradient too. */
  readout: { over: 'once', rows: 'all', scope: 'shard' },
  backward: { over: 'backward', rows: 'batch', scope: 'shard' },
  initialGradient: { over: 'once', rows: 'batch', scope: 'shard' },
  /** Sums over all steps and examples that are products of matrices. */
  weights: { over: 'once', rows: 'all', scope: 'shard' },
  /** What the shards summed up added, and the gradient computed from it. */
  reduceShards: { over: 'once', rows: 'none', scope: 'program' },
  /** The optimizer. */
  update: { over: 'once', rows: 'none', scope: 'program' },
} as const;

/** A phase that does these actions. */
export const phase = (name: keyof typeof PHASES, actions: readonly Action[]): Phase => ({
  name,
  ...PHASES[name],
  actions,
});

/** The entries of a training step in the order in which they are called; an evaluation has the first two. */
export const ENTRIES = ['prologue', 'shard', 'reduceShards', 'update'] as const;
