/** The pieces of an episodic memory, each held to sums by hand. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  availability,
  baseLevel,
  recallLatency,
  recallProbability,
  type Uses,
  used,
} from '../../../../src/memories/episodes/base-level.ts';
import { withoutMainDirections } from '../../../../src/memories/episodes/main-directions.ts';
import { Priming } from '../../../../src/memories/episodes/priming.ts';
import { delight, inheritedValence, Valence } from '../../../../src/memories/episodes/valence.ts';

const usedAt = (times: readonly number[], keep?: number) =>
  times.reduce<Uses | undefined>((uses, time) => used(uses, time, keep), undefined)!;

describe('the base level', () => {
  it('is ln of the sum of ages to the power of -d', () => {
    // Ages 100, 25 and 4: 1/10 + 1/5 + 1/2.
    expect(baseLevel(usedAt([0, 75, 96]), 100)).toBeCloseTo(Math.log(0.8), 12);
    expect(baseLevel(usedAt([0, 75, 96]), 100, { decay: 1 })).toBeCloseTo(Math.log(0.01 + 0.04 + 0.25), 12);
    expect(baseLevel(usedAt([7]), 7)).toBe(0);
  });

  it('falls, and with a use rises', () => {
    const times = fc.array(fc.double({ min: 0, max: 1000, noNaN: true }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(times, fc.double({ min: 1001, max: 5000, noNaN: true }), (unsorted, now) => {
        const uses = usedAt([...unsorted].sort((a, b) => a - b));
        expect(baseLevel(uses, now + 1)).toBeLessThan(baseLevel(uses, now));
        expect(baseLevel(used(uses, now), now + 1)).toBeGreaterThan(baseLevel(uses, now + 1));
      }),
    );
  });

  it.each([0.3, 0.5, 1])('of uses that are no longer kept is near the exact one, d = %d', (decay) => {
    const times = Array.from({ length: 200 }, (_, i) => 5 * i);
    const [exact, short] = [usedAt(times, 200), usedAt(times, 10)];
    expect(short.recent.length).toBe(10);
    expect(short.count).toBe(200);
    for (const now of [1000, 1100, 5000])
      expect(baseLevel(short, now, { decay })).toBeCloseTo(baseLevel(exact, now, { decay }), 1);
    // All at one time, so that the span of the older ones is nothing.
    const together = usedAt(new Array(20).fill(3), 5);
    expect(baseLevel(together, 103, { decay })).toBeCloseTo(Math.log(20 * 100 ** -decay), 9);
  });

  it('refuses times that run backward', () => {
    expect(() => used(usedAt([5]), 4)).toThrow('expected a time of at least 5, the last use, got 4');
    expect(() => baseLevel(usedAt([5]), 4)).toThrow('expected a time of at least 5');
    expect(() => used(undefined, Number.NaN)).toThrow('finite time');
  });

  it('makes recall likely and fast', () => {
    expect(recallProbability(0.7, { threshold: 0.7, noise: 0.2 })).toBe(0.5);
    expect(recallProbability(0.9, { threshold: 0.7, noise: 0.2 })).toBeCloseTo(1 / (1 + Math.exp(-1)), 12);
    expect(recallLatency(Math.log(4), 2)).toBeCloseTo(0.5, 12);
    expect(availability([0, 0, 0])).toBe(1.5);
    expect(availability([])).toBe(0);
  });
});

describe('valence', () => {
  it('nears a reward by the share of the rate, and a tag of half the units has half of it', () => {
    const valence = new Valence({ units: 8, rate: 0.5 });
    const tag = { on: Uint32Array.of(0, 1), size: 8 };
    expect(valence.learn(tag, 4)).toBe(4);
    expect(valence.value(tag)).toBe(2);
    expect(valence.learn(tag, 4)).toBe(2);
    expect(valence.value(tag)).toBe(3);
    expect(valence.value({ on: Uint32Array.of(1, 2), size: 8 })).toBe(1.5);
    expect(valence.value({ on: new Uint32Array(0), size: 8 })).toBe(0);
    expect(valence.learn(tag, -3)).toBe(-6);
    const other = Valence.fromJSON(JSON.parse(JSON.stringify(valence)));
    expect(other.value(tag)).toBe(valence.value(tag));
    expect(JSON.stringify(other)).toBe(JSON.stringify(valence));
    expect(() => valence.learn(tag, Number.NaN)).toThrow('finite reward');
    expect(() => valence.value({ on: Uint32Array.of(1), size: 9 })).toThrow('tag of 8 units');
    expect(() => Valence.fromJSON({ ...JSON.parse(JSON.stringify(valence)), schema: 'x' })).toThrow(
      'Valence.schema',
    );
  });

  it('of what is new is the mean of its nearest, by how near they are', () => {
    const neighbors = [
      { similarity: 0.5, valence: 4 },
      { similarity: 0.25, valence: -2 },
      { similarity: 0.1, valence: 100 },
      { similarity: -1, valence: -100 },
    ];
    expect(inheritedValence(neighbors, 2)).toBe((2 - 0.5) / 0.75);
    expect(inheritedValence(neighbors, 1)).toBe(4);
    expect(inheritedValence([], 5)).toBe(0);
    expect(delight(0.5, 4)).toBe(2);
    expect(delight(0.5, -4)).toBe(0);
  });
});

describe('main directions', () => {
  it('are gone, and what is left is what was there beside them', () => {
    // Along (3, 4, 0) / 5 mostly, and a little along the third axis.
    const rows = Float64Array.from(
      [
        [5, 0.1],
        [-5, 0.1],
        [2, -0.1],
        [-2, -0.1],
      ].flatMap(([a, b]) => [0.6 * a! + 1, 0.8 * a! + 1, b! + 1]),
    );
    const left = withoutMainDirections(rows, 3, 1);
    [0.1, 0.1, -0.1, -0.1].forEach((third, row) => {
      expect(left[3 * row]).toBeCloseTo(0, 10);
      expect(left[3 * row + 1]).toBeCloseTo(0, 10);
      expect(left[3 * row + 2]).toBeCloseTo(third, 10);
    });
    expect(Math.max(...withoutMainDirections(rows, 3, 2).map(Math.abs))).toBeLessThan(1e-10);
  });
});

describe('priming', () => {
  /** On a circle, by degrees; the nearest of each are to be seen. */
  const at = (degrees: number) =>
    Float64Array.of(Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180));
  const circle = { a: at(0), b: at(10), c: at(25), d: at(180), e: at(190), f: at(205) };
  const graph = Priming.between(circle, { neighbors: 2, removed: 0 });

  it('joins each to its nearest, by their squared cosines', () => {
    const [ab, ac] = [Math.cos(Math.PI / 18) ** 2, Math.cos((25 * Math.PI) / 180) ** 2];
    const first = graph.prime('a', { steps: 1, decay: 0.5 });
    expect([...first.keys()]).toEqual(['b', 'c']);
    expect(first.get('b')).toBeCloseTo((0.5 * ab) / (ab + ac), 6);
    expect(first.get('c')).toBeCloseTo((0.5 * ac) / (ab + ac), 6);
  });

  it('spreads on, fades, and never reaches what has no way to it', () => {
    const total = (steps: number) => [...graph.prime('a', { steps }).values()].reduce((a, b) => a + b, 0);
    expect(total(3)).toBeGreaterThan(total(1));
    expect(total(1)).toBeCloseTo(0.6, 6);
    expect(graph.prime('a').has('d')).toBe(false);
    expect(graph.prime(['a', 'd']).get('e')).toBe(graph.prime('d').get('e'));
    expect(graph.prime('a').has('a')).toBe(false);
  });

  it('goes through plain data and refuses by name', () => {
    const other = Priming.fromJSON(JSON.parse(JSON.stringify(graph)));
    expect([...other.prime('c')]).toEqual([...graph.prime('c')]);
    expect(() => graph.prime('z')).toThrow('expected a name that there is, got "z"');
    expect(() => Priming.between(circle)).toThrow('expected more than 20 vectors, got 6');
    expect(() => Priming.between({ ...circle, g: Float64Array.of(1) }, { neighbors: 2 })).toThrow(
      'others for g',
    );
    expect(() =>
      Priming.fromJSON({ ...JSON.parse(JSON.stringify(graph)), names: ['a', 'b', 'c', 'd', 'e'] }),
    ).toThrow('Priming: expected as many neighbors');
  });
});
