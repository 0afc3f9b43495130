/**
 * The public names, nothing else; all of it runs in a page. Tasks, pictures and the compiler have doors of their own
 * (`engram/tasks`, `engram/report`, `engram/jit`, `engram/memories`), and so has what needs a file system: `engram/runs`.
 */
export * from './cells/kinds.ts';
export { type ModelOptions, model } from './cells/model.ts';
export {
  type BackendName,
  type BackendReport,
  backendNames,
  backendOpeners,
  type OpenBackend,
  openBackend,
} from './core/backend.ts';
export type {
  Batch,
  Cell,
  CellKind,
  CellSizes,
  CellStep,
  Engine,
  EvalResult,
  LossKind,
  Model,
  NamedArray,
  NamedArrays,
  OptimizerState,
  ProbeAbout,
  Recipe,
  ReferenceLines,
  Scores,
  StepResult,
  Task,
  Transform,
  Tree,
  TreeOf,
} from './core/contracts.ts';
export {
  CheckpointError,
  DivergedError,
  NotReachedError,
  UnavailableError,
  UsageError,
} from './core/errors.ts';
export { type Rng, type RngState, resumeRng, rng } from './core/rng.ts';
export { leaves, mapTree, treeLike } from './core/tree.ts';
export { type Assembly, assemble, cells, type Registry, registry } from './registry.ts';
export { type CompiledEngine, type CompiledOptions, compiledEngine } from './train/compiled.ts';
export { type Config, configSchema } from './train/config.ts';
export { eagerEngine } from './train/eager.ts';
export type { EngineOptions } from './train/engine.ts';
export { evaluateSet, evaluationSet } from './train/evaluate.ts';
export { freshState, type LoopState, type TrainEvent, type TrainOptions, train } from './train/loop.ts';
export { optimizer } from './train/optimizer.ts';
export { type Preset, recipe } from './train/recipes.ts';
export { type Schedule, schedule } from './train/schedule.ts';
export {
  adam,
  chain,
  clipByGlobalNorm,
  clipByValue,
  gravesRmsprop,
  rmsprop,
  sgd,
} from './train/transforms.ts';
export { unroll } from './train/unroll.ts';
