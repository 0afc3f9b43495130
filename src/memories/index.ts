/**
 * Associative memories that are not trained by gradient, in plain typed arrays. The public door, `engram/memories`; all of
 * it runs in a page and needs no tensor library.
 */
export { UsageError } from '../core/errors.ts';
export {
  type AreaOptions,
  Brain,
  type BrainData,
  type BrainOptions,
  type Edge,
  type Reading,
} from './brain/brain.ts';
export type { FiberData, Homeostasis, Synapses } from './brain/fiber.ts';
export type {
  Association,
  Meeting,
  Projection,
  ProjectOptions,
  RoundsOptions,
} from './brain/operations.ts';
export { overlap, sharedUnits, tagOverlap } from './codes.ts';
export type {
  Completes,
  Dreams,
  Energetic,
  Forgets,
  Judges,
  Portable,
  Recall,
  Recalls,
  Stores,
  Tag,
  Vector,
} from './contracts.ts';
export {
  type DenseCompleteOptions,
  DenseMemory,
  type DenseMemoryData,
  type DenseMemoryOptions,
  type DenseRecallOptions,
} from './dense/dense-memory.ts';
export type { Separation } from './dense/separation.ts';
export {
  availability,
  baseLevel,
  type FadeOptions,
  type RecallRule,
  recallLatency,
  recallProbability,
  type Uses,
  used,
} from './episodes/base-level.ts';
export { Priming, type PrimingData, type PrimingOptions, type SpreadOptions } from './episodes/priming.ts';
export {
  delight,
  inheritedValence,
  type Neighbor,
  Valence,
  type ValenceData,
  type ValenceOptions,
} from './episodes/valence.ts';
export { FlyFilter, type FlyFilterData, type FlyFilterOptions, filterFor } from './fly/fly-filter.ts';
export { FlyHash, type FlyHashData, type FlyHashOptions } from './fly/fly-hash.ts';
export { type Near, TagIndex, type TagIndexData } from './fly/tag-index.ts';
export { bind, Clock, type ClockOptions, type Phasor, similarity, unbind } from './phasors/clock.ts';
export { PhasorMemory, type PhasorMemoryData, type PhasorMemoryOptions } from './phasors/phasor-memory.ts';
export type { Packed, PackedType } from './plain.ts';
export type { Classified } from './spins/classify.ts';
export type { Rule } from './spins/couplings.ts';
export { divergence, type Moments, stateOf } from './spins/exact.ts';
export type { LogPartition } from './spins/sampling.ts';
export {
  dreamBudget,
  type SleepNote,
  type SleepOptions,
  type SleepReport,
  sleeps,
} from './spins/sleep-options.ts';
export type { SpinMemoryData } from './spins/spin-data.ts';
export {
  type Phase,
  type SampleOptions,
  type SettleOptions,
  SpinMemory,
  type SpinMemoryOptions,
} from './spins/spin-memory.ts';
