import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Transform } from '../../src/core/contracts.ts';
import * as tf from '../../src/core/tf.ts';
import { schedule } from '../../src/train/schedule.ts';
import { adam, clipByGlobalNorm, clipByValue, gravesRmsprop, rmsprop } from '../../src/train/transforms.ts';
import { follow } from '../unit/train/follow.ts';

beforeAll(() => tf.setBackend('cpu'));

const float = (limit: number) => fc.float({ min: -Math.fround(limit), max: Math.fround(limit), noNaN: true });
const gradients = fc.array(float(1e6), { minLength: 1, maxLength: 12 });
const limits = fc.float({ min: Math.fround(1e-3), max: Math.fround(1e3), noNaN: true });

function clip(transform: Transform, gradient: number[]): number[] {
  return tf.tidy(() => {
    const context = { params: tf.zeros([gradient.length]) as tf.Tensor1D, step: tf.scalar(1) };
    return [...transform.update(tf.tensor1d(gradient), {}, context).update.dataSync()];
  });
}

const norm = (values: number[]) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));

describe('clipping by global norm', () => {
  it('never leaves more than the limit, keeps the direction, and keeps what is short enough', () => {
    fc.assert(
      fc.property(gradients, limits, (gradient, limit) => {
        const clipped = clip(clipByGlobalNorm(limit), gradient);
        expect(norm(clipped)).toBeLessThanOrEqual(limit * (1 + 1e-5));
        const scale = Math.min(1, limit / norm(gradient));
        clipped.forEach((value, i) => {
          expect(Math.abs(value - gradient[i]! * scale)).toBeLessThanOrEqual(1e-5 * norm(clipped) + 1e-30);
        });
      }),
    );
  });
});

describe('clipping by value', () => {
  it('is the nearest point of the box, and clipping twice is clipping once', () => {
    fc.assert(
      fc.property(gradients, limits, (gradient, limit) => {
        const clipped = clip(clipByValue(limit), gradient);
        expect(clipped).toEqual(gradient.map((value) => Math.min(Math.max(value, -limit), limit)));
        expect(clip(clipByValue(limit), clipped)).toEqual(clipped);
      }),
    );
  });
});

describe('rules that divide by the size of past gradients', () => {
  const rate = schedule({ rate: 0.01 });
  const rules: [string, Transform][] = [
    ['adam', adam(rate, { epsilon: 1e-12 })],
    ['rmsprop', rmsprop(rate, { epsilon: 1e-12 })],
    ['graves-rmsprop', gravesRmsprop(rate, { epsilon: 1e-12 })],
  ];
  /** Well away from epsilon, of either sign. */
  const sizable = fc
    .tuple(fc.double({ min: 1e-3, max: 1, noNaN: true }), fc.constantFrom(-1, 1))
    .map(([size, sign]) => sign * size);
  const run = fc.array(fc.tuple(float(1), float(1)), { minLength: 1, maxLength: 8 });

  it.each(rules)('%s: mirrored gradients give mirrored parameters, and all stays finite', (_, rule) => {
    fc.assert(
      fc.property(run, (steps) => {
        const there = follow(rule, [0, 0], steps);
        const back = follow(
          rule,
          [0, 0],
          steps.map((gradient) => gradient.map((value) => -value)),
        );
        there.forEach((row, step) => {
          row.forEach((value, i) => {
            expect(Number.isFinite(value)).toBe(true);
            expect(back[step]![i]! + value).toBe(0);
          });
        });
      }),
      { numRuns: 50 },
    );
  });

  it.each(rules.slice(0, 2))('%s: gradients a thousand times as large change nothing', (_, rule) => {
    fc.assert(
      fc.property(fc.array(fc.tuple(sizable, sizable), { minLength: 1, maxLength: 8 }), (steps) => {
        const small = follow(rule, [0, 0], steps).at(-1)!;
        const large = follow(
          rule,
          [0, 0],
          steps.map((gradient) => gradient.map((value) => 1000 * value)),
        ).at(-1)!;
        small.forEach((value, i) => {
          expect(Math.abs(large[i]! - value)).toBeLessThan(1e-6);
        });
      }),
      { numRuns: 50 },
    );
  });
});
