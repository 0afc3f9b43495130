/** `engram/runs`: the folder of a run and what lies in it; the part of the library that needs a file system. */
export {
  type Checkpoint,
  checkpointSteps,
  configHash,
  type LoadedCheckpoint,
  loadCheckpoint,
  loadWeights,
  type NewestCheckpoint,
  newestUsable,
  saveCheckpoint,
} from './checkpoint.ts';
export {
  beginRun,
  type ClaimedFolder,
  claimFolder,
  type Meta,
  openRun,
  type Run,
  runNames,
} from './folder.ts';
export { checkWeights, type InitialWeights, openWeights } from './initial-weights.ts';
export { type Lock, lockRun } from './lock.ts';
export { cutMetrics, type MetricsLine, readMetrics } from './metrics.ts';
export { decodeSafetensors, encodeSafetensors } from './safetensors.ts';
export { type SessionOptions, trainSession } from './session.ts';
export { StorageError } from './storage.ts';
export { type RunSummary, type SummarizedRun, summarize } from './summary.ts';
export { openTarget, type Target } from './target.ts';
export { readTiming, type TimingLine } from './timing.ts';
