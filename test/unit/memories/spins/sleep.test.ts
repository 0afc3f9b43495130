/** Sleep held to its rule worked out by hand and by counting all states, and to what is known of its presets. */
import { describe, expect, it } from 'vitest';
import { overlap } from '../../../../src/memories/codes.ts';
import { dreamBudget, type SleepOptions, sleeps } from '../../../../src/memories/spins/sleep-options.ts';
import { SpinMemory } from '../../../../src/memories/spins/spin-memory.ts';
import { boltzmann, expectation, numbers, patternsOf } from './brute.ts';

const throughJson = (memory: SpinMemory) => SpinMemory.fromJSON(JSON.parse(JSON.stringify(memory)));

function holding(patterns: readonly Float64Array[], seed = 1): SpinMemory {
  const memory = new SpinMemory({ units: patterns[0]!.length, seed });
  for (const pattern of patterns) memory.store(pattern);
  return memory;
}

function stable(memory: SpinMemory): number {
  const held = memory.patterns.filter((pattern) => overlap(memory.complete(pattern).value, pattern) === 1);
  return held.length / memory.size;
}

describe('the rule', () => {
  it('of one dream of the only attractor is known beforehand: J shrinks by rate, or stays where the day gives it back', () => {
    const [pattern] = patternsOf(1, 20);
    const memory = holding([pattern!]);
    // Every start settles in the pattern or in its reverse, whose products are the same: J = (1 - 3 rate N) xi xi' / N.
    memory.sleep({ dreams: 3, rate: 0.01 });
    const product = (at: number) => pattern![Math.floor(at / 20)]! * pattern![at % 20]!;
    memory.weights.forEach((weight, at) => {
      const expected = Math.floor(at / 20) === at % 20 ? 0 : product(at) * (1 / 20 - 0.03);
      expect(weight).toBeCloseTo(expected, 14);
    });
    const kept = holding([pattern!]);
    const before = kept.weights;
    kept.sleep({ dreams: 50, rate: { overUnits: 0.5 }, day: 1 });
    kept.weights.forEach((weight, at) => {
      expect(weight).toBeCloseTo(before[at]!, 14);
    });
  });

  it('is the gradient where all states are counted: J and b after two steps, by another program', () => {
    const data = patternsOf(5, 4, 3);
    const memory = new SpinMemory({ units: 4 });
    memory.sleep({ ...sleeps.exactBoltzmann(0.2), temperature: 0.7, dreams: 2, data });
    let weights = new Float64Array(16);
    let bias = new Float64Array(4);
    const mean = (of: (s: ArrayLike<number>) => number) => data.reduce((sum, s) => sum + of(s), 0) / 5;
    for (let step = 0; step < 2; step++) {
      const { probabilities } = boltzmann(weights, bias, 0.7);
      const move = (value: number, of: (s: ArrayLike<number>) => number) =>
        value + 0.2 * (mean(of) - expectation(probabilities, of));
      const next = weights.map((weight, at) => {
        const [i, j] = [Math.floor(at / 4), at % 4];
        return i === j ? 0 : move(weight, (s) => s[i]! * s[j]!);
      });
      bias = bias.map((value, i) => move(value, (s) => s[i]!));
      weights = next;
    }
    memory.weights.forEach((weight, at) => {
      expect(weight).toBeCloseTo(weights[at]!, 13);
    });
    memory.bias.forEach((value, i) => {
      expect(value).toBeCloseTo(bias[i]!, 13);
    });
  });

  it('at full convergence temperature only scales the couplings: J_T = T J_1', () => {
    const data = patternsOf(40, 5, 8);
    const trained = (temperature: number) => {
      const memory = new SpinMemory({ units: 5 });
      memory.sleep({ ...sleeps.exactBoltzmann(0.3 * temperature), temperature, dreams: 4000, data });
      return memory;
    };
    const one = trained(1);
    for (const temperature of [0.5, 2]) {
      const other = trained(temperature);
      other.weights.forEach((weight, at) => {
        expect(weight).toBeCloseTo(temperature * one.weights[at]!, 9);
      });
      other.probabilities(temperature).forEach((p, x) => {
        expect(p).toBeCloseTo(one.probabilities(1)[x]!, 9);
      });
    }
    expect(one.sleep({ ...sleeps.exactBoltzmann(), dreams: 1, data }).notes[0]!.momentError).toBeLessThan(
      1e-9,
    );
  });

  it('with persistent chains comes to the same moments as by counting, within their noise', () => {
    const data = patternsOf(60, 6, 2);
    const memory = new SpinMemory({ units: 6, seed: 4 });
    memory.sleep({ ...sleeps.boltzmann(), dreams: 1500, data });
    const { means, correlations } = memory.moments();
    const mean = (of: (s: Float64Array) => number) => data.reduce((sum, s) => sum + of(s), 0) / data.length;
    for (let i = 0; i < 6; i++) {
      expect(Math.abs(means[i]! - mean((s) => s[i]!))).toBeLessThan(0.05);
      for (let j = 0; j < i; j++)
        expect(Math.abs(correlations[i * 6 + j]! - mean((s) => s[i]! * s[j]!))).toBeLessThan(0.05);
    }
  });
});

describe('presets', () => {
  const patterns = patternsOf(40, 100, 6);

  it('unlearning holds at its budget what Hebb loses, and destroys it when it goes on', () => {
    const memory = holding(patterns);
    expect(stable(memory)).toBeLessThan(0.2);
    memory.sleep({ ...sleeps.unlearning(), dreams: dreamBudget(40) });
    expect(stable(memory)).toBeGreaterThan(0.9);
    memory.sleep({ ...sleeps.unlearning(), dreams: dreamBudget(40) });
    expect(stable(memory)).toBeLessThan(0.2);
  });

  it('stops at its peak and has the couplings of it', () => {
    const memory = holding(patterns);
    const report = memory.sleep({ ...sleeps.unlearning(), dreams: 8000, stop: { peak: 8 } });
    expect(report.ended).toBe('peak');
    const best = report.notes.reduce((a, b) => (b.min > a.min ? b : a));
    expect(report.dreams).toBe(best.dream);
    expect(report.notes.at(-1)!.dream).toBe(best.dream + 800);
    // The same sleep, cut where the peak was.
    const cut = holding(patterns);
    cut.sleep({ ...sleeps.unlearning(), dreams: best.dream });
    expect(memory.weights).toEqual(cut.weights);
    expect(stable(memory)).toBe(1);
  });

  it('daydreaming holds them all, is normalized, and is not harmed by more of it', () => {
    const memory = holding(patterns);
    memory.sleep({ ...sleeps.daydream(), dreams: 10_000 });
    expect(stable(memory)).toBe(1);
    const more = memory.sleep({ ...sleeps.daydream(), dreams: 10_000 });
    expect(stable(memory)).toBe(1);
    expect(more.notes.at(-1)!.stable).toBe(1);
    // Every N dreams the largest eigenvalue is made 1, as 30 steps of the power method find it: somewhat low.
    const { weights } = memory;
    const next = numbers(3);
    let x = Array.from({ length: 100 }, () => next() - 0.5);
    let grown = 0;
    for (let turn = 0; turn < 300; turn++) {
      const size = Math.hypot(...x);
      x = x.map((value) => value / size);
      const y = x.map((_, i) => x.reduce((sum, value, j) => sum + weights[i * 100 + j]! * value, 0));
      grown = Math.hypot(...y);
      x = y;
    }
    expect(grown).toBeGreaterThan(0.999);
    expect(grown).toBeLessThan(1.1);
  });
});

describe('a life', () => {
  const patterns = patternsOf(12, 60, 4);
  const night: SleepOptions = { ...sleeps.unlearning(), dreams: 100, noteEvery: 40 };

  it('tells of its dreams', () => {
    const memory = holding(patterns);
    const { notes, dreams, ended } = memory.sleep(night);
    expect([notes.map(({ dream }) => dream), dreams, ended]).toEqual([[40, 80, 100], 100, 'dreams']);
    for (const { dreamEnergy } of notes) expect(dreamEnergy).toBeLessThan(0);
    const { weights } = memory;
    const stabilities = patterns.flatMap((xi) =>
      [...xi].map((spin, i) => {
        const row = weights.subarray(i * 60, i * 60 + 60);
        const field = row.reduce((sum, weight, j) => sum + weight * xi[j]!, 0);
        return (spin * field) / Math.hypot(...row);
      }),
    );
    expect(notes.at(-1)!.min).toBeCloseTo(Math.min(...stabilities), 12);
    expect(notes.at(-1)!.mean).toBeCloseTo(stabilities.reduce((a, b) => a + b) / stabilities.length, 12);
  });

  it('is ended by a rule of one’s own', () => {
    const report = holding(patterns).sleep({ ...night, stop: ({ dream }) => dream >= 80 });
    expect([report.dreams, report.ended]).toEqual([80, 'stop']);
  });

  it('of days and nights is what its parts are, one after the other', () => {
    const memory = new SpinMemory({ units: 60 });
    const reports = memory.live([
      { wake: patterns.slice(0, 6) },
      { sleep: night },
      { wake: patterns.slice(6) },
      { sleep: night },
    ]);
    expect(reports).toHaveLength(2);
    const other = new SpinMemory({ units: 60 });
    for (const pattern of patterns.slice(0, 6)) other.store(pattern);
    other.sleep(night);
    for (const pattern of patterns.slice(6)) other.store(pattern);
    other.sleep(night);
    expect(memory.toJSON()).toEqual(other.toJSON());
  });

  it('that is kept and read again goes on as if nothing had happened, chains too', () => {
    const options: SleepOptions = {
      ...sleeps.boltzmann({ chains: 5 }),
      dreams: 20,
      data: patterns,
    };
    const memory = holding(patterns);
    memory.sleep(options);
    const back = throughJson(memory);
    memory.sleep(options);
    back.sleep(options);
    expect(back.toJSON()).toEqual(memory.toJSON());
  });

  it('refuses what cannot be', () => {
    const memory = new SpinMemory({ units: 4 });
    expect(() => memory.sleep({ dreams: 1, rate: 0.1, day: 1 })).toThrow(
      'expected data for the day, got none',
    );
    expect(() => memory.sleep({ dreams: 1, rate: 0.1, persistent: true })).toThrow('above 0 for persistent');
    expect(() => memory.sleep({ dreams: 1, rate: -1 })).toThrow('sleep.rate');
    expect(() => memory.sleep({ dreams: 1, rate: 1, temprature: 1 } as never)).toThrow(
      'did you mean sleep.temperature?',
    );
    expect(() => memory.sleep({ dreams: 1, rate: 1, data: [Float64Array.of(1)] })).toThrow(
      'sleep.data.0: expected 4 numbers, got 1',
    );
    const projection = new SpinMemory({ units: 4, rule: 'pseudo-inverse' });
    projection.sleep({ dreams: 1, rate: 0.1 });
    expect(() => projection.store(Float64Array.of(1, 1, 1, 1))).toThrow('got some that have slept');
  });
});
