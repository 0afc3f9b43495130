/**
 * Associative memories that are not trained by gradient, in plain typed arrays. The public door, `engram/memories`; all of
 * it runs in a page and needs no tensor library.
 */
export { UsageError } from '../core/errors.ts';
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
export type { Packed, PackedType } from './plain.ts';
