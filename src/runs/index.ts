/** `engram/runs`: the folder of a run and what lies in it; the part of the library that needs a file system. */
export {
  bestUsable,
  checkpointSteps,
  loadCheckpoint,
  makeCheckpointFolder,
  newestUsable,
  saveCheckpoint,
  type UsableCheckpoint,
} from './checkpoint.ts';
export { type Checkpoint, type LoadedCheckpoint, loadWeights } from './checkpoint-folder.ts';
export { configHash } from './config-hash.ts';
export {
  type Meta,
  openRun,
  type Run,
  runNames,
} from './folder.ts';
export { FormatError } from './format.ts';
export { checkWeights, type InitialWeights, openWeights } from './initial-weights.ts';
export { type Lock, lockRun } from './lock.ts';
export { cutMetrics, type MetricsLine, readMetrics } from './metrics.ts';
export { decodeSafetensors, encodeSafetensors } from './safetensors.ts';
export { type SessionOptions, trainSession } from './session.ts';
export { beginRun, type ClaimedFolder, claimFolder } from './start.ts';
export { StorageError } from './storage.ts';
export { type RunSummary, type SummarizedRun, summarize } from './summary.ts';
export { openTarget, type Target } from './target.ts';
export { readTiming, type TimingLine } from './timing.ts';
