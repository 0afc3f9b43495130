/** The fly's code: what follows from its definition, and nearest tags held to a scan. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sharedUnits } from '../../../../src/memories/codes.ts';
import type { Tag } from '../../../../src/memories/contracts.ts';
import { FlyHash } from '../../../../src/memories/fly/fly-hash.ts';
import { TagIndex } from '../../../../src/memories/fly/tag-index.ts';
import { numbers } from '../spins/brute.ts';

const odor = (seed: number, length = 50) => {
  const next = numbers(seed);
  return Float64Array.from({ length }, () => -Math.log(1 - next()));
};

describe('FlyHash', () => {
  const hash = new FlyHash({ inputs: 50, units: 2000, samples: 6, winners: 100, seed: 3 });

  it('sums as many different inputs for each unit as it says', () => {
    // One input alone at 1, the others at 0: a unit fires where it samples it. Counted over all inputs, 6 a unit.
    const all = new FlyHash({ inputs: 20, units: 300, samples: 6, winners: 300, normalize: 'none' });
    const sampled = new Float64Array(300);
    const distinct = new Float64Array(300);
    for (let input = 0; input < 20; input++) {
      const { on, rates } = all.encode(Float64Array.from({ length: 20 }, (_, i) => (i === input ? 1 : 0)));
      expect(on).toHaveLength(300);
      rates!.forEach((rate, unit) => {
        sampled[unit]! += rate;
        distinct[unit]! = Math.max(distinct[unit]!, rate);
      });
    }
    expect([...new Set(sampled)]).toEqual([6]);
    expect([...new Set(distinct)]).toEqual([1]);
  });

  it('draws every input as likely', () => {
    const hashed = new FlyHash({ inputs: 10, units: 20_000, samples: 3, winners: 20_000, normalize: 'none' });
    for (let input = 0; input < 10; input++) {
      const { rates } = hashed.encode(Float64Array.from({ length: 10 }, (_, i) => (i === input ? 1 : 0)));
      const count = rates!.reduce((a, b) => a + b, 0);
      // 20,000 draws of chance 0.3: standard deviation 65.
      expect(Math.abs(count - 6000)).toBeLessThan(5 * 65);
    }
  });

  it('gives k units, in order, whose rates are the largest sums over the mean', () => {
    const plain = new FlyHash({
      inputs: 50,
      units: 2000,
      samples: 6,
      winners: 2000,
      normalize: 'none',
      seed: 3,
    });
    const x = odor(4);
    const mean = x.reduce((a, b) => a + b) / 50;
    const sums = [...plain.encode(x).rates!];
    const { on, rates, size } = hash.encode(x);
    expect([on.length, size]).toEqual([100, 2000]);
    const edge = [...sums].sort((a, b) => b - a)[99]!;
    on.forEach((unit, at) => {
      expect(at === 0 || on[at - 1]! < unit).toBe(true);
      expect(sums[unit]).toBeGreaterThanOrEqual(edge);
      expect(rates![at]).toBeCloseTo(sums[unit]! / mean, 4);
    });
  });

  it('is the same for every strength of a smell, and empty for none', () => {
    const x = odor(5);
    expect(hash.encode(x.map((value) => 8 * value)).on).toEqual(hash.encode(x).on);
    expect(hash.encode(new Float64Array(50)).on).toHaveLength(0);
    const centered = new FlyHash({ inputs: 50, normalize: 'center', seed: 3 });
    expect(centered.encode(x.map((value) => value + 7)).on).toEqual(centered.encode(x).on);
  });

  it('takes the sizes of the paper where none are given, and the same seed makes the same code', () => {
    expect(new FlyHash({ inputs: 784 }).settings).toMatchObject({ units: 7840, samples: 78, winners: 392 });
    const again = FlyHash.fromJSON(JSON.parse(JSON.stringify(hash)));
    expect(again.encode(odor(6))).toEqual(hash.encode(odor(6)));
    const other = new FlyHash({ ...hash.settings, seed: 4 });
    // Different individuals share no more than chance, k^2/m = 5 of 100.
    expect(sharedUnits(other.encode(odor(6)).on, hash.encode(odor(6)).on)).toBeLessThan(20);
  });

  it('refuses in one line', () => {
    expect(() => new FlyHash({ inputs: 5, samples: 6 })).toThrow('samples of at most 5 inputs');
    expect(() => new FlyHash({ inputs: 0 })).toThrow('FlyHash.inputs');
    expect(() => hash.encode(odor(1, 49))).toThrow('FlyHash.encode: expected 50 numbers, got 49');
    expect(() => hash.encode(odor(1).map((value) => -value))).toThrow('take normalize center');
    expect(() => FlyHash.fromJSON({ schema: 'engram.fly-hash/2', settings: {} })).toThrow('FlyHash.schema');
  });
});

describe('TagIndex', () => {
  const tagOf = (units: readonly number[], rates?: readonly number[]): Tag => ({
    on: Uint32Array.from(units),
    ...(rates && { rates: Float32Array.from(rates) }),
    size: 30,
  });

  it('finds what a scan over dense vectors finds', () => {
    const units = fc.uniqueArray(fc.nat(29), { minLength: 1, maxLength: 8 });
    const tags = units.chain((on) =>
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: on.length, maxLength: on.length }).map((rates) =>
        tagOf(
          [...on].sort((a, b) => a - b),
          rates,
        ),
      ),
    );
    const dense = ({ on, rates }: Tag) => {
      const vector = new Float64Array(30);
      on.forEach((unit, at) => {
        vector[unit] = rates![at]!;
      });
      return vector;
    };
    fc.assert(
      fc.property(
        fc.array(tags, { minLength: 1, maxLength: 40 }),
        tags,
        fc.integer({ min: 1, max: 5 }),
        (stored, asked, count) => {
          const index = new TagIndex(30);
          for (const tag of stored) index.store(tag);
          const query = dense(asked);
          const scan = stored
            .map((tag, item) => ({
              item,
              distance: Math.hypot(...dense(tag).map((value, i) => value - query[i]!)),
              shared: tag.on.filter((unit) => asked.on.includes(unit)).length,
            }))
            .sort((a, b) => a.distance - b.distance || a.item - b.item)
            .slice(0, count);
          expect(index.nearest(asked, count)).toEqual(
            scan.map(({ distance, ...near }) => ({ ...near, distance: expect.closeTo(distance, 6) })),
          );
        },
      ),
    );
  });

  it('of tags without rates goes by the units they share', () => {
    const index = new TagIndex(30);
    for (const units of [
      [1, 2, 3],
      [2, 3, 4],
      [20, 21, 22],
    ])
      index.store(tagOf(units));
    const [first, second, third] = index.nearest(tagOf([2, 3, 4]), 3);
    expect(first).toEqual({ item: 1, distance: 0, shared: 3 });
    expect(second).toEqual({ item: 0, distance: Math.SQRT2, shared: 2 });
    expect(third).toEqual({ item: 2, distance: Math.sqrt(6), shared: 0 });
    expect(new TagIndex(30).nearest(tagOf([1]), 3)).toEqual([]);
  });

  it('goes through JSON, and refuses other data', () => {
    const index = new TagIndex(30);
    index.store(tagOf([1, 5, 7], [0.5, 2, 3]));
    index.store(tagOf([]));
    index.store(tagOf([5, 29], [1, 1]));
    const data = JSON.parse(JSON.stringify(index));
    const back = TagIndex.fromJSON(data);
    expect(back.toJSON()).toEqual(index.toJSON());
    expect(back.nearest(tagOf([5], [2]), 3)).toEqual(index.nearest(tagOf([5], [2]), 3));
    expect(() => TagIndex.fromJSON({ ...data, units: 20 })).toThrow('ascending units below 20, got 29');
    expect(() => TagIndex.fromJSON({ ...data, rates: data.on })).toThrow('TagIndex.rates.type');
    expect(() => TagIndex.fromJSON({ ...data, counts: { ...data.counts, data: '' } })).toThrow(
      'as the counts say',
    );
    expect(() => index.store({ on: Uint32Array.of(1), size: 9 })).toThrow(
      'expected a tag of 30 units, got one of 9',
    );
  });
});
