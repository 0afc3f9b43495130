import { describe, expect, it } from 'vitest';
import type { Batch, Engine, Task } from '../../../src/core/contracts.ts';
import { evaluateSet, evaluationSet, scores, tally } from '../../../src/train/evaluate.ts';
import { regrouped } from '../../../src/train/regroup.ts';
import { tasks } from '../../../tasks/index.ts';
import { echo } from './toy.ts';

/** Three steps of two sequences; the second sequence's last step is not scored. */
const batch: Batch = {
  length: 3,
  batchSize: 2,
  inputSize: 1,
  outputSize: 2,
  inputs: new Float32Array(6),
  // step 0: both not scored.            step 1                step 2
  targets: Float32Array.of(1, 1, 1, 1, /**/ 1, 0, 0, 1, /**/ 0, 1, 1, 1),
  mask: Float32Array.of(0, 0, 1, 1, 1, 0),
};

describe('scores of bits', () => {
  // Sequence 0: (1,0) with logits (ln 3, 0), then (0,1) with (-2, 5). Sequence 1: (0,1) with (ln 4, -0.5).
  const logits = Float32Array.of(9, 9, 9, 9, Math.log(3), 0, Math.log(4), -0.5, -2, 5, 9, 9);

  it('sum cross-entropy over scored outputs and count thresholded errors', () => {
    const nats =
      Math.log(4 / 3) +
      Math.log(2) +
      Math.log(1 + Math.exp(-2)) +
      Math.log(1 + Math.exp(-5)) + // sequence 0
      Math.log(5) +
      Math.log(1 + Math.exp(0.5)); // sequence 1
    const found = scores('bits', [tally('bits', batch, logits)]);
    expect(found.bitsPerSequence).toBeCloseTo(nats / Math.LN2 / 2, 6);
    expect(found).toEqual({
      sequences: 2,
      bitsPerSequence: found.bitsPerSequence,
      bitErrorsPerSequence: 1,
      wrongBitsPercent: expect.closeTo((100 * 2) / 6, 10),
      exactAccuracy: 0.5,
    });
  });

  it('are means over all batches, weighed by their sequences', () => {
    const perfect = { sequences: 6, nats: 0, answers: 30, wrong: 0, exact: 6 };
    const found = scores('bits', [tally('bits', batch, logits), perfect]);
    expect(found.sequences).toBe(8);
    expect(found.exactAccuracy).toBe(7 / 8);
    expect(found.bitErrorsPerSequence).toBe(2 / 8);
    expect(found.wrongBitsPercent).toBeCloseTo((100 * 2) / 36, 10);
  });

  it('are not finite when a logit is not', () => {
    const spoiled = logits.map((value, i) => (i === 4 ? Number.NaN : value));
    expect(scores('bits', [tally('bits', batch, spoiled)]).bitsPerSequence).toBeNaN();
  });
});

describe('scores of symbols', () => {
  const symbols = { ...batch, targets: Float32Array.of(1, 0, 1, 0, /**/ 1, 0, 0, 1, /**/ 0, 1, 1, 0) };
  // Sequence 0 right then wrong, sequence 1 right.
  const logits = Float32Array.of(
    0,
    9,
    0,
    9,
    /**/ 100 + Math.log(3),
    100,
    -1,
    -1 + Math.log(7),
    /**/ 2,
    1,
    0,
    0,
  );

  it('count right answers and sum cross-entropy', () => {
    const nats = Math.log(4 / 3) + Math.log(1 + Math.E) + Math.log(8 / 7);
    const found = scores('symbol', [tally('symbol', symbols, logits)]);
    expect(found.bitsPerSequence).toBeCloseTo(nats / Math.LN2 / 2, 5);
    expect(found).toEqual({
      sequences: 2,
      bitsPerSequence: found.bitsPerSequence,
      exactAccuracy: 0.5,
      accuracy: expect.closeTo(2 / 3, 10),
      errorPercent: expect.closeTo(100 / 3, 10),
    });
  });
});

describe('scores of values', () => {
  it('are mean squared errors, and a value is right when it is nearer than 0.04', () => {
    const values = { ...batch, targets: Float32Array.of(1, 0, 5, 0, /**/ 2, 0, 0, 3, /**/ 9, 9, 1, 0) };
    const off = [...values.targets];
    // Sequence 0 at step 1, sequence 1 at step 1.
    off[4]! += 0.03;
    off[7]! -= 2;
    const found = scores('value', [tally('value', values, Float32Array.from(off))]);
    const squares = 0.03 ** 2 + 4;
    expect(found.bitsPerSequence).toBeCloseTo(squares / 2 / Math.LN2 / 2, 6);
    expect(found).toEqual({
      sequences: 2,
      bitsPerSequence: found.bitsPerSequence,
      exactAccuracy: 0.5,
      accuracy: expect.closeTo(5 / 6, 10),
      errorPercent: expect.closeTo(100 / 6, 10),
      squaredError: expect.closeTo(squares / 6, 6),
    });
  });
});

describe('the evaluation set', () => {
  it('is fixed by the seed, and as large as asked with the last batch cut', () => {
    const options = { seed: 4, sequences: 10, batchSize: 4 };
    const set = [...evaluationSet(echo, { length: 3 }, options)];
    expect(set.map(({ batchSize }) => batchSize)).toEqual([4, 4, 2]);
    expect([...evaluationSet(echo, { length: 3 }, options)]).toEqual(set);
    expect([...evaluationSet(echo, { length: 3 }, { ...options, seed: 5 })]).not.toEqual(set);
  });

  it('draws no further than it is looked at', () => {
    let drawn = 0;
    const counted: typeof echo = {
      ...echo,
      sample(...given) {
        drawn++;
        return echo.sample(...given);
      },
    };
    const plan = { seed: 4, sequences: 10, batchSize: 4, wanted: 1_000_000 };
    evaluationSet(counted, { length: 3 }, plan).next();
    expect(drawn).toBe(1);
  });

  it('is scored whole by an engine', () => {
    const set = evaluationSet(echo, { length: 3 }, { seed: 4, sequences: 10, batchSize: 4 });
    // An engine that knows: large logits of the right sign.
    const evaluate = ({ targets }: Batch) => ({ logits: targets.map((target) => (target - 0.5) * 100) });
    expect(evaluateSet({ evaluate } as unknown as Engine, 'bits', set)).toEqual({
      sequences: 10,
      bitsPerSequence: expect.closeTo(0, 10),
      bitErrorsPerSequence: 0,
      wrongBitsPercent: 0,
      exactAccuracy: 1,
    });
  });
});

/** What one sequence of a batch is, step by step up to the last that is scored, and that nothing comes after it. */
function sequenceOf(batch: Batch, b: number): unknown {
  const { length, batchSize, inputSize, outputSize, inputs, targets, mask } = batch;
  const steps = Array.from({ length }, (_, t) => {
    const row = t * batchSize + b;
    return {
      input: [...inputs.subarray(row * inputSize, (row + 1) * inputSize)],
      target: [...targets.subarray(row * outputSize, (row + 1) * outputSize)],
      scored: mask[row],
    };
  });
  const end = steps.findLastIndex(({ scored }) => scored === 1) + 1;
  const after = steps.slice(end).flatMap(({ input, target, scored }) => [...input, ...target, scored!]);
  expect(after.every((value) => value === 0)).toBe(true);
  return steps.slice(0, end);
}

const sequencesOf = (batches: Iterable<Batch>) =>
  [...batches].flatMap((batch) => Array.from({ length: batch.batchSize }, (_, b) => sequenceOf(batch, b)));

/**
 * Logits that a stateful but causal model could give: of each sequence, sums over what it has seen so far. The same
 * sequence has the same ones wherever it stands.
 */
const summing = {
  evaluate({ length, batchSize, inputSize, outputSize, inputs }: Batch) {
    const logits = new Float32Array(length * batchSize * outputSize);
    for (let b = 0; b < batchSize; b++) {
      let seen = 0;
      for (let t = 0; t < length; t++)
        for (let i = 0; i < outputSize; i++) {
          const row = t * batchSize + b;
          seen += inputs[row * inputSize + (i % inputSize)]! * (i + 1);
          logits[row * outputSize + i] = Math.sin(seen + i + t);
        }
    }
    return { logits };
  },
} as unknown as Engine;

const drawn: [Task, object][] = [
  [tasks.copy!, { minLength: 1, maxLength: 9, width: 3 }],
  [tasks['associative-recall']!, { minItems: 2, maxItems: 5, itemLength: 2, width: 3, distinctItems: false }],
  [tasks['key-value-retrieval']!, { pairs: 3 }],
  [tasks.adding!, { minLength: 2, maxLength: 9 }],
  [tasks.parity!, { minLength: 1, maxLength: 9 }],
  [tasks['fuzzy-recall']!, { vocabulary: 8, length: 16, minKey: 1, maxKey: 2, maxValue: 2 }],
  [tasks['priority-sort']!, { minItems: 1, maxItems: 6, answered: 0.8, width: 3 }],
];

describe.each(drawn)('the evaluation set of $name', (task, settings) => {
  const plan = { seed: 9, sequences: 23, batchSize: 10 };
  const set = (changed: object = {}) => [...evaluationSet(task, settings, { ...plan, ...changed })];

  it.each([1, 4, 10, 23, 24, 50, 60])('has the same sequences where %i are wanted', (wanted) => {
    const [most, some] = [sequencesOf(set({ wanted: 60 })), sequencesOf(set({ wanted }))];
    expect(some.length).toBe(wanted);
    expect(some).toEqual(most.slice(0, wanted));
    expect(sequencesOf(set())).toEqual(most.slice(0, 23));
  });

  it.each([1, 2, 7, 10, 23, 100])('has the same sequences and scores, %i at a time', (batchSize) => {
    const batches = [...regrouped(set(), batchSize)];
    const full = Math.floor(23 / batchSize);
    const sizes = [...Array<number>(full).fill(batchSize), ...(23 % batchSize ? [23 % batchSize] : [])];
    expect(batches.map((batch) => batch.batchSize)).toEqual(sizes);
    expect(sequencesOf(batches)).toEqual(sequencesOf(set()));
    expect(evaluateSet(summing, task.loss, set(), batchSize)).toEqual(evaluateSet(summing, task.loss, set()));
  });
});

it('a batch that no array could hold is refused before it is made', () => {
  const wide = { ...batch, batchSize: 1, inputSize: 2 ** 28, inputs: new Float32Array(0) };
  expect(() => [...regrouped([wide, wide], 2)]).toThrow(
    /expected at most 536870912 numbers, got 3 steps x 2/,
  );
});
