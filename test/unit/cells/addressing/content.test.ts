import { beforeAll, describe, expect, it } from 'vitest';
import { contentWeights } from '../../../../src/cells/addressing/content.ts';
import * as tf from '../../../../src/core/tf.ts';
import { expectNoLeak } from '../../../support/leaks.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

interface Given {
  readonly memory: number[][];
  readonly keys: number[][];
  readonly strengths: number[];
  readonly score?: number[][];
}

/** Weights of one example, a row a head. */
function weightsOf({ memory, keys, strengths, score }: Given): number[][] {
  let rows: number[][] = [];
  expectNoLeak(() => {
    rows = tf.tidy(
      () =>
        contentWeights({
          memory: tf.tensor3d([memory]),
          key: tf.tensor3d([keys]),
          strength: tf.tensor3d([strengths.map((strength) => [strength])]),
          ...(score && { score: tf.tensor3d([score]) }),
        }).arraySync()[0]!,
    );
  });
  return rows;
}

function expectRows(actual: number[][], expected: number[][], digits = 6): void {
  expect(actual.map((row) => row.length)).toEqual(expected.map((row) => row.length));
  actual.forEach((row, head) => {
    row.forEach((value, slot) => {
      expect(value, `head ${head} slot ${slot}`).toBeCloseTo(expected[head]![slot]!, digits);
    });
  });
}

describe('content addressing by hand, three slots', () => {
  // Cosines to [3,4]: 0.6, 0.8 and -1, whatever the lengths.
  const memory = [
    [2, 0],
    [0, 0.1],
    [-6, -8],
  ];

  it('weighs slots by the exponential of strength times cosine', () => {
    const powers = (strength: number) => [0.6, 0.8, -1].map((cosine) => Math.exp(strength * cosine));
    const normalized = (values: number[]) => {
      const total = values[0]! + values[1]! + values[2]!;
      return values.map((value) => value / total);
    };
    expectRows(
      weightsOf({
        memory,
        keys: [
          [3, 4],
          [0.3, 0.4],
        ],
        strengths: [1, 5],
      }),
      [normalized(powers(1)), normalized(powers(5))],
    );
    // Written out for strength ln 2: 2^0.6, 2^0.8, 2^-1 over their sum.
    expectRows(weightsOf({ memory, keys: [[3, 4]], strengths: [Math.LN2] }), [
      [1.515716566 / 3.756817692, 1.741101127 / 3.756817692, 0.5 / 3.756817692],
    ]);
  });

  it('weighs all slots equally at strength 0', () => {
    expectRows(weightsOf({ memory, keys: [[3, 4]], strengths: [0] }), [[1 / 3, 1 / 3, 1 / 3]]);
  });

  it('points at the likest slot alone at strength 500', () => {
    expectRows(weightsOf({ memory, keys: [[3, 4]], strengths: [500] }), [[0, 1, 0]]);
  });

  it('adds the score before the softmax', () => {
    // Equal cosines, so the weights are those of the score: 1 : 2 : 4.
    const same = [
      [1, 1],
      [1, 1],
      [1, 1],
    ];
    expectRows(
      weightsOf({
        memory: same,
        keys: [[1, 1]],
        strengths: [3],
        score: [[0, Math.log(2), Math.log(4)]],
      }),
      [[1 / 7, 2 / 7, 4 / 7]],
    );
  });

  it('keeps the cosine to three digits in fresh memory of 1e-6', () => {
    const fresh = (sign: number) => Array.from({ length: 20 }, (_, i) => (i < 10 ? 1e-6 : sign * 1e-6));
    const weights = weightsOf({
      memory: [fresh(1), fresh(-1), fresh(-1)],
      keys: [Array(20).fill(0.3)],
      strengths: [1],
    });
    // Cosines 1, 0, 0: e : 1 : 1. A larger floor would pull the first toward a third.
    expectRows(weights, [[Math.E / (Math.E + 2), 1 / (Math.E + 2), 1 / (Math.E + 2)]], 3);
  });
});

describe('content addressing at its edges', () => {
  const zeros = [
    [0, 0],
    [0, 0],
    [0, 0],
  ];

  it('is uniform, with a finite gradient, for a key or memory of zeros', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        const strength = tf.tensor3d([[[5]]]);
        const first = tf.tensor3d([[[1, 0, 0]]]);
        const loss = (memory: tf.Tensor, key: tf.Tensor): tf.Scalar =>
          tf.sum(
            tf.mul(
              contentWeights({ memory: memory as tf.Tensor3D, key: key as tf.Tensor3D, strength }),
              first,
            ),
          );
        for (const [memory, key] of [
          [zeros, [0, 0]],
          [zeros, [1, 2]],
          [
            [[1, 2], ...zeros.slice(1)],
            [0, 0],
          ],
        ] as const) {
          const given = [tf.tensor3d([memory as number[][]]), tf.tensor3d([[key as unknown as number[]]])];
          expect(loss(given[0]!, given[1]!).dataSync()[0]).toBeCloseTo(1 / 3, 6);
          for (const gradient of tf.grads(loss)(given))
            expect([...gradient.dataSync()].every(Number.isFinite)).toBe(true);
        }
      });
    });
  });

  it('does not overflow at a strength of 1e4', () => {
    const rows = weightsOf({
      memory: [
        [1, 0],
        [0, 1],
        [-1, 0],
      ],
      keys: [[1, 0]],
      strengths: [1e4],
    });
    expectRows(rows, [[1, 0, 0]]);
  });
});
