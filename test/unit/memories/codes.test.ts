/** Codes: hand-counted overlaps, and what is refused. */
import { expect, it } from 'vitest';
import {
  checkSpins,
  checkTag,
  checkVector,
  overlap,
  sharedUnits,
  tagOverlap,
} from '../../../src/memories/codes.ts';

const tag = (...on: number[]) => ({ on: Uint32Array.from(on), size: 10 });

it('counts what vectors have in common', () => {
  expect(overlap(Float32Array.of(1, -1, 1, 1), Float64Array.of(1, -1, -1, 1))).toBe(0.5);
  expect(overlap(Float32Array.of(1, -1), Float32Array.of(-1, 1))).toBe(-1);
});

it('counts what tags share', () => {
  expect(sharedUnits(Uint32Array.of(1, 3, 5, 9), Uint32Array.of(0, 3, 9))).toBe(2);
  expect(sharedUnits(Uint32Array.of(), Uint32Array.of(1))).toBe(0);
  expect(tagOverlap(tag(1, 3, 5, 9), tag(0, 3, 9))).toBe(0.5);
  expect(tagOverlap(tag(), tag())).toBe(1);
});

it('refuses what is no code, in one line', () => {
  expect(() => checkSpins('cue', Float32Array.of(1, 0), 2)).toThrow(
    'cue: expected spins -1 and 1, got 0 at 1',
  );
  expect(() => checkSpins('cue', Float32Array.of(1, 0), 2, true)).not.toThrow();
  expect(() => checkSpins('cue', Float32Array.of(1, 0.5), 2, true)).toThrow('or 0 for unknown, got 0.5 at 1');
  expect(() => checkVector('key', Float32Array.of(1, Number.NaN), 2)).toThrow(
    'key: expected finite numbers, got NaN at 1',
  );
  expect(() => checkVector('key', Float32Array.of(1), 2)).toThrow('key: expected 2 numbers, got 1');
  expect(() => checkVector('key', [1, 2] as never, 2)).toThrow('or a Float64Array, got Array');
  expect(() => checkTag('tag', { ...tag(3), size: 5 }, 10)).toThrow(
    'expected a tag of 10 units, got one of 5',
  );
  expect(() => checkTag('tag', tag(3, 3), 10)).toThrow('ascending units below 10, got 3 at place 1');
  expect(() => checkTag('tag', tag(10), 10)).toThrow('got 10 at place 0');
  expect(() => checkTag('tag', { ...tag(1), rates: Float32Array.of(1, 2) }, 10)).toThrow(
    'expected 1 rates, got 2',
  );
});
