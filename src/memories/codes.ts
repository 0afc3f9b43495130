/** Codes, checked and compared: spins, real vectors and the tags of sparse codes. */
import { UsageError } from '../core/errors.ts';
import type { Tag, Vector } from './contracts.ts';

/**
 * Refuses what is not a vector of finite numbers of this length.
 * @throws UsageError beginning with `where`
 */
export function checkVector(where: string, vector: Vector, length: number): void {
  checkLength(where, vector, length);
  const at = vector.findIndex((value) => !Number.isFinite(value));
  if (at >= 0) throw new UsageError(`${where}: expected finite numbers, got ${vector[at]} at ${at}`);
}

/**
 * Refuses what is not a vector of spins of this length; `unknown` lets zeros stand for spins that are not known.
 * @throws UsageError beginning with `where`
 */
export function checkSpins(where: string, vector: Vector, length: number, unknown = false): void {
  checkLength(where, vector, length);
  const at = vector.findIndex((value) => value !== 1 && value !== -1 && !(unknown && value === 0));
  if (at < 0) return;
  const expected = unknown ? 'spins -1 and 1, or 0 for unknown' : 'spins -1 and 1';
  throw new UsageError(`${where}: expected ${expected}, got ${vector[at]} at ${at}`);
}

function checkLength(where: string, vector: Vector, length: number): void {
  const isVector = vector instanceof Float32Array || vector instanceof Float64Array;
  if (!isVector)
    throw new UsageError(`${where}: expected a Float32Array or a Float64Array, got ${nameOf(vector)}`);
  if (vector.length !== length)
    throw new UsageError(`${where}: expected ${length} numbers, got ${vector.length}`);
}

function nameOf(value: unknown): string {
  return value === null || typeof value !== 'object' ? String(value) : value.constructor.name;
}

/**
 * Refuses what is not a tag of an area of this size.
 * @throws UsageError beginning with `where`
 */
export function checkTag(where: string, tag: Tag, size: number): void {
  if (tag.size !== size)
    throw new UsageError(`${where}: expected a tag of ${size} units, got one of ${tag.size}`);
  const at = tag.on.findIndex((unit, i) => unit >= size || (i > 0 && unit <= tag.on[i - 1]!));
  if (at >= 0)
    throw new UsageError(
      `${where}: expected ascending units below ${size}, got ${tag.on[at]} at place ${at}`,
    );
  if (tag.rates !== undefined && tag.rates.length !== tag.on.length)
    throw new UsageError(`${where}: expected ${tag.on.length} rates, got ${tag.rates.length}`);
}

/** a . b / N: 1 where the spins are the same, -1 where all are reversed, near 0 where they have nothing in common. */
export function overlap(a: Vector, b: Vector): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum / a.length;
}

/** How many units two sorted lists share. */
export function sharedUnits(a: Uint32Array, b: Uint32Array): number {
  let shared = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const difference = a[i]! - b[j]!;
    if (difference === 0) shared++;
    if (difference <= 0) i++;
    if (difference >= 0) j++;
  }
  return shared;
}

/** The share of the larger tag's units that both have: 1 where the tags are the same, near k/m by chance. */
export function tagOverlap(a: Tag, b: Tag): number {
  const most = Math.max(a.on.length, b.on.length);
  return most === 0 ? 1 : sharedUnits(a.on, b.on) / most;
}
