/** Clocks and the memory of times, held to sums written out and to the laws of phases. */
import { describe, expect, it } from 'vitest';
import { bind, Clock, similarity, unbind } from '../../../../src/memories/phasors/clock.ts';
import { PhasorMemory } from '../../../../src/memories/phasors/phasor-memory.ts';

const clock = { oscillators: 512, spread: 1, seed: 3 };
const through = (memory: PhasorMemory) => PhasorMemory.fromJSON(JSON.parse(JSON.stringify(memory)));

/** Six items at six times, far enough apart to be told from each other. */
function filled(seed = 1): PhasorMemory {
  const memory = new PhasorMemory({ clock, seed });
  for (let i = 0; i < 6; i++) memory.store(`item ${i}`, 10 * i);
  return memory;
}

describe('a clock', () => {
  const told = new Clock(clock);

  it('is 1 everywhere at 0, and turns on by what is added: tag(s + t) = tag(s) tag(t)', () => {
    const zero = told.tag(0);
    expect(zero.re.every((value) => value === 1)).toBe(true);
    expect(zero.im.every((value) => value === 0)).toBe(true);
    const [sum, product] = [told.tag(3.5), bind(told.tag(1.25), told.tag(2.25))];
    sum.re.forEach((value, i) => {
      expect(product.re[i]).toBeCloseTo(value, 12);
      expect(product.im[i]).toBeCloseTo(sum.im[i]!, 12);
    });
  });

  it('has tags as alike as the Gaussian of the time between them says, within 5 standard errors', () => {
    for (const apart of [0.3, 1, 2, 5])
      for (const at of [0, 100]) {
        const expected = Math.exp(-(apart ** 2) / 2);
        expect(Math.abs(similarity(told.tag(at), told.tag(at + apart)) - expected)).toBeLessThan(
          5 / Math.sqrt(2 * 512),
        );
      }
  });

  it('what is bound comes back whole, and is like neither of its parts', () => {
    const [a, b] = [told.tag(7), told.tag(19)];
    const bound = bind(a, b);
    expect(similarity(unbind(bound, b), a)).toBeCloseTo(1, 12);
    expect(Math.abs(similarity(bound, a))).toBeLessThan(0.2);
    // (1 + 2i)(3 + 4i) = -5 + 10i; (1 + 2i)(3 - 4i) = 11 + 2i
    const [x, y] = [
      { re: Float64Array.of(1), im: Float64Array.of(2) },
      { re: Float64Array.of(3), im: Float64Array.of(4) },
    ];
    expect(bind(x, y)).toEqual({ re: Float64Array.of(-5), im: Float64Array.of(10) });
    expect(unbind(x, y)).toEqual({ re: Float64Array.of(11), im: Float64Array.of(2) });
  });
});

describe('a phasor memory', () => {
  it('tells when each item was and what was at each time, and the store is not changed by it', () => {
    const memory = filled();
    const before = JSON.stringify(memory);
    for (let i = 0; i < 6; i++) {
      expect(memory.when(`item ${i}`).value).toBe(10 * i);
      expect(memory.what(10 * i).value).toBe(`item ${i}`);
    }
    expect(memory.size).toBe(6);
    expect(JSON.stringify(memory)).toBe(before);
  });

  it('one item at one time fits it exactly, and a time near it nearly', () => {
    const memory = new PhasorMemory({ clock });
    memory.store('one', 4);
    expect(memory.when('one').score).toBeCloseTo(1, 12);
    const near = memory.what(4.5);
    expect(near.value).toBe('one');
    expect(Math.abs(near.score - Math.exp(-0.125))).toBeLessThan(5 / Math.sqrt(2 * 512));
  });

  it('gives the more prominent of two times of one item', () => {
    const memory = filled();
    memory.store('item 0', 50);
    const chosen = (favorite: number) =>
      memory.when('item 0', { prominence: (time) => (time === favorite ? 2 : 1) }).value;
    expect(chosen(0)).toBe(0);
    expect(chosen(50)).toBe(50);
  });

  it('of oscillators that run apart binds nothing that was bound before, and all of it once they run together', () => {
    // cos of a normal phase of deviation 3 has mean exp(-4.5).
    const memory = filled();
    memory.desynchronize(3);
    expect(Math.max(...memory.fits('item 2').map(Math.abs))).toBeLessThan(0.35);
    memory.store('late', 70);
    expect(memory.when('late').value).toBe(70);
    memory.desynchronize(0);
    for (let i = 0; i < 6; i++) expect(memory.when(`item ${i}`).value).toBe(10 * i);
    expect(memory.fits('late')[6]).toBeLessThan(0.35);
  });

  it('fits as exp(-sigma^2 / 2) at a deviation of sigma', () => {
    const memory = new PhasorMemory({ clock });
    memory.store('one', 4);
    for (const sigma of [0.5, 1, 1.5]) {
      memory.desynchronize(sigma);
      expect(Math.abs(memory.when('one').score - Math.exp(-(sigma ** 2) / 2))).toBeLessThan(
        5 / Math.sqrt(512),
      );
    }
  });

  it('goes through plain data', () => {
    const memory = filled();
    memory.desynchronize(0.4);
    const other = through(memory);
    expect(JSON.stringify(other)).toBe(JSON.stringify(memory));
    expect(other.when('item 3')).toEqual(memory.when('item 3'));
    for (const one of [memory, other]) one.store('more', 99);
    expect(JSON.stringify(other)).toBe(JSON.stringify(memory));
  });

  it('refuses by name what it cannot take', () => {
    const memory = filled();
    expect(() => memory.when('no')).toThrow('PhasorMemory.when: expected an item that was stored, got "no"');
    expect(() => memory.store('x', Number.NaN)).toThrow('expected a finite time, got NaN');
    expect(() => memory.desynchronize(-1)).toThrow('at least 0 radians, got -1');
    expect(() => new PhasorMemory({ clock }).what(0)).toThrow('at least one item');
    expect(() => new Clock({ oscillators: 0 })).toThrow(
      'Clock.oscillators: expected a number of at least 1, got 0',
    );
    const data = JSON.parse(JSON.stringify(memory));
    expect(() => PhasorMemory.fromJSON({ ...data, re: data.times })).toThrow(
      'PhasorMemory.re: expected 512 float64 numbers in base64, got 6',
    );
    expect(() => PhasorMemory.fromJSON({ ...data, schema: 'x' })).toThrow('PhasorMemory.schema');
  });
});
