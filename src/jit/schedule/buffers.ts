/**
 * Buffers as the parts of a program ask for them, and places in them. Nobody hands memory out: a part names its buffers,
 * its actions point into them, and `link` (link.ts) finds the program's buffers by what its actions point to.
 */
import { type Buffer, type Place, placeIn } from './program.ts';

/** A size made a multiple of a unit. */
export const roundUp = (size: number, unit: number): number => Math.ceil(size / unit) * unit;

/** Floats of a vector: what shares a buffer begins at a multiple of it. */
export const LANES = 4;

/** Kinds of records in a buffer with rows. */
interface RowOptions {
  /** Records are rounded up to whole vectors, unless they lie behind one another without a gap. */
  readonly exact?: boolean;
  /** One slot more than there are time steps. */
  readonly extra?: boolean;
}

/** A buffer that is there once. */
export const fixed = (name: string, size: number): Buffer => ({ name, kind: 'fixed', size });

/** A buffer that each shard has. */
export const ofShard = (name: string, size: number): Buffer => ({ name, kind: 'shard', size });

/** A buffer with a record for each row. */
export function ofRows(
  name: string,
  size: number,
  slots: 'one' | 'all' | 'two',
  { exact = false, extra = false }: RowOptions = {},
): Buffer {
  const record = exact ? size : roundUp(size, LANES);
  return { name, kind: 'rows', slots, size: record, ...(extra ? { extra } : {}) };
}

/** Where a part has rows: a record a row that a time step forgets, one for each step too, or no rows at all. */
export type Rows = 'one' | 'all' | 'none';

/** A buffer of a part with rows, or without. */
export const ofPart = (name: string, size: number, rows: Rows, options: RowOptions = {}): Buffer =>
  rows === 'none' ? fixed(name, size) : ofRows(name, size, rows, options);

/** Values one behind the other in one buffer, which is made for all of them. */
export function sideBySide<K>(sizes: ReadonlyMap<K, number>, make: (size: number) => Buffer): Map<K, Place> {
  let size = 0;
  const offsets = [...sizes].map(([key, floats]) => {
    const offset = size;
    size += roundUp(floats, LANES);
    return [key, offset] as const;
  });
  const buffer = make(size);
  return new Map(offsets.map(([key, offset]) => [key, placeIn(buffer, offset)]));
}

/** The same place one time step later. */
export const nextStep = (place: Place): Place => ({ ...place, shift: 1 });

/** A place some elements further on. */
export const shifted = (place: Place, offset: number): Place => ({ ...place, offset: place.offset + offset });

/** Whether two places are one. */
export const samePlace = (a: Place, b: Place): boolean =>
  a.buffer.name === b.buffer.name && a.offset === b.offset && a.shift === b.shift;
