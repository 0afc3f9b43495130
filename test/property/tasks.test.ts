/** Laws of every task, at random settings: shapes, masks, padding, determinism, and settings that stay valid. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Batch, Task } from '../../src/core/contracts.ts';
import { rng } from '../../src/core/rng.ts';
import { associativeRecall, tasks } from '../../tasks/index.ts';

const upTo = (most: number, least = 1) => fc.integer({ min: least, max: most });
const range = (low: string, high: string, least: number, most: number) =>
  fc
    .tuple(upTo(most, least), upTo(most, least))
    .map(([a, b]) => ({ [low]: Math.min(a, b), [high]: Math.max(a, b) }));

const arbitrary: Record<string, fc.Arbitrary<object>> = {
  copy: fc.tuple(range('minLength', 'maxLength', 1, 9), fc.record({ width: upTo(6) })).map(merge),
  'associative-recall': fc
    .tuple(
      range('minItems', 'maxItems', 2, 6),
      fc.record({ itemLength: upTo(3), width: upTo(6), distinctItems: fc.boolean() }),
    )
    .map(merge)
    .filter((settings) => associativeRecall.settings.safeParse(settings).success),
  'key-value-retrieval': fc.record({ pairs: upTo(26) }),
  adding: range('minLength', 'maxLength', 2, 9),
  capacity: fc.record({ keys: upTo(9, 2), repeats: fc.boolean() }),
  compression: fc.record({ letters: upTo(6, 2), length: upTo(7) }),
  'continuous-mqar': fc.record({ pairs: upTo(6), keySize: upTo(5), valueSize: upTo(5) }),
  dyck: fc
    .tuple(range('minLength', 'maxLength', 2, 12), fc.record({ kinds: upTo(3), maxDepth: upTo(5) }))
    .map(merge),
  'duplicate-string': strings(),
  'dynamic-ngrams': fc.record({ context: upTo(4), length: upTo(20, 5) }),
  'fuzzy-recall': valid(
    'fuzzy-recall',
    fc
      .tuple(
        range('minKey', 'maxKey', 1, 3),
        fc.record({ vocabulary: upTo(12, 4), length: upTo(30, 4), maxValue: upTo(3) }),
      )
      .map(merge),
  ),
  induction: fc.record({ letters: upTo(6, 2), length: upTo(12, 3) }),
  'modular-arithmetic': fc
    .tuple(range('minLength', 'maxLength', 1, 9), fc.record({ modulus: upTo(7, 2) }))
    .map(merge),
  mqar: valid(
    'mqar',
    fc.record({
      vocabulary: upTo(30, 4),
      length: upTo(40, 4),
      pairs: upTo(8),
      power: fc.constantFrom(0.01, 0.5, 1),
      randomBlanks: fc.boolean(),
    }),
  ),
  parity: range('minLength', 'maxLength', 1, 9),
  'priority-sort': fc
    .tuple(
      range('minItems', 'maxItems', 1, 6),
      fc.record({ width: upTo(4), answered: fc.constantFrom(0.1, 0.5, 1) }),
    )
    .map(merge),
  'repeat-copy': fc
    .tuple(
      range('minLength', 'maxLength', 1, 4),
      range('minRepeats', 'maxRepeats', 1, 4),
      range('scalarFrom', 'scalarTo', 1, 4),
      fc.record({ width: upTo(4), count: fc.constantFrom('scalar', 'unary') }),
    )
    .map(merge),
  'reverse-string': strings(),
  'selective-copy': valid(
    'selective-copy',
    fc.record({ letters: upTo(5, 2), count: upTo(4), length: upTo(16, 3) }),
  ),
  'word-problem': fc.record({ group: fc.constantFrom('S3', 'A5', 'S5'), length: upTo(6) }),
};

function strings(): fc.Arbitrary<object> {
  return fc.tuple(range('minLength', 'maxLength', 1, 9), fc.record({ letters: upTo(4, 2) })).map(merge);
}

/** Those that the task takes: some settings bound each other. */
function valid(name: string, all: fc.Arbitrary<object>): fc.Arbitrary<object> {
  return all.filter((settings) => tasks[name]!.settings.safeParse(settings).success);
}

/** Ask here and there, and not of all sequences as often; the others ask at the end, all in one block. */
const asksInBetween = new Set(['mqar', 'fuzzy-recall']);
/** Show numbers; the others bits and symbols. */
const showsNumbers = new Set(['adding', 'continuous-mqar', 'priority-sort', 'repeat-copy']);

describe.each(Object.entries(tasks))('%s', (name, task) => {
  const cases = fc.tuple(arbitrary[name]!, fc.integer({ min: 0, max: 1e6 }), upTo(5));

  it('gives the shapes it says, and never a sequence longer than it says', () => {
    fc.assert(
      fc.property(cases, ([settings, seed, batchSize]) => {
        const sizes = task.sizes(settings);
        const batch = task.sample(settings, rng(seed, 'data'), batchSize);
        expect(batch.inputSize).toBe(sizes.inputSize);
        expect(batch.outputSize).toBe(sizes.outputSize);
        expect(batch.length).toBeLessThanOrEqual(sizes.maxLength);
        expect(batch.inputs.length).toBe(batch.length * batchSize * sizes.inputSize);
        expect(batch.targets.length).toBe(batch.length * batchSize * sizes.outputSize);
        expect(batch.mask.length).toBe(batch.length * batchSize);
      }),
    );
  });

  it('scores something of every sequence, nothing after it, and shows what it says it does', () => {
    fc.assert(
      fc.property(cases, ([settings, seed, batchSize]) => {
        const batch = task.sample(settings, rng(seed, 'data'), batchSize);
        const numbers = showsNumbers.has(name) ? [] : [...batch.inputs, ...batch.targets];
        expect([...numbers, ...batch.mask].every((x) => x === 0 || x === 1)).toBe(true);
        for (let b = 0; b < batchSize; b++) {
          if (!asksInBetween.has(name)) scoredBlockEndsTheSequence(batch, b);
          expect(scoredSteps(batch)[b]).toBeGreaterThan(0);
        }
      }),
    );
  });

  it('pads with zeros: targets only where the mask is, and one sequence fills the length', () => {
    fc.assert(
      fc.property(cases, ([settings, seed, batchSize]) => {
        const batch = task.sample(settings, rng(seed, 'data'), batchSize);
        for (let row = 0; row < batch.mask.length; row++) {
          const target = batch.targets.subarray(row * batch.outputSize, (row + 1) * batch.outputSize);
          if ((batch.trainMask ?? batch.mask)[row] === 0) expect(target.every((x) => x === 0)).toBe(true);
          else if (task.loss === 'symbol') expect(target.reduce((a, x) => a + x, 0)).toBe(1);
        }
        const last = batch.mask.subarray((batch.length - 1) * batchSize);
        if (!asksInBetween.has(name)) expect(last.some((m) => m === 1)).toBe(true);
      }),
    );
  });

  it('is the same for the same seed, another for another, and goes on where its stream was taken', () => {
    const settings = task.settings.parse({});
    const stream = rng(1, 'data');
    const first = task.sample(settings, stream, 4);
    expect(task.sample(settings, rng(1, 'data'), 4)).toEqual(first);
    expect(task.sample(settings, stream, 4)).not.toEqual(first);
    expect(task.sample(settings, rng(2, 'data'), 4)).not.toEqual(first);
  });

  it('keeps its harder settings valid, each of one length, and its lines ordered', () => {
    fc.assert(
      fc.property(arbitrary[name]!, (settings) => {
        expect(task.settings.parse(settings)).toEqual(settings);
        for (const [row, harder] of Object.entries(task.harder(settings))) {
          expect(task.settings.parse(harder)).toEqual(harder);
          // `lengths 41 to 500` is a range on purpose.
          if (!row.startsWith('lengths')) ofOneLength(task, harder);
        }
        const { chance, noBinding = 0, optimum = 0 } = task.lines(settings);
        expect(optimum).toBeGreaterThanOrEqual(0);
        if (noBinding > 0) expect(noBinding).toBeGreaterThanOrEqual(optimum);
        expect(noBinding).toBeLessThanOrEqual(chance);
        expect(task.load(settings)).toBeGreaterThanOrEqual(1);
      }),
      { numRuns: 40 },
    );
  });
});

/** Zeros, then one block of ones, then nothing but padding: no input after the first scored step either. */
function scoredBlockEndsTheSequence(batch: Batch, b: number): void {
  const mask = Array.from({ length: batch.length }, (_, t) => batch.mask[t * batch.batchSize + b]!).join('');
  expect(mask).toMatch(/^0*1+0*$/);
  for (let t = mask.lastIndexOf('1') + 1; t < batch.length; t++) {
    const start = (t * batch.batchSize + b) * batch.inputSize;
    expect(batch.inputs.subarray(start, start + batch.inputSize).every((x) => x === 0)).toBe(true);
  }
}

function ofOneLength(task: Task, harder: unknown): void {
  expect(task.sample(harder, rng(0, 'harder'), 3).length).toBe(task.sizes(harder).maxLength);
  const scored = scoredSteps(task.sample(harder, rng(1, 'harder'), 3));
  if (!asksInBetween.has(task.name)) expect(new Set(scored).size).toBe(1);
}

/** How many steps are scored of each sequence. */
function scoredSteps({ mask, batchSize }: Batch): number[] {
  const scored = new Array<number>(batchSize).fill(0);
  mask.forEach((m, row) => {
    scored[row % batchSize]! += m;
  });
  return scored;
}

function merge(parts: readonly object[]): object {
  return Object.assign({}, ...parts);
}
