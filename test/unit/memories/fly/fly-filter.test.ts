/** The fly's novelty filter held to its equation, weight by weight and step by step. */
import { expect, it } from 'vitest';
import { FlyFilter, filterFor } from '../../../../src/memories/fly/fly-filter.ts';
import { numbers } from '../spins/brute.ts';

const tag = (...on: number[]) => ({ on: Uint32Array.from(on), size: 40 });

it('is a Bloom filter where nothing is left and nothing recovers', () => {
  const filter = new FlyFilter({ units: 40, delta: 0 });
  expect(filter.novelty(tag(1, 2, 3))).toBe(1);
  filter.store(tag(1, 2, 3));
  expect(filter.novelty(tag(1, 2, 3))).toBe(0);
  expect(filter.novelty(tag(3, 4, 5, 6))).toBe(0.75);
  filter.tick(1000);
  expect(filter.novelty(tag(1, 2, 3))).toBe(0);
  expect(filter.novelty(tag())).toBe(1);
});

it('falls by delta with each exposure and recovers by epsilon with time', () => {
  const filter = new FlyFilter({ units: 40, delta: 0.4, epsilon: 0.01 });
  const told = [];
  for (let time = 0; time < 4; time++) {
    told.push(filter.novelty(tag(7, 8)));
    filter.store(tag(7, 8));
  }
  expect(told.map((value) => Math.round(value * 1000) / 1000)).toEqual([1, 0.4, 0.16, 0.064]);
  filter.tick(30);
  expect(filter.novelty(tag(7, 8))).toBeCloseTo(0.0256 + 0.3, 12);
  filter.tick(1e6);
  expect(filter.novelty(tag(7, 8))).toBe(1);
  expect([filter.size, filter.now]).toEqual([4, 4 + 30 + 1e6]);
});

it('has the weights of the plain equation after ten thousand steps of any kind', () => {
  const settings = { units: 40, delta: 0.6, epsilon: 0.003 };
  const filter = new FlyFilter(settings);
  const plain = new Float64Array(40).fill(1);
  const next = numbers(5);
  for (let step = 0; step < 10_000; step++) {
    const active = new Set(next() < 0.3 ? [] : Array.from({ length: 5 }, () => Math.floor(next() * 40)));
    if (active.size === 0) filter.tick();
    else filter.store(tag(...[...active].sort((a, b) => a - b)));
    for (let i = 0; i < 40; i++)
      plain[i] = active.has(i) ? settings.delta * plain[i]! : Math.min(1, plain[i]! + settings.epsilon);
    if (step % 500 === 0)
      for (let i = 0; i < 40; i++) expect(Math.abs(filter.weight(i) - plain[i]!)).toBeLessThan(1e-12);
  }
  for (let i = 0; i < 40; i++) expect(Math.abs(filter.weight(i) - plain[i]!)).toBeLessThan(1e-12);
});

it('does not care for the order of what it met where nothing recovers', () => {
  const tags = [tag(1, 2, 3), tag(2, 3, 4), tag(3, 9), tag(1, 2, 3)];
  const [one, other] = [new FlyFilter({ units: 40 }), new FlyFilter({ units: 40 })];
  for (const each of tags) one.store(each);
  for (const each of [...tags].reverse()) other.store(each);
  for (let i = 0; i < 40; i++) expect(one.weight(i)).toBe(other.weight(i));
});

it('remembers so many as its settings are made for', () => {
  const settings = filterFor({ units: 1000, winners: 50, inserts: 100 });
  expect(settings).toEqual({ units: 1000, delta: 0.8, epsilon: 0.005 });
  const filter = new FlyFilter(settings);
  const next = numbers(8);
  for (let step = 0; step < 5000; step++) {
    const units = new Set<number>();
    while (units.size < 50) units.add(Math.floor(next() * 1000));
    filter.store({ on: Uint32Array.from([...units].sort((a, b) => a - b)), size: 1000 });
  }
  let mean = 0;
  for (let i = 0; i < 1000; i++) mean += filter.weight(i) / 1000;
  expect(Math.abs(mean - 0.5)).toBeLessThan(0.03);
  expect(() => filterFor({ units: 1000, winners: 50, inserts: 19 })).toThrow('expected at least 20 inserts');
});

it('goes through JSON to the bit, and refuses other data', () => {
  const filter = new FlyFilter({ units: 40, delta: 0.3, epsilon: 0.02 });
  filter.store(tag(1, 2));
  filter.tick(3);
  filter.store(tag(2, 30));
  const data = JSON.parse(JSON.stringify(filter));
  const back = FlyFilter.fromJSON(data);
  expect(back.toJSON()).toEqual(filter.toJSON());
  expect(back.novelty(tag(1, 2, 30))).toBe(filter.novelty(tag(1, 2, 30)));
  expect(() => FlyFilter.fromJSON({ ...data, now: 2 })).toThrow(
    'FlyFilter.times: expected times from 0 to now',
  );
  expect(() => FlyFilter.fromJSON({ ...data, weights: data.times })).toThrow('expected weights from 0 to 1');
  expect(() => FlyFilter.fromJSON({ ...data, settings: { units: 41 } })).toThrow(
    'expected 41 float64 numbers',
  );
  expect(() => FlyFilter.fromJSON(null)).toThrow('FlyFilter');
  expect(() => new FlyFilter({ units: 40, delta: 2 })).toThrow('FlyFilter.delta');
  expect(() => filter.tick(-1)).toThrow('steps of at least 0, got -1');
  expect(() => filter.store({ on: Uint32Array.of(41), size: 41 })).toThrow(
    'a tag of 40 units, got one of 41',
  );
});
