import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ProductShape, products } from '../../src/jit/codegen/matmul/products.ts';
import { blockRows } from '../../src/jit/schedule/program.ts';
import { runProduct } from '../support/wasm.ts';

/** The definition, in float64: C (+)= A B, A Bᵀ or Aᵀ B with a row count for A. */
function reference(
  shape: ProductShape,
  rows: number,
  a: Float32Array,
  b: Float32Array,
  c: Float32Array,
): Float64Array {
  const { form, k, n, leftStride, rightStride, outputStride } = shape;
  const result = Float64Array.from(c);
  const height = form === 'tn' ? k : rows;
  const depth = form === 'tn' ? rows : k;
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < n; j++) {
      let sum = shape.add || form === 'tn' ? result[i * outputStride + j]! : 0;
      for (let d = 0; d < depth; d++) {
        const left = form === 'tn' ? a[d * leftStride + i]! : a[i * leftStride + d]!;
        const right = form === 'nt' ? b[j * rightStride + d]! : b[d * rightStride + j]!;
        sum += left * right;
      }
      result[i * outputStride + j] = sum;
    }
  }
  return result;
}

const size = (most: number) => fc.integer({ min: 1, max: most });
const gap = fc.integer({ min: 0, max: 5 });
const form = fc.constantFrom('nn' as const, 'nt' as const, 'tn' as const);

/** Sizes with everything else that a product depends on. */
const problemOf = (sizes: fc.Arbitrary<{ form: 'nn' | 'nt' | 'tn'; k: number; n: number; rows: number }>) =>
  sizes.chain((chosen) =>
    fc.record({
      sizes: fc.constant(chosen),
      gaps: fc.tuple(gap, gap, gap),
      add: fc.boolean(),
      seed: fc.nat(),
    }),
  );

const problem = problemOf(fc.record({ form, k: size(37), n: size(70), rows: size(19) }));

/** Around the widths of tiles and panels, and around the rows that are copied at a time. */
const panelProblem = problemOf(
  fc.record({
    form,
    k: size(20),
    n: size(72),
    rows: fc.oneof(size(19), fc.integer({ min: blockRows - 2, max: 2 * blockRows + 2 })),
  }),
);

type Problem = typeof problem extends fc.Arbitrary<infer P> ? P : never;

/** Asserts that a product of small whole numbers is exactly what plain loops give, and writes nothing else. */
function expectExact({ sizes, gaps, add, seed }: Problem, relaxed: boolean, panels: boolean): void {
  const { form, k, n, rows } = sizes;
  const shape = {
    form,
    k,
    n,
    add,
    leftStride: k + gaps[0],
    rightStride: (form === 'nt' ? k : n) + gaps[1],
    outputStride: n + gaps[2],
  };
  const a = wholeNumbers(rows * shape.leftStride, seed);
  const b = wholeNumbers((form === 'nn' ? k : form === 'nt' ? n : rows) * shape.rightStride, seed + 1);
  const c = wholeNumbers((form === 'tn' ? k : rows) * shape.outputStride, seed + 2);
  const found = runProduct(shape, relaxed, { a, b, c, rows }, panels);
  // Adding 0 makes both zeros one.
  expect([...found].map((x) => x + 0)).toEqual([...reference(shape, rows, a, b, c)].map((x) => x + 0));
}

/** Small whole numbers, so that every order of summation gives the same float32 result exactly. */
function wholeNumbers(length: number, seed: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => ((Math.imul(i + seed, 2654435761) >>> 16) % 17) - 8);
}

describe.each([
  ['multiply and add', false],
  ['relaxed multiply-add', true],
] as const)('products, %s', (_, relaxed) => {
  it('equal plain loops for any sizes and strides, and write nothing else', () => {
    fc.assert(
      fc.property(problem, (one) => expectExact(one, relaxed, false)),
      { numRuns: 150 },
    );
  });

  it('do so by panels, too', () => {
    fc.assert(
      fc.property(panelProblem, (one) => expectExact(one, relaxed, true)),
      { numRuns: 200 },
    );
  });

  it('read no number outside the rows in a way that shows', () => {
    const shape = {
      form: 'nt',
      k: 5,
      n: 3,
      leftStride: 7,
      rightStride: 6,
      outputStride: 3,
      add: false,
    } as const;
    const a = new Float32Array(2 * 7).fill(Number.NaN);
    const b = new Float32Array(3 * 6).fill(Number.POSITIVE_INFINITY);
    for (let i = 0; i < 2; i++) a.fill(1, 7 * i, 7 * i + 5);
    for (let j = 0; j < 3; j++) b.fill(2, 6 * j, 6 * j + 5);
    expect([...runProduct(shape, relaxed, { a, b, c: new Float32Array(6), rows: 2 })]).toEqual(
      Array(6).fill(10),
    );
  });

  const large = [
    ['nn', 21, 45, 600],
    ['nt', 21, 45, 600],
    ['tn', 21, 45, 600],
    ['nn', 265, 515, 9],
    ['nt', 515, 265, 9],
    ['tn', 131, 265, 300],
  ] as const;

  it.each(large)('%s %i x %i of %i rows is within rounding, by panels too', (form, k, n, rows) => {
    const shape = {
      form,
      k,
      n,
      leftStride: k,
      rightStride: form === 'nt' ? k : n,
      outputStride: n,
      add: false,
    };
    const noise = (length: number, seed: number) =>
      Float32Array.from({ length }, (_, i) => Math.sin(i * 1.7 + seed));
    const [a, b] = [noise(rows * k, 1), noise(form === 'tn' ? rows * n : k * n, 2)];
    const c = new Float32Array((form === 'tn' ? k : rows) * n);
    const expected = reference(shape, rows, a, b, c);
    for (const panels of [false, true]) {
      const found = runProduct(shape, relaxed, { a, b, c, rows }, panels);
      const wrong = expected.findIndex(
        (wanted, i) => !(Math.abs(found[i]! - wanted) < 3e-5 + 1e-5 * Math.abs(wanted)),
      );
      expect(wrong).toBe(-1);
    }
  });

  it('a row of a panel never shows what is in another row', () => {
    // What is not a number stays in the row of C that it belongs to, and beyond the columns it shows nowhere.
    const shape = {
      form: 'nn',
      k: 3,
      n: 9,
      leftStride: 4,
      rightStride: 10,
      outputStride: 9,
      add: false,
    } as const;
    const a = Float32Array.from({ length: 8 }, (_, i) => (i % 4 === 3 ? Number.NaN : 1));
    const b = Float32Array.from({ length: 30 }, (_, i) => (i % 10 === 9 ? Number.NaN : 2));
    const found = runProduct(shape, relaxed, { a, b, c: new Float32Array(18), rows: 2 }, true);
    expect([...found]).toEqual(Array(18).fill(6));
  });
});

it('one shape is assembled once', async () => {
  const { Module } = await import('../../src/jit/wasm/module.ts');
  const product = products(new Module({ initial: 1, maximum: 1, shared: false }), false);
  const shape = {
    form: 'nn',
    k: 2,
    n: 3,
    leftStride: 2,
    rightStride: 3,
    outputStride: 3,
    add: false,
  } as const;
  expect(product(shape)).toBe(product({ ...shape }));
  expect(product({ ...shape, add: true })).not.toBe(product(shape));
});
