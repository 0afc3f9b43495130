import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '../../../src/core/tf.ts';
import { rowLosses, sequenceLoss } from '../../../src/train/loss.ts';
import { expectNoLeak } from '../../support/leaks.ts';

beforeAll(() => tf.setBackend('cpu'));

const answers = (targets: number[][], mask: number[]) => ({
  targets: tf.tensor2d(targets),
  mask: tf.tensor1d(mask),
});

describe('the loss of independent bits', () => {
  it('is ln 2 a bit at logit 0, summed over scored outputs, mean over the batch', () => {
    expectNoLeak(() =>
      tf.tidy(() => {
        // Three steps of two sequences; four rows are scored, three bits each: 4 * 3 ln 2 / 2.
        const targets = Array.from({ length: 6 }, (_, row) => [row % 2, 1, 0]);
        const given = { ...answers(targets, [0, 1, 1, 0, 1, 1]), batchSize: 2 };
        const loss = sequenceLoss('bits', tf.zeros([6, 3]), given);
        expect(loss.dataSync()[0]).toBeCloseTo(6 * Math.LN2, 5);
      }),
    );
  });

  it('is -ln of the probability given to the target', () => {
    tf.tidy(() => {
      // sigmoid(ln 3) = 3/4, sigmoid(-ln 4) = 1/5.
      const given = answers(
        [
          [1, 1],
          [0, 0],
        ],
        [1, 1],
      );
      const logits = tf.tensor2d([
        [Math.log(3), -Math.log(4)],
        [Math.log(3), -Math.log(4)],
      ]);
      const rows = rowLosses('bits', logits, given).dataSync();
      expect(rows[0]).toBeCloseTo(-Math.log(3 / 4) - Math.log(1 / 5), 5);
      expect(rows[1]).toBeCloseTo(-Math.log(1 / 4) - Math.log(4 / 5), 5);
    });
  });

  it('keeps its digits where outputs are saturated, right or wrong', () => {
    tf.tidy(() => {
      const given = answers([[1], [0], [1], [0]], [1, 1, 1, 1]);
      const rows = rowLosses('bits', tf.tensor2d([[30], [-30], [-90], [90]]), given).dataSync();
      expect(rows[0]! / Math.exp(-30)).toBeCloseTo(1, 5);
      expect(rows[1]! / Math.exp(-30)).toBeCloseTo(1, 5);
      expect(rows[2]).toBeCloseTo(90, 4);
      expect(rows[3]).toBeCloseTo(90, 4);
    });
  });

  it('has the gradient (sigmoid(z) - t) mask / B, also for soft targets and at the ends', () => {
    expectNoLeak(() =>
      tf.tidy(() => {
        const given = {
          ...answers(
            [
              [1, 0, 0.25],
              [1, 0, 1],
            ],
            [1, 0],
          ),
          batchSize: 2,
        };
        const at = tf.tensor2d([
          [-100, 0.7, -1.3],
          [1, 2, 3],
        ]);
        const gradient = tf
          .grad((z) => sequenceLoss('bits', z as tf.Tensor2D, given))(at)
          .dataSync();
        const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));
        const expected = [-1, sigmoid(0.7), sigmoid(-1.3) - 0.25].map((value) => value / 2);
        expected.forEach((value, i) => {
          expect(gradient[i]).toBeCloseTo(value, 6);
        });
        expect([...gradient.slice(3)].map(Math.abs)).toEqual([0, 0, 0]);
      }),
    );
  });
});

describe('the loss of values', () => {
  it('is half the squared distance, where the mask is', () => {
    tf.tidy(() => {
      const given = answers(
        [
          [1, -2],
          [0, 0],
        ],
        [1, 0],
      );
      const outputs = tf.tensor2d([
        [4, 2],
        [7, 7],
      ]);
      expect([...rowLosses('value', outputs, given).dataSync()]).toEqual([12.5, 0]);
    });
  });
});

describe('the loss of one symbol', () => {
  it('is ln O at equal logits and -ln softmax of the target elsewhere', () => {
    expectNoLeak(() =>
      tf.tidy(() => {
        const given = answers(
          [
            [0, 1, 0, 0],
            [0, 0, 1, 0],
            [1, 0, 0, 0],
          ],
          [1, 1, 0],
        );
        const logits = tf.tensor2d([
          [2, 2, 2, 2],
          [0, Math.log(2), Math.log(5), 0],
          [1, 2, 3, 4],
        ]);
        const rows = [...rowLosses('symbol', logits, given).dataSync()];
        expect(rows[0]).toBeCloseTo(Math.log(4), 5);
        expect(rows[1]).toBeCloseTo(-Math.log(5 / 9), 5);
        expect(Math.abs(rows[2]!)).toBe(0);
        expect(sequenceLoss('symbol', logits, { ...given, batchSize: 3 }).dataSync()[0]).toBeCloseTo(
          (Math.log(4) + Math.log(9 / 5)) / 3,
          5,
        );
      }),
    );
  });

  it('does not depend on what is added to all logits, however large', () => {
    tf.tidy(() => {
      const given = answers(
        [
          [1, 0],
          [1, 0],
        ],
        [1, 1],
      );
      const rows = rowLosses(
        'symbol',
        tf.tensor2d([
          [1, 3],
          [10_001, 10_003],
        ]),
        given,
      ).dataSync();
      expect(rows[0]).toBeCloseTo(Math.log(1 + Math.exp(2)), 5);
      expect(rows[1]).toBeCloseTo(rows[0]!, 5);
    });
  });
});
