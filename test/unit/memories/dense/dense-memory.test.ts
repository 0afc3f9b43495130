/** DenseMemory held to its energies term by term, to Hopfield's, to the differentiable cell, and to the literature's laws. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { retrieve } from '../../../../src/cells/hopfield/retrieve.ts';
import * as tf from '../../../../src/core/tf.ts';
import { DenseMemory, type DenseMemoryOptions } from '../../../../src/memories/dense/dense-memory.ts';
import { SpinMemory } from '../../../../src/memories/spins/spin-memory.ts';
import { useBackend } from '../../../support/backends.ts';
import { allStates, numbers, patternsOf } from '../spins/brute.ts';

type Chosen = DenseMemoryOptions['separation'];

function holding(patterns: readonly Float64Array[], separation: Chosen, seed = 1): DenseMemory {
  const memory = new DenseMemory({ width: patterns[0]!.length, separation, seed });
  for (const pattern of patterns) memory.store(pattern);
  return memory;
}

function realVectors(count: number, width: number, seed = 1): Float64Array[] {
  const next = numbers(seed);
  return Array.from({ length: count }, () =>
    Float64Array.from({ length: width }, () => Math.fround(2 * next() - 1)),
  );
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((sum, value, i) => sum + value * b[i]!, 0);
const noisy = (pattern: Float64Array, flips: number) => pattern.map((spin, i) => (i < flips ? -spin : spin));

describe('spins', () => {
  it('of power 2 have the energy of Hebb, and settle as it does', () => {
    const patterns = patternsOf(3, 40);
    const dense = holding(patterns, { power: 2 });
    const hebb = new SpinMemory({ units: 40 });
    for (const pattern of patterns) hebb.store(pattern);
    for (const [state] of [patternsOf(1, 40, 9), patternsOf(1, 40, 10), [patterns[1]!]])
      expect(dense.energy(state!)).toBeCloseTo(2 * hebb.energy(state!) - 3, 10);
    for (const pattern of patterns) {
      const cue = noisy(pattern, 6);
      expect(dense.complete(cue).value).toEqual(hebb.complete(cue).value);
    }
    // Its energy is even: a pattern reversed is one, too.
    expect(dense.complete(patterns[0]!.map((spin) => -spin)).value).toEqual(
      patterns[0]!.map((spin) => -spin),
    );
  });

  it.each<[string, Chosen, (x: number) => number]>([
    ['a cube', { power: 3 }, (x) => Math.max(x, 0) ** 3],
    ['a fourth power', { power: 4 }, (x) => Math.max(x, 0) ** 4],
    ['an even power unrectified', { power: 4, rectified: false }, (x) => x ** 4],
    ['an exponential', { exponential: 0.8 }, (x) => Math.exp(0.8 * x)],
  ])('of %s: each update takes the lower of two energies', (_, separation, F) => {
    fc.assert(
      fc.property(fc.nat(1e6), fc.integer({ min: 3, max: 7 }), (seed, units) => {
        const patterns = patternsOf(6, units, seed);
        const memory = holding(patterns, separation);
        const energy = (s: ArrayLike<number>) => -patterns.reduce((sum, xi) => sum + F(dot(xi, s)), 0);
        const [cue] = patternsOf(1, units, seed + 1);
        const { value, settled } = memory.complete(cue!, { seed });
        expect(settled).toBe(true);
        expect(energy(value)).toBeLessThanOrEqual(energy(cue!) + 1e-9);
        for (let i = 0; i < units; i++) {
          const flipped = value.map((spin, j) => (i === j ? -spin : spin));
          expect(energy(flipped)).toBeGreaterThanOrEqual(energy(value) - 1e-9);
        }
        // The library's energy orders all states as this one does.
        const states = allStates(units).map((state) => Float64Array.from(state));
        const ranked = [...states].sort((a, b) => energy(a) - energy(b)).map((state) => memory.energy(state));
        for (let at = 1; at < ranked.length; at++)
          expect(ranked[at]).toBeGreaterThanOrEqual(ranked[at - 1]! - 1e-9 * Math.abs(ranked[at]!));
      }),
      { numRuns: 15 },
    );
  });

  it('hold more than there are units where the power is high, and not where it is 2', () => {
    const patterns = patternsOf(128, 64, 3);
    const recalled = (separation: Chosen) => {
      const memory = holding(patterns, separation);
      const same = (a: Float64Array, b: Float64Array) => a.every((spin, i) => spin === b[i]);
      return patterns.filter((pattern) => same(memory.complete(noisy(pattern, 6)).value, pattern)).length;
    };
    expect(recalled({ power: 2 })).toBeLessThan(5);
    expect(recalled({ power: 3 })).toBeGreaterThan(110);
    expect(recalled({ power: 4 })).toBe(128);
    expect(recalled({ exponential: 1 })).toBe(128);
  });

  it('fill in what is unknown and keep what is known', () => {
    const patterns = patternsOf(30, 50);
    const known = Uint8Array.from({ length: 50 }, (_, i) => (i < 25 ? 1 : 0));
    for (const separation of [{ power: 4 }, { exponential: 0.5 }]) {
      const memory = holding(patterns, separation);
      const half = patterns[7]!.map((spin, i) => (i < 25 ? spin : 0));
      expect(memory.complete(half).value).toEqual(patterns[7]);
      const wrong = half.map((spin, i) => (i === 0 ? -spin : spin));
      expect(memory.complete(wrong, { known }).value[0]).toBe(wrong[0]);
      expect(memory.complete(wrong).value).toEqual(patterns[7]);
    }
  });

  it('answer with the values of the nearest keys, in the shares of F', () => {
    const memory = new DenseMemory({ width: 4, valueWidth: 2, separation: { power: 3 } });
    memory.store(Float64Array.of(1, 1, 1, 1), Float64Array.of(1, 0));
    memory.store(Float64Array.of(1, 1, 1, -1), Float64Array.of(0, 1));
    // Overlaps 4 and 2: shares 64 : 8.
    const { value, score } = memory.recall(Float64Array.of(1, 1, 1, 1));
    expect([...value]).toEqual([expect.closeTo(8 / 9, 12), expect.closeTo(1 / 9, 12)]);
    expect(score).toBeCloseTo(8 / 9, 12);
    expect([...memory.weights(Float64Array.of(-1, -1, -1, -1))]).toEqual([0.5, 0.5]);
  });

  it('are familiar where stored and new elsewhere', () => {
    const patterns = patternsOf(5, 60);
    for (const separation of [{ power: 5 }, { exponential: 1 }]) {
      const memory = holding(patterns, separation);
      expect(memory.novelty(patterns[2]!)).toBeCloseTo(0, 3);
      expect(memory.novelty(noisy(patterns[2]!, 3))).toBeGreaterThan(memory.novelty(noisy(patterns[2]!, 1)));
      expect(memory.novelty(patternsOf(1, 60, 70)[0]!)).toBeGreaterThan(0.9);
    }
  });
});

describe('real vectors', () => {
  useBackend('cpu');

  it('are read as the differentiable hopfield cell reads them', () => {
    const patterns = realVectors(9, 6);
    const cues = realVectors(4, 6, 5);
    const beta = 1.7;
    const memory = new DenseMemory({ width: 6, valueWidth: 3, separation: { beta } });
    const values = realVectors(9, 3, 6);
    patterns.forEach((pattern, mu) => {
      memory.store(pattern, values[mu]!);
    });
    for (const updates of [1, 2, 5])
      tf.tidy(() => {
        const stored = tf.tensor2d(patterns.map((x) => [...x]));
        const weights = retrieve({ patterns: stored, beta, updates }, tf.tensor2d(cues.map((x) => [...x])));
        const read = tf.matMul(weights, tf.tensor2d(values.map((x) => [...x]))).arraySync() as number[][];
        cues.forEach((cue, row) => {
          const { value, score } = memory.recall(cue, { updates });
          read[row]!.forEach((number, i) => {
            expect(value[i]).toBeCloseTo(number, 5);
          });
          expect(score).toBeCloseTo(Math.max(...(weights.arraySync() as number[][])[row]!), 5);
        });
      });
  });

  it('have the energy of the paper, between its bounds, which no update raises', () => {
    fc.assert(
      fc.property(fc.nat(1e6), fc.double({ min: 0.1, max: 30, noNaN: true }), (seed, beta) => {
        const patterns = realVectors(7, 5, seed);
        const memory = holding(patterns, { beta });
        const square = Math.max(...patterns.map((x) => dot(x, x)));
        const energy = (x: ArrayLike<number>) =>
          -Math.log(patterns.reduce((sum, xi) => sum + Math.exp(beta * dot(xi, x)), 0)) / beta +
          dot(x, x) / 2 +
          Math.log(7) / beta +
          square / 2;
        let [x] = realVectors(1, 5, seed + 1);
        x = x!.map((value) => (value / Math.sqrt(dot(x!, x!))) * Math.sqrt(square) * 0.9);
        for (let step = 0; step < 5; step++) {
          const before = energy(x!);
          expect(memory.energy(x!)).toBeCloseTo(before, 9);
          expect(before).toBeGreaterThan(-1e-9);
          expect(before).toBeLessThan(2 * square + 1e-9);
          x = memory.complete(x!, { maxSteps: 1 }).value;
          expect(energy(x)).toBeLessThanOrEqual(before + 1e-9);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('end in one pattern where beta is high, and in the mean of all where it is low', () => {
    const patterns = realVectors(5, 20);
    const cue = patterns[3]!.map((value, i) => value + (i % 2 ? 0.2 : -0.2));
    const sharp = holding(patterns, { beta: 20 }).complete(cue);
    expect(sharp.settled).toBe(true);
    sharp.value.forEach((value, i) => {
      expect(value).toBeCloseTo(patterns[3]![i]!, 4);
    });
    const flat = holding(patterns, { beta: 1e-6 }).complete(cue);
    flat.value.forEach((value, i) => {
      expect(value).toBeCloseTo(patterns.reduce((sum, x) => sum + x[i]!, 0) / 5, 4);
    });
    expect(flat.score).toBeCloseTo(0.2, 4);
    const known = Uint8Array.from({ length: 20 }, (_, i) => (i < 10 ? 1 : 0));
    const half = holding(patterns, { beta: 20 }).complete(
      patterns[2]!.map((value, i) => (i < 10 ? value : 0)),
      { known },
    );
    half.value.forEach((value, i) => {
      expect(value).toBeCloseTo(patterns[2]![i]!, 3);
    });
  });

  it('are new by their energy, and all is new to an empty memory', () => {
    const patterns = realVectors(40, 30).map((x) => x.map((value) => value / Math.sqrt(dot(x, x))));
    const memory = holding(patterns, { beta: 50 });
    const [other] = realVectors(1, 30, 77).map((x) => x.map((value) => value / Math.sqrt(dot(x, x))));
    const far = memory.novelty(other!);
    const blend = other!.map((value, i) => (value + patterns[0]![i]!) / 2);
    expect(memory.novelty(patterns[0]!)).toBeLessThan(0.05);
    expect(far).toBeGreaterThan(0.2);
    expect(memory.novelty(blend)).toBeLessThan(far);
    expect(new DenseMemory({ width: 3, separation: { beta: 1 } }).novelty(Float64Array.of(1, 2, 3))).toBe(1);
  });
});

describe('the store', () => {
  it('forgets one pattern with its value', () => {
    const memory = new DenseMemory({ width: 2, valueWidth: 1, separation: { beta: 30 } });
    for (const [at, key] of [
      [0, 0.1],
      [1, 0],
      [0, 1],
    ].entries())
      memory.store(Float64Array.from(key), Float64Array.of(at));
    memory.forget(Float64Array.of(0, 0.1));
    expect(memory.size).toBe(2);
    expect(memory.recall(Float64Array.of(1, 0)).value[0]).toBeCloseTo(1, 6);
    expect([...memory.key(1), ...memory.value(1)]).toEqual([0, 1, 2]);
    expect(() => memory.forget(Float64Array.of(0, 0.1))).toThrow('expected a stored key, got another');
  });

  it('goes through JSON to the bit, with rows that came and went', () => {
    const memory = new DenseMemory({ width: 3, valueWidth: 2, separation: { power: 3 }, seed: 9 });
    const keys = patternsOf(11, 3);
    for (const key of keys) memory.store(key, Float64Array.of(key[0]! / 3, 1e-30));
    memory.forget(keys[4]!);
    const back = DenseMemory.fromJSON(JSON.parse(JSON.stringify(memory)));
    expect(back.toJSON()).toEqual(memory.toJSON());
    expect(back.recall(keys[0]!)).toEqual(memory.recall(keys[0]!));
    back.store(keys[0]!, Float64Array.of(1, 2));
    expect(back.size).toBe(11);
    expect(memory.size).toBe(10);
  });

  it('refuses in one line', () => {
    const make = (separation: unknown) => () => new DenseMemory({ width: 3, separation } as never);
    expect(make({ power: 1 })).toThrow(/^DenseMemory\.separation/);
    expect(make({ power: 3, rectified: false })).toThrow('expected true for an odd power, got false');
    expect(make({ power: 3, rectified: true })).not.toThrow();
    const memory = new DenseMemory({ width: 3, separation: { power: 3 } });
    expect(() => memory.recall(Float64Array.of(1, 1, 1))).toThrow('expected at least one pattern, got none');
    expect(() => memory.store(Float64Array.of(1, 1, 2))).toThrow('expected spins -1 and 1, got 2 at 2');
    expect(() => memory.store(Float64Array.of(1, 1, 1), Float64Array.of(1))).toThrow('expected no value');
    memory.store(Float64Array.of(1, 1, 1));
    expect(() => memory.recall(Float64Array.of(1, 1, 1), { updates: 0 })).toThrow('updates of at least 1');
    const good = JSON.parse(JSON.stringify(memory));
    const read = (change: object) => () => DenseMemory.fromJSON({ ...good, ...change });
    expect(read({})).not.toThrow();
    expect(read({ settings: { ...good.settings, width: 2 } })).toThrow(
      'expected 2 numbers for each key, got 3',
    );
    expect(read({ values: good.keys })).toThrow('DenseMemory.values: expected 0 float32 numbers');
    expect(read({ more: 1 })).toThrow('more');
    expect(
      read({ settings: { ...good.settings, width: 1 }, keys: { type: 'float32', data: 'AAAAQA==' } }),
    ).toThrow('DenseMemory.fromJSON: expected spins -1 and 1, got 2');
  });
});
