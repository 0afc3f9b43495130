import { describe, expect, it } from 'vitest';
import { type ElementFunction, functions } from '../../../../src/jit/ir/functions.ts';
import { elementwise } from '../../../support/wasm.ts';

const builds = [
  ['multiply and add', false],
  ['relaxed multiply-add', true],
] as const;

/** The distance between neighbouring float32 numbers at x. */
function ulp(x: number): number {
  const size = Math.abs(Math.fround(x));
  return size < 2 ** -126 ? 2 ** -149 : 2 ** (Math.floor(Math.log2(size)) - 23);
}

const count = 40_000;
/** Evenly spread, off the round numbers. */
const even = (low: number, high: number) =>
  Float32Array.from({ length: count }, (_, i) => low + ((high - low) * (i + 0.37)) / count);
/** Evenly spread exponents. */
const scales = (low: number, high: number) =>
  Float32Array.from({ length: count }, (_, i) => low * (high / low) ** ((i + 0.37) / count));

const largest = (values: Float32Array, error: (value: number, i: number) => number) =>
  values.reduce((worst, value, i) => Math.max(worst, error(value, i)), 0);

const inUlp: [ElementFunction, number, Float32Array[]][] = [
  ['exp', 1.3, [even(-86.9, 88.7), even(-1, 1)]],
  ['expm1', 1.5, [even(-20, 88.7), even(-1, 1), scales(1e-40, 1)]],
  ['log', 0.9, [scales(1e-40, 3e38), even(0.5, 2)]],
  ['log1p', 1.3, [scales(1e-40, 3e38), even(-0.999, 2)]],
  ['tanh', 6, [even(-12, 12), scales(1e-40, 1)]],
  ['sigmoid', 3, [even(-85, 85), even(-5, 5)]],
  ['softplus', 3, [even(-85, 85), even(-5, 5)]],
];

describe.each(builds)('elementary functions, %s', (_, relaxed) => {
  it.each(inUlp)('%s is within %f ulp', (name, bound, samples) => {
    const f = functions[name].meaning;
    const run = elementwise(name, relaxed);
    for (const x of samples) {
      expect(largest(run(x), (y, i) => Math.abs(y - f(x[i]!)) / ulp(f(x[i]!)))).toBeLessThan(bound);
    }
  });

  it.each([
    ['sin', 1e-7, 8192],
    ['cos', 1e-7, 8192],
    ['erf', 5e-7, 6],
  ] as const)('%s is within %f', (name, bound, range) => {
    const x = even(-range, range);
    expect(
      largest(elementwise(name, relaxed)(x), (y, i) => Math.abs(y - functions[name].meaning(x[i]!))),
    ).toBeLessThan(bound);
  });

  it.each([
    [10, 2.5],
    [200, 30],
  ])('power with exponents up to %i is within %f ulp', (limit, bound) => {
    const a = scales(1e-30, 1e30);
    const b = Float32Array.from(a, (value, i) => {
      const range = Math.min(limit, 80 / Math.abs(Math.log(value)));
      return range * (((i * 0.618) % 2) - 1);
    });
    const error = (y: number, i: number) => Math.abs(y - a[i]! ** b[i]!) / ulp(a[i]! ** b[i]!);
    expect(largest(elementwise('power', relaxed)(a, b), error)).toBeLessThan(bound);
  });
});

describe.each(builds)('saturation, %s', (_, relaxed) => {
  it('tanh leaves no slope where weights are huge', () => {
    const x = scales(2 ** 15, 3e38);
    for (const sign of [1, -1]) {
      const y = elementwise('tanh', relaxed)(x.map((value) => sign * value));
      expect(y.every((value) => value === sign)).toBe(true);
    }
  });
});

const infinity = Number.POSITIVE_INFINITY;
const edges = [
  0,
  -0,
  1e-45,
  -1e-40,
  1e-30,
  -1e-30,
  1e30,
  -1e30,
  88,
  -88,
  104,
  -104,
  infinity,
  -infinity,
  Number.NaN,
];

/** The float32 nearest to the definition; where the definition is below 2^-125 the code may give 0. */
function expectDefinition(found: number, wanted: number, what: string): void {
  const close = Math.abs(found - wanted) <= Math.abs(wanted) * 1e-6;
  const flushed = Math.abs(wanted) < 2 ** -125 && Math.abs(found) <= Math.abs(wanted) * (1 + 1e-6);
  expect(Object.is(found, wanted) || close || flushed, `${what} = ${found}, wanted ${wanted}`).toBe(true);
}

const round = (value: number) => Math.fround(value);

describe('edges', () => {
  const ofOne = [
    'exp',
    'expm1',
    'log',
    'log1p',
    'tanh',
    'sigmoid',
    'softplus',
    'sqrt',
    'sign',
    'round',
  ] as const;
  it.each([...ofOne, 'floor', 'ceil', 'negate', 'absolute', 'reciprocal', 'not', 'isNaN'] as const)(
    '%s',
    (name) => {
      const x = Float32Array.from([...edges, 1, -1, 0.5, 1.5, -2.5, 3]);
      elementwise(
        name,
        true,
      )(x).forEach((y, i) => {
        expectDefinition(y, round(functions[name].meaning(x[i]!)), `${name}(${x[i]})`);
      });
    },
  );

  it.each([
    'power',
    'maximum',
    'minimum',
    'less',
    'lessEqual',
    'equal',
    'notEqual',
    'and',
    'or',
    'add',
    'divide',
  ] as const)('%s', (name) => {
    const numbers = [...edges, 1, -1, 0.5, 2, 3, -7, 50];
    const a = Float32Array.from(numbers.flatMap((value) => numbers.map(() => value)));
    const b = Float32Array.from(numbers.flatMap(() => numbers));
    elementwise(name, false)(a, b).forEach((y, i) => {
      expectDefinition(y, round(functions[name].meaning(a[i]!, b[i]!)), `${name}(${a[i]}, ${b[i]})`);
    });
  });

  it('remainder takes the sign of the divisor', () => {
    const a = Float32Array.from([5, -5, 5, -5, 5.5, 0]);
    const b = Float32Array.from([3, 3, -3, -3, 2, 4]);
    expect([...elementwise('remainder', false)(a, b)]).toEqual([2, 1, -1, -2, 1.5, 0]);
  });

  it('select takes any number but 0 as true', () => {
    const condition = Float32Array.from([0, -0, 1, -0.5, Number.NaN]);
    const run = elementwise('select', false);
    expect([...run(condition, new Float32Array(5).fill(2), new Float32Array(5).fill(3))]).toEqual([
      3, 3, 2, 2, 2,
    ]);
  });

  it('tanh, sin and cos never leave [-1, 1]', () => {
    const x = Float32Array.from([...edges.slice(0, -1), ...even(-20, 20)]);
    for (const name of ['tanh', 'sin', 'cos'] as const) {
      expect(
        largest(elementwise(name, true)(x), (y) => (Number.isNaN(y) ? 0 : Math.abs(y))),
      ).toBeLessThanOrEqual(1);
    }
  });
});
