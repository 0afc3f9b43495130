/** Laws of retrieval: one update finds a pattern that is well separated, and no update raises the energy. */
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { retrieve } from '../../src/cells/hopfield/retrieve.ts';
import { rng } from '../../src/core/rng.ts';
import * as tf from '../../src/core/tf.ts';
import { expectNoLeak } from '../support/leaks.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
const length = (a: readonly number[]) => Math.sqrt(dot(a, a));
const minus = (a: readonly number[], b: readonly number[]) => a.map((x, i) => x - b[i]!);

/** X' p after one update. */
function updated(patterns: number[][], state: number[], beta: number): number[] {
  const values = tf.tensor2d(patterns);
  const weights = retrieve({ patterns: values, beta, updates: 1 }, tf.tensor2d([state]));
  return [...tf.matMul(weights, values).dataSync()];
}

function check(law: (patterns: number[][], seed: number) => void) {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 1_000_000 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 2, max: 24 }),
      (seed, count, width) => {
        const stream = rng(seed, 'patterns');
        const patterns = Array.from({ length: count }, () =>
          Array.from({ length: width }, () => stream.normal()),
        );
        expectNoLeak(() => tf.tidy(() => law(patterns, seed)));
      },
    ),
    { numRuns: 60 },
  );
}

it('finds a well separated pattern in one update, by the bound of Ramsauer et al. 2020', () => {
  let sharp = 0;
  check((patterns, seed) => {
    const stream = rng(seed, 'query');
    const beta = 0.5 + 3 * stream.uniform();
    const M = Math.max(...patterns.map(length));
    patterns.forEach((pattern, i) => {
      const state = pattern.map((x) => x + 0.05 * stream.normal());
      const others = patterns.filter((_, j) => j !== i);
      const separation = Math.min(...others.map((other) => dot(pattern, pattern) - dot(pattern, other)));
      const margin = separation - 2 * M * length(minus(state, pattern));
      const bound = others.length === 0 ? 0 : 2 * M * others.length * Math.exp(-beta * margin);
      const error = length(minus(updated(patterns, state, beta), pattern));
      expect(error).toBeLessThan(bound + 1e-5);
      if (bound < 1e-3 && error < 1e-3) sharp++;
    });
  });
  // The law says something: many patterns are that well separated, and were found to a thousandth.
  expect(sharp).toBeGreaterThan(50);
});

it('raises the energy -lse(beta, X xi) + xi xi / 2 by no update, sharp or not', () => {
  check((patterns, seed) => {
    const stream = rng(seed, 'query');
    const beta = 4 * stream.uniform() + 0.01;
    const energy = (state: number[]) => {
      const scores = patterns.map((pattern) => beta * dot(pattern, state));
      const most = Math.max(...scores);
      const sum = scores.reduce((total, score) => total + Math.exp(score - most), 0);
      return -(most + Math.log(sum)) / beta + dot(state, state) / 2;
    };
    let state = patterns[0]!.map(() => 2 * stream.normal());
    for (let update = 0; update < 5; update++) {
      const next = updated(patterns, state, beta);
      expect(energy(next)).toBeLessThan(energy(state) + 1e-4);
      state = next;
    }
  });
});
