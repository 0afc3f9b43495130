/** SpinMemory held to sums by hand, to counting of all states, and to the laws of spins. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { overlap } from '../../../../src/memories/codes.ts';
import { SpinMemory } from '../../../../src/memories/spins/spin-memory.ts';
import { allStates, boltzmann, energyOf, expectation, glassOf, numbers, patternsOf } from './brute.ts';

const throughJson = (memory: SpinMemory) => SpinMemory.fromJSON(JSON.parse(JSON.stringify(memory)));

function holding(
  patterns: readonly Float64Array[],
  rule: 'hebb' | 'pseudo-inverse' | 'storkey' = 'hebb',
): SpinMemory {
  const memory = new SpinMemory({ units: patterns[0]!.length, rule });
  for (const pattern of patterns) memory.store(pattern);
  return memory;
}

function noisy(pattern: Float64Array, share: number, seed = 1): Float64Array {
  const next = numbers(seed);
  return pattern.map((spin) => (next() < share ? -spin : spin));
}

describe('the rules', () => {
  it('Hebb is the mean of products, by hand', () => {
    const memory = holding([Float64Array.of(1, 1, -1), Float64Array.of(1, -1, -1)]);
    // (1*1 + 1*-1)/3, (1*-1 + 1*-1)/3, (1*-1 + -1*-1)/3
    const third = 1 / 3;
    const expected = [0, 0, -2 * third, 0, 0, 0, -2 * third, 0, 0];
    memory.weights.forEach((weight, at) => {
      expect(weight).toBeCloseTo(expected[at]!, 15);
    });
  });

  it('the pseudo-inverse is the projection on the patterns without its diagonal', () => {
    const patterns = patternsOf(3, 7, 5);
    const memory = holding([...patterns, patterns[0]!.map((spin) => -spin)], 'pseudo-inverse');
    // Gram-Schmidt in another order: a projection does not depend on the basis.
    const basis: number[][] = [];
    for (const pattern of [...patterns].reverse()) {
      let rest = [...pattern];
      for (const axis of basis) {
        const along = axis.reduce((sum, value, i) => sum + value * pattern[i]!, 0);
        rest = rest.map((value, i) => value - along * axis[i]!);
      }
      const size = Math.hypot(...rest);
      basis.push(rest.map((value) => value / size));
    }
    for (let i = 0; i < 7; i++)
      for (let j = 0; j < 7; j++) {
        const expected = i === j ? 0 : basis.reduce((sum, axis) => sum + axis[i]! * axis[j]!, 0);
        expect(memory.weights[i * 7 + j]).toBeCloseTo(expected, 12);
      }
  });

  it('Storkey follows its equation, sum by sum', () => {
    const patterns = patternsOf(3, 6, 9);
    let expected = new Float64Array(36);
    for (const xi of patterns) {
      const field = (i: number, j: number) => {
        let sum = 0;
        for (let k = 0; k < 6; k++) if (k !== i && k !== j) sum += expected[i * 6 + k]! * xi[k]!;
        return sum;
      };
      expected = expected.map((weight, at) => {
        const [i, j] = [Math.floor(at / 6), at % 6];
        if (i === j) return 0;
        return weight + (xi[i]! * xi[j]! - xi[i]! * field(j, i) - field(i, j) * xi[j]!) / 6;
      });
    }
    holding(patterns, 'storkey').weights.forEach((weight, at) => {
      expect(weight).toBeCloseTo(expected[at]!, 14);
    });
  });

  it.each(['hebb', 'pseudo-inverse', 'storkey'] as const)('%s: forget undoes store', (rule) => {
    const patterns = patternsOf(4, 20);
    const memory = holding(patterns, rule);
    memory.forget(patterns[1]!);
    const without = holding(
      patterns.filter((_, i) => i !== 1),
      rule,
    );
    memory.weights.forEach((weight, at) => {
      expect(weight).toBeCloseTo(without.weights[at]!, 13);
    });
    expect(memory.size).toBe(3);
    expect(() => memory.forget(patterns[1]!)).toThrow('expected a stored pattern, got another');
  });

  it('a pseudo-inverse of many patterns holds them all, where Hebb does not', () => {
    const patterns = patternsOf(50, 100);
    const held = (memory: SpinMemory) =>
      patterns.filter((pattern) => overlap(memory.complete(pattern).value, pattern) === 1).length;
    expect(held(holding(patterns, 'pseudo-inverse'))).toBe(50);
    expect(held(holding(patterns))).toBeLessThan(10);
    expect(held(holding(patterns.slice(0, 30), 'storkey'))).toBeGreaterThan(
      held(holding(patterns.slice(0, 30))),
    );
  });
});

describe('energy', () => {
  it('is the sum over pairs, the same for reversed spins, and -(N-1)/2 for the one stored pattern', () => {
    const [pattern] = patternsOf(1, 11);
    const one = holding([pattern!]);
    expect(one.energy(pattern!)).toBeCloseTo(-5, 12);
    expect(one.energy(pattern!.map((spin) => -spin))).toBeCloseTo(-5, 12);
    const { weights, bias } = glassOf(6);
    const memory = new SpinMemory({ units: 6 });
    memory.couple(weights, bias);
    for (const state of allStates(6))
      expect(memory.energy(Float64Array.from(state))).toBeCloseTo(energyOf(weights, bias, state), 12);
  });

  it('never rises on the way, and ends where no single flip lowers it', () => {
    fc.assert(
      fc.property(fc.nat(1e6), fc.integer({ min: 2, max: 12 }), (seed, units) => {
        const { weights, bias } = glassOf(units, seed);
        const memory = new SpinMemory({ units });
        memory.couple(weights, bias);
        const [start] = patternsOf(1, units, seed + 1);
        const { value, energies, settled } = memory.complete(start!, { seed, energies: true });
        expect(settled).toBe(true);
        for (let i = 1; i < energies!.length; i++)
          expect(energies![i]).toBeLessThanOrEqual(energies![i - 1]! + 1e-12);
        const end = energyOf(weights, bias, value);
        for (let i = 0; i < units; i++) {
          const flipped = value.map((spin, j) => (i === j ? -spin : spin));
          expect(energyOf(weights, bias, flipped)).toBeGreaterThanOrEqual(end - 1e-12);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('complete', () => {
  it('finds the nearest of a few patterns, whatever the rule, and says so', () => {
    const patterns = patternsOf(4, 100);
    for (const rule of ['hebb', 'pseudo-inverse', 'storkey'] as const) {
      const { value, settled, cycle, steps } = holding(patterns, rule).complete(noisy(patterns[2]!, 0.15));
      expect(value).toEqual(patterns[2]);
      expect([settled, cycle]).toEqual([true, 1]);
      expect(steps).toBeGreaterThan(0);
    }
  });

  it('is the same whatever the units are called', () => {
    const patterns = patternsOf(3, 30);
    const turned = (state: Float64Array) => state.map((_, i) => state[(i * 7) % 30]!);
    const cue = noisy(patterns[0]!, 0.2);
    const plain = holding(patterns).complete(cue, { order: 'synchronous' });
    const renamed = holding(patterns.map(turned)).complete(turned(cue), { order: 'synchronous' });
    expect(renamed.value).toEqual(turned(plain.value));
    expect(renamed.score).toBeCloseTo(plain.score, 12);
  });

  it('keeps what is known, and fills in what is not', () => {
    const patterns = patternsOf(3, 60);
    const memory = holding(patterns);
    const known = Uint8Array.from({ length: 60 }, (_, i) => (i < 30 ? 1 : 0));
    const half = patterns[1]!.map((spin, i) => (known[i] === 1 ? spin : 0));
    expect(memory.complete(half, { known }).value).toEqual(patterns[1]);
    expect(memory.complete(half).value).toEqual(patterns[1]);
    // What is known stays, were it wrong.
    const wrong = half.map((spin, i) => (i === 0 ? -spin : spin));
    expect(memory.complete(wrong, { known }).value[0]).toBe(wrong[0]);
    expect(memory.complete(wrong).value[0]).toBe(-wrong[0]!);
  });

  it('all at once ends in a state or in two that alternate, and tells which', () => {
    // J = [[0, -1], [-1, 0]]: from (1, 1) both flip for ever.
    const memory = new SpinMemory({ units: 2 });
    memory.couple(Float64Array.of(0, -1, -1, 0));
    const pair = memory.complete(Float64Array.of(1, 1), { order: 'synchronous' });
    expect([pair.cycle, pair.steps, pair.settled]).toEqual([2, 0, true]);
    expect(memory.complete(Float64Array.of(1, 1)).cycle).toBe(1);
    fc.assert(
      fc.property(fc.nat(1e6), fc.integer({ min: 2, max: 25 }), (seed, units) => {
        const { weights } = glassOf(units, seed);
        const net = new SpinMemory({ units });
        net.couple(weights);
        const end = net.complete(patternsOf(1, units, seed + 1)[0]!, { order: 'synchronous' });
        expect(end.settled).toBe(true);
        const step = (state: Float64Array) => net.complete(state, { order: 'synchronous', maxSweeps: 1 });
        const next = step(end.value).value;
        if (end.cycle === 1) expect(next).toEqual(end.value);
        else {
          expect(next).not.toEqual(end.value);
          expect(step(next).value).toEqual(end.value);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('leaves a spin without a field as it is: an odd number of patterns in even parts', () => {
    // Two patterns that agree on the first two units and differ on the others: the fields of the latter cancel.
    const memory = holding([Float64Array.of(1, 1, 1, 1), Float64Array.of(1, 1, -1, -1)]);
    for (const third of [-1, 1])
      for (const fourth of [-1, 1]) {
        const cue = Float64Array.of(1, 1, third, fourth);
        const { value } = memory.complete(cue, { order: 'synchronous', maxSweeps: 1 });
        // h_3 = 2/4 s_4, h_4 = 2/4 s_3
        expect([...value]).toEqual([1, 1, fourth, third]);
      }
    const free = new SpinMemory({ units: 3 });
    expect([...free.complete(Float64Array.of(1, -1, 1)).value]).toEqual([1, -1, 1]);
  });

  it('reads without writing', () => {
    const memory = holding(patternsOf(3, 40));
    const before = JSON.stringify(memory);
    const cue = noisy(memory.patterns[0]!, 0.2);
    const first = memory.complete(cue, { temperature: 0.5, energies: true });
    memory.sample({ count: 3 });
    memory.logPartition({ chains: 2, steps: 5 });
    expect(memory.complete(cue, { temperature: 0.5, energies: true })).toEqual(first);
    expect(JSON.stringify(memory)).toBe(before);
  });

  it('refuses in one line', () => {
    const memory = holding(patternsOf(1, 4));
    const cue = Float64Array.of(1, 1, 0, 1);
    expect(() => memory.complete(Float64Array.of(1))).toThrow(
      'SpinMemory.complete: expected 4 numbers, got 1',
    );
    expect(() => memory.complete(cue, { known: Uint8Array.of(1, 1, 1, 1) })).toThrow(
      'where the cue is known, got 0',
    );
    expect(() => memory.complete(cue, { known: Uint8Array.of(1) })).toThrow('expected 4 units');
    expect(() => memory.complete(cue, { temperature: -1 })).toThrow('at least 0, got -1');
    expect(() => memory.complete(cue, { temperature: 1, order: 'synchronous' })).toThrow('got both');
    expect(() => memory.complete(cue, { maxSweeps: 0 })).toThrow('maxSweeps of at least 1, got 0');
    expect(() => new SpinMemory({ units: 0 })).toThrow('SpinMemory.units: expected');
    expect(() => new SpinMemory({ units: 4, rule: 'hebbian' as never })).toThrow('SpinMemory.rule');
    expect(() => memory.couple(new Float64Array(16).fill(1))).toThrow('zero diagonal, got 1 at 0,0');
    expect(() => memory.sample({ temperature: 0 })).toThrow('expected a temperature above 0, got 0');
  });
});

describe('classify', () => {
  it('tells memories, reversed ones, odd mixtures and glass', () => {
    const patterns = patternsOf(5, 400);
    const memory = holding(patterns);
    const mix = (...signs: number[]) =>
      Float64Array.from({ length: 400 }, (_, i) =>
        Math.sign(signs.reduce((sum, sign, at) => sum + sign * patterns[at]![i]!, 0)),
      );
    expect(memory.classify(patterns[3]!)).toEqual({ kind: 'memory', patterns: [3], overlap: 1 });
    expect(memory.classify(patterns[3]!.map((spin) => -spin))).toEqual({
      kind: 'reversed',
      patterns: [3],
      overlap: -1,
    });
    const mixed = memory.classify(mix(1, -1, 1));
    expect(mixed).toMatchObject({ kind: 'mixture', overlap: 1 });
    expect([...mixed.patterns].sort()).toEqual([0, 1, 2]);
    expect(memory.classify(mix(1, -1, 1, 1, -1))).toMatchObject({ kind: 'mixture', overlap: 1 });
    expect(memory.classify(patternsOf(1, 400, 99)[0]!).kind).toBe('glass');
    // At this load a mixture of three is an attractor: the net stays in it.
    expect(memory.classify(memory.complete(mix(1, -1, 1)).value).kind).toBe('mixture');
  });
});

describe('at a temperature', () => {
  const { weights, bias } = glassOf(6, 3);
  const memory = new SpinMemory({ units: 6 });
  memory.couple(
    weights.map((weight) => 2 * weight),
    bias,
  );

  it.each([0.5, 1, 3])('T = %d: probabilities, moments and ln Z are those of all states', (temperature) => {
    const { partition, probabilities } = boltzmann(memory.weights, memory.bias, temperature);
    memory.probabilities(temperature).forEach((p, x) => {
      expect(p).toBeCloseTo(probabilities[x]!, 13);
    });
    expect(memory.logPartition({ temperature })).toEqual({
      value: expect.closeTo(Math.log(partition), 12),
      method: 'exact',
      standardError: 0,
    });
    const { means, correlations } = memory.moments({ temperature });
    for (let i = 0; i < 6; i++) {
      expect(means[i]).toBeCloseTo(
        expectation(probabilities, (s) => s[i]!),
        12,
      );
      for (let j = 0; j < 6; j++)
        expect(correlations[i * 6 + j]).toBeCloseTo(
          expectation(probabilities, (s) => s[i]! * s[j]!),
          12,
        );
    }
  });

  it('samples come as often as their probability: chi squared over all states', () => {
    const count = 20_000;
    const expected = boltzmann(memory.weights, memory.bias, 1).probabilities;
    const seen = new Array<number>(64).fill(0);
    for (const state of memory.sample({ count, sweeps: 8 }))
      seen[state.reduce((x, spin, i) => x + (spin < 0 ? 2 ** i : 0), 0)]!++;
    const chi = seen.reduce((sum, n, x) => sum + (n - count * expected[x]!) ** 2 / (count * expected[x]!), 0);
    // 63 degrees of freedom: mean 63, standard deviation 11.2.
    expect(chi).toBeLessThan(63 + 5 * 11.2);
    expect(chi).toBeGreaterThan(63 - 5 * 11.2);
  });

  it('what is clamped stays, and the others follow the conditional distribution', () => {
    const cue = Float64Array.of(1, -1, 1, 1, 1, 1);
    const known = Uint8Array.of(1, 1, 1, 0, 0, 0);
    const { probabilities } = boltzmann(memory.weights, memory.bias, 1);
    const given = allStates(6).map((s, x) =>
      s[0] === 1 && s[1] === -1 && s[2] === 1 ? probabilities[x]! : 0,
    );
    const total = given.reduce((a, b) => a + b);
    const exact = expectation(
      given.map((p) => p / total),
      (s) => s[4]!,
    );
    const runs = 4000;
    let sum = 0;
    for (let seed = 0; seed < runs; seed++) {
      const { value, settled } = memory.complete(cue, { known, temperature: 1, maxSweeps: 15, seed });
      expect([value[0], value[1], value[2], settled]).toEqual([1, -1, 1, false]);
      sum += value[4]!;
    }
    expect(Math.abs(sum / runs - exact)).toBeLessThan(4 / Math.sqrt(runs));
  });

  it('annealing estimates ln Z of more spins than can be counted: independent pairs', () => {
    // 15 pairs, each coupled by 1: Z = (4 cosh 1)^15.
    const pairs = new SpinMemory({ units: 30 });
    const coupled = new Float64Array(900);
    for (let i = 0; i < 30; i++) coupled[i * 30 + (i ^ 1)] = 1;
    pairs.couple(coupled);
    const { value, method, standardError } = pairs.logPartition({ steps: 300 });
    expect(method).toBe('annealed');
    expect(standardError).toBeLessThan(0.2);
    expect(Math.abs(value - 15 * Math.log(4 * Math.cosh(1)))).toBeLessThan(4 * standardError);
    expect(() => pairs.probabilities()).toThrow('expected at most 20 spins');
    // <s_0 s_1> = tanh 1
    const { correlations } = pairs.moments();
    expect(Math.abs(correlations[1]! - Math.tanh(1))).toBeLessThan(0.1);
  });
});

describe('plain data', () => {
  it.each(['hebb', 'pseudo-inverse', 'storkey'] as const)('%s goes through JSON to the bit', (rule) => {
    const patterns = patternsOf(4, 25);
    const memory = holding(patterns, rule);
    const back = throughJson(memory);
    expect(back.toJSON()).toEqual(memory.toJSON());
    for (const one of [memory, back]) one.store(patternsOf(1, 25, 77)[0]!);
    expect(back.weights).toEqual(memory.weights);
    expect(back.complete(patterns[0]!)).toEqual(memory.complete(patterns[0]!));
  });

  it('refuses other data by name', () => {
    const good = JSON.parse(JSON.stringify(holding(patternsOf(2, 5))));
    const read = (change: object) => () => SpinMemory.fromJSON({ ...good, ...change });
    expect(read({})).not.toThrow();
    expect(read({ schema: 'engram.dense-memory/1' })).toThrow('SpinMemory.schema');
    expect(read({ settings: { units: -5 } })).toThrow('SpinMemory.settings.units');
    expect(read({ settings: { ...good.settings, units: 6 } })).toThrow(
      'SpinMemory.couplings: expected 15 float64 numbers in base64, got 10',
    );
    expect(read({ patterns: { type: 'int8', data: btoa('\u0001\u0002') } })).toThrow('SpinMemory.patterns');
    expect(read({ bias: good.couplings })).toThrow('SpinMemory.bias');
    expect(read({ dreaming: 3 })).toThrow('SpinMemory.dreaming');
    expect(() => SpinMemory.fromJSON('spins')).toThrow('SpinMemory');
  });
});
