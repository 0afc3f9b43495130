import { describe, expect, it } from 'vitest';
import type { Batch, Engine } from '../../../src/core/contracts.ts';
import { evaluateSet, evaluationSet, scores, tally } from '../../../src/train/evaluate.ts';
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
    const set = evaluationSet(echo, { length: 3 }, options);
    expect(set.map(({ batchSize }) => batchSize)).toEqual([4, 4, 2]);
    expect(evaluationSet(echo, { length: 3 }, options)).toEqual(set);
    expect(evaluationSet(echo, { length: 3 }, { ...options, seed: 5 })).not.toEqual(set);
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
