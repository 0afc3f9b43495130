/** Every operation that TensorFlow.js gives no gradient, or a wrong one: values by plain loops, gradients by differences. */
import { beforeAll, describe, expect, it } from 'vitest';
import { openBackend } from '../../../../src/core/backend.ts';
import { rng } from '../../../../src/core/rng.ts';
import * as tf from '../../../../src/core/tf.ts';

/** Row-major numbers of a shape, in float64. */
interface Values {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

const size = (shape: readonly number[]) => shape.reduce((product, length) => product * length, 1);
const at = (values: Values, ...index: number[]) =>
  values.data[index.reduce((place, i, axis) => place * values.shape[axis]! + i, 0)]!;
const range = (n: number) => [...Array(n).keys()];

/** Fills a shape from a function of the index. */
function made(shape: readonly number[], value: (...index: number[]) => number): Values {
  const data = Float64Array.from({ length: size(shape) }, (_, place) => {
    const index: number[] = [];
    let rest = place;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index.unshift(rest % shape[axis]!);
      rest = Math.floor(rest / shape[axis]!);
    }
    return value(...index);
  });
  return { shape, data };
}

interface Case {
  readonly inputs: readonly (readonly number[])[];
  readonly run: (...inputs: tf.Tensor[]) => tf.Tensor;
  readonly reference: (...inputs: Values[]) => Values;
  /** Elements set to zero, where a gradient by division would be NaN. */
  readonly zeros?: readonly number[];
}

/** Indices of the k largest of a line, in order. */
const largest = (line: readonly number[], k: number) =>
  range(line.length)
    .sort((a, b) => line[b]! - line[a]!)
    .slice(0, k);

const cumprod = (x: Values, { exclusive = false, reverse = false }): Values => {
  const [, n] = x.shape as [number, number];
  return made(x.shape, (b, j) =>
    range(n)
      .filter((i) => (reverse ? i > j : i < j) || (i === j && !exclusive))
      .reduce((product, i) => product * at(x, b, i), 1),
  );
};

/** A line of three channels under a filter of three places and two results. */
const line = (x: Values, filter: Values, { stride = 1, dilation = 1, before = 0, steps = 0 }): Values =>
  made([x.shape[0]!, steps, filter.shape[2]!], (b, t, d) => {
    let sum = 0;
    for (let k = 0; k < filter.shape[0]!; k++)
      for (let c = 0; c < x.shape[2]!; c++) {
        const place = t * stride + k * dilation - before;
        if (place >= 0 && place < x.shape[1]!) sum += at(x, b, place, c) * at(filter, k, c, d);
      }
    return sum;
  });

const pick = (x: Values, places: readonly number[]) =>
  made([x.shape[0]!, places.length], (b, i) => at(x, b, places[i]!));

const cases: Record<string, Case> = {
  'batchNorm2d without a scale': {
    inputs: [[4, 3], [3], [3]],
    run: (x, mean, offset) => tf.batchNorm2d(x as tf.Tensor2D, mean!, tf.tensor1d([0.5, 1, 2]), offset),
    reference: (x, mean, offset) =>
      made([4, 3], (i, j) => (at(x!, i, j) - at(mean!, j)) / Math.sqrt(0.5 * 2 ** j + 1e-3) + at(offset!, j)),
  },
  'batchNorm of three axes by a variance of each channel, with a scale alone': {
    inputs: [[2, 2, 3], [3]],
    run: (x, scale) => {
      const variance = tf.add(tf.square(scale!), 1);
      return tf.batchNorm3d(x as tf.Tensor3D, tf.zeros([3]), variance, undefined, scale, 0.1);
    },
    reference: (x, scale) =>
      made([2, 2, 3], (b, i, j) => {
        const own = at(scale!, j);
        return (at(x!, b, i, j) / Math.sqrt(own * own + 1.1)) * own;
      }),
  },
  'where with greater': {
    inputs: [
      [3, 4],
      [3, 4],
    ],
    run: (a, b) => tf.where(tf.greater(a!, b!), tf.mul(a!, 3), tf.square(b!)),
    reference: (a, b) =>
      made([3, 4], (i, j) => (at(a!, i, j) > at(b!, i, j) ? 3 * at(a!, i, j) : at(b!, i, j) ** 2)),
  },
  'a product with comparisons and logic': {
    inputs: [[3, 4], [4]],
    run: (a, b) => {
      const some = tf.logicalOr(
        tf.less(a!, b!),
        tf.logicalAnd(tf.lessEqual(a!, 1), tf.logicalNot(tf.equal(a!, b!))),
      );
      return tf.mul(a!, tf.add(tf.cast(some, 'float32'), tf.cast(tf.notEqual(a!, b!), 'float32')));
    },
    reference: (a, b) =>
      made([3, 4], (i, j) => {
        const [x, y] = [at(a!, i, j), at(b!, j)];
        return x * (Number(x < y || (x <= 1 && x !== y)) + Number(x !== y));
      }),
  },
  'any and all of a line': {
    inputs: [[3, 4]],
    run: (a) =>
      tf.mul(
        a!,
        tf.add(
          tf.cast(tf.any(tf.greater(a!, 1), 1, true), 'float32'),
          tf.cast(tf.all(tf.less(a!, 1), 1, true), 'float32'),
        ),
      ),
    reference: (a) =>
      made([3, 4], (i, j) => {
        const row = range(4).map((k) => at(a!, i, k));
        return at(a!, i, j) * (Number(row.some((v) => v > 1)) + Number(row.every((v) => v < 1)));
      }),
  },
  floorDiv: {
    inputs: [[3, 4]],
    run: (a) => tf.mul(a!, tf.floorDiv(a!, tf.scalar(0.4))),
    reference: (a) => made([3, 4], (i, j) => at(a!, i, j) * Math.floor(at(a!, i, j) / Math.fround(0.4))),
  },
  'cast to whole numbers': {
    inputs: [[3, 4]],
    run: (a) => tf.mul(a!, tf.cast(tf.mul(a!, 2.7), 'int32')),
    reference: (a) => made([3, 4], (i, j) => at(a!, i, j) * Math.trunc(at(a!, i, j) * 2.7)),
  },
  'prod of a line with a zero': {
    inputs: [[2, 5]],
    zeros: [3],
    run: (a) => tf.prod(a!, -1),
    reference: (a) => made([2], (i) => range(5).reduce((product, j) => product * at(a!, i, j), 1)),
  },
  'prod over two axes, and of all': {
    inputs: [[2, 3, 2]],
    run: (a) => tf.mul(tf.prod(a!, [0, 2]), tf.prod(a!)),
    reference: (a) => {
      const whole = a!.data.reduce((product, value) => product * value, 1);
      return made(
        [3],
        (j) => whole * [0, 1].flatMap((i) => [at(a!, i, j, 0), at(a!, i, j, 1)]).reduce((p, v) => p * v, 1),
      );
    },
  },
  ...Object.fromEntries(
    [
      { exclusive: false, reverse: false },
      { exclusive: true, reverse: false },
      { exclusive: false, reverse: true },
      { exclusive: true, reverse: true },
    ].map((how): [string, Case] => [
      `cumprod ${JSON.stringify(how)}`,
      {
        inputs: [[2, 5]],
        zeros: [2],
        run: (a) => tf.cumprod(a!, 1, how.exclusive, how.reverse),
        reference: (a) => cumprod(a!, how),
      },
    ]),
  ),
  'cumprod along the first axis': {
    inputs: [[4, 2]],
    run: (a) => tf.cumprod(a!, 0),
    reference: (a) => made([4, 2], (i, j) => range(i + 1).reduce((product, k) => product * at(a!, k, j), 1)),
  },
  'cumsum along the first of three axes': {
    inputs: [[4, 2, 3]],
    run: (a) => tf.cumsum(a!, 0),
    reference: (a) => made([4, 2, 3], (i, j, k) => range(i + 1).reduce((sum, l) => sum + at(a!, l, j, k), 0)),
  },
  'topk, the values': {
    inputs: [[3, 5]],
    run: (a) => tf.mul(tf.topk(a!, 3).values, tf.tensor1d([1, 2, 4])),
    reference: (a) =>
      made([3, 3], (i, k) => {
        const row = range(5).map((j) => at(a!, i, j));
        return row[largest(row, 3)[k]!]! * 2 ** k;
      }),
  },
  'what topk picks, picked again by gather': {
    inputs: [
      [3, 5],
      [3, 5, 2],
    ],
    run: (a, b) => tf.gather(b!, tf.topk(a!, 2).indices, 1, 1),
    reference: (a, b) =>
      made([3, 2, 2], (i, k, c) => {
        const row = range(5).map((j) => at(a!, i, j));
        return at(b!, i, largest(row, 2)[k]!, c);
      }),
  },
  'gather at fixed places, one of them twice': {
    inputs: [[3, 5]],
    run: (a) => tf.gather(a!, tf.tensor1d([4, 1, 1], 'int32'), 1),
    reference: (a) => pick(a!, [4, 1, 1]),
  },
  'gather of rows': {
    inputs: [[4, 3]],
    run: (a) =>
      tf.gather(
        a!,
        tf.tensor2d(
          [
            [3, 0],
            [0, 2],
          ],
          [2, 2],
          'int32',
        ),
      ),
    reference: (a) =>
      made([2, 2, 3], (i, j, c) =>
        at(
          a!,
          [
            [3, 0],
            [0, 2],
          ][i]![j]!,
          c,
        ),
      ),
  },
  'gatherND, one place twice': {
    inputs: [[3, 4, 2]],
    run: (a) =>
      tf.gatherND(
        a!,
        tf.tensor2d(
          [
            [2, 1],
            [0, 3],
            [2, 1],
          ],
          [3, 2],
          'int32',
        ),
      ),
    reference: (a) => made([3, 2], (i, c) => at(a!, [2, 0, 2][i]!, [1, 3, 1][i]!, c)),
  },
  'scatterND, two rows to one place': {
    inputs: [[3, 2]],
    run: (a) => tf.square(tf.scatterND(tf.tensor2d([[3], [0], [3]], [3, 1], 'int32'), a!, [4, 2])),
    reference: (a) =>
      made([4, 2], (i, c) => {
        const rows = [3, 0, 3].flatMap((row, k) => (row === i ? [at(a!, k, c)] : []));
        return rows.reduce((sum, value) => sum + value, 0) ** 2;
      }),
  },
  'stridedSlice with an axis gone beside one that is taken backward': {
    inputs: [[3, 7, 4]],
    run: (a) => tf.stridedSlice(a!, [1, 1, 3], [2, 7, -5], [1, 2, -2], 0, 0, 0, 0, 1),
    reference: (a) => made([3, 2], (i, j) => at(a!, 1, 1 + 2 * i, 3 - 2 * j)),
  },
  'running sums and products, the axis counted from the end': {
    inputs: [[2, 3, 2]],
    run: (a) => tf.add(tf.cumsum(a!, -2), tf.cumprod(a!, -1)),
    reference: (a) =>
      made([2, 3, 2], (i, j, k) => {
        const sum = range(j + 1).reduce((total, l) => total + at(a!, i, l, k), 0);
        return sum + range(k + 1).reduce((product, l) => product * at(a!, i, j, l), 1);
      }),
  },
  'parts that are taken from their list': {
    inputs: [[2, 3, 4]],
    run(a) {
      const [parts, rows] = [tf.split(a!, [1, 3], 2), tf.unstack(a!, 1)];
      return tf.mul(tf.sum(parts.shift()!, 2), tf.sum(tf.mul(rows.pop()!, rows.shift()!), 1, true));
    },
    reference: (a) =>
      made(
        [2, 3],
        (i, j) => at(a, i, j, 0) * range(4).reduce((sum, k) => sum + at(a, i, 2, k) * at(a, i, 0, k), 0),
      ),
  },
  'split into one part, by their number and by their sizes': {
    inputs: [[3, 4]],
    run: (a) => tf.mul(tf.split(a!, 1, 1)[0]!, tf.split(a!, [4], 1)[0]!),
    reference: (a) => made([3, 4], (i, j) => at(a!, i, j) ** 2),
  },
  'stridedSlice forward and backward': {
    inputs: [[3, 7, 4]],
    run: (a) => tf.stridedSlice(a!, [1, 1, 3], [2, 7, -5], [1, 2, -2]),
    reference: (a) => made([1, 3, 2], (_, i, j) => at(a!, 1, 1 + 2 * i, 3 - 2 * j)),
  },
  'a matrix of all for the matrices of each': {
    inputs: [
      [3, 2, 4],
      [4, 5],
    ],
    run: (a, b) => tf.matMul(a!, b!),
    reference: (a, b) =>
      made([3, 2, 5], (i, r, c) => range(4).reduce((sum, k) => sum + at(a!, i, r, k) * at(b!, k, c), 0)),
  },
  'a transposed matrix of all, on the left': {
    inputs: [
      [1, 4, 2],
      [3, 5, 4],
    ],
    run: (a, b) => tf.matMul(a!, b!, true, true),
    reference: (a, b) =>
      made([3, 2, 5], (i, r, c) => range(4).reduce((sum, k) => sum + at(a!, 0, k, r) * at(b!, i, c, k), 0)),
  },
  'einsum bi,ij->bj': {
    inputs: [
      [3, 4],
      [4, 2],
    ],
    run: (a, b) => tf.einsum('bi,ij->bj', a!, b!),
    reference: (a, b) =>
      made([3, 2], (i, j) => range(4).reduce((sum, k) => sum + at(a!, i, k) * at(b!, k, j), 0)),
  },
  'einsum bhi,bhj->bij, a sum over heads of outer products': {
    inputs: [
      [3, 2, 4],
      [3, 2, 5],
    ],
    run: (a, b) => tf.einsum('bhi,bhj->bij', a!, b!),
    reference: (a, b) =>
      made([3, 4, 5], (i, r, c) => range(2).reduce((sum, h) => sum + at(a!, i, h, r) * at(b!, i, h, c), 0)),
  },
  'einsum bti,hij->bhtj, several free axes on both sides': {
    inputs: [
      [2, 3, 4],
      [2, 4, 2],
    ],
    run: (a, b) => tf.einsum('bti,hij->bhtj', a!, b!),
    reference: (a, b) =>
      made([2, 2, 3, 2], (i, h, t, j) =>
        range(4).reduce((sum, k) => sum + at(a!, i, t, k) * at(b!, h, k, j), 0),
      ),
  },
  'einsum bi,bj->bij without a sum, and bi->b of one alone': {
    inputs: [
      [3, 4],
      [3, 2],
    ],
    run: (a, b) => tf.mul(tf.einsum('bi,bj->bij', a!, b!), tf.reshape(tf.einsum('bi->b', a!), [3, 1, 1])),
    reference: (a, b) =>
      made(
        [3, 4, 2],
        (i, r, c) => at(a!, i, r) * at(b!, i, c) * range(4).reduce((sum, k) => sum + at(a!, i, k), 0),
      ),
  },
  'einsum of three, bi,ij,bj->b': {
    inputs: [
      [3, 4],
      [4, 2],
      [3, 2],
    ],
    run: (a, b, c) => tf.einsum('bi,ij,bj->b', a!, b!, c!),
    reference: (a, b, c) =>
      made([3], (n) =>
        range(8).reduce((sum, k) => sum + at(a!, n, k >> 1) * at(b!, k >> 1, k & 1) * at(c!, n, k & 1), 0),
      ),
  },
  'conv1d, same': {
    inputs: [
      [2, 5, 3],
      [3, 3, 2],
    ],
    run: (x, f) => tf.conv1d(x as tf.Tensor3D, f as tf.Tensor3D, 1, 'same'),
    reference: (x, f) => line(x!, f!, { before: 1, steps: 5 }),
  },
  'conv1d, valid with a stride': {
    inputs: [
      [2, 6, 3],
      [3, 3, 2],
    ],
    run: (x, f) => tf.conv1d(x as tf.Tensor3D, f as tf.Tensor3D, 2, 'valid'),
    reference: (x, f) => line(x!, f!, { stride: 2, steps: 2 }),
  },
  'conv1d, dilated between two zeros on each side': {
    inputs: [
      [2, 5, 3],
      [3, 3, 2],
    ],
    run: (x, f) => tf.conv1d(x as tf.Tensor3D, f as tf.Tensor3D, 1, 2, 'NWC', 2),
    reference: (x, f) => line(x!, f!, { dilation: 2, before: 2, steps: 5 }),
  },
  'conv2d, same with a stride': {
    inputs: [
      [2, 4, 3, 2],
      [3, 2, 2, 2],
    ],
    run: (x, f) => tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, [2, 1], 'same'),
    // Along the height one zero is wanted, which goes below; along the width one, which goes to the right.
    reference: (x, f) =>
      made([2, 2, 3, 2], (b, h, w, d) => {
        let sum = 0;
        for (let i = 0; i < 3; i++)
          for (let j = 0; j < 2; j++)
            for (let c = 0; c < 2; c++)
              if (2 * h + i < 4 && w + j < 3) sum += at(x!, b, 2 * h + i, w + j, c) * at(f!, i, j, c, d);
        return sum;
      }),
  },
};

function relative(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(found.length).toBe(expected.length);
  const scale = Math.max(1, ...Array.from(expected, Math.abs));
  return Math.max(...Array.from(expected, (value, i) => Math.abs(found[i]! - value) / scale));
}

/** Normal numbers that no rounding to float32 changes. */
function inputsOf({ inputs, zeros = [] }: Case): Values[] {
  const stream = rng(5, 'operations');
  return inputs.map((shape) => {
    const data = Float64Array.from({ length: size(shape) }, () => Math.fround(stream.normal()));
    for (const place of zeros) data[place] = 0;
    return { shape, data };
  });
}

describe.each(['cpu', 'wasm'] as const)('on the %s backend', (backend) => {
  beforeAll(async () => {
    await openBackend(backend);
  });

  it.each(Object.entries(cases))('%s', (_, subject) => {
    const values = inputsOf(subject);
    const expected = subject.reference(...values);
    const stream = rng(6, 'operations');
    const weights = Float32Array.from({ length: size(expected.shape) }, () => stream.normal());
    const loss = () =>
      subject.reference(...values).data.reduce((sum, value, i) => sum + value * weights[i]!, 0);
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const tensors = values.map(({ shape, data }) => tf.tensor(Float32Array.from(data), [...shape]));
      const found = subject.run(...tensors);
      expect(found.shape).toEqual([...expected.shape]);
      expect(relative(found.dataSync(), expected.data)).toBeLessThan(1e-5);
      const f = (...xs: tf.Tensor[]) =>
        tf.sum(tf.mul(subject.run(...xs), tf.tensor(weights, [...expected.shape]))) as tf.Scalar;
      tf.grads(f)(tensors).forEach((gradient, i) => {
        const { data } = values[i]!;
        const numeric = data.map((value, place) => {
          data[place] = value + 1e-6;
          const above = loss();
          data[place] = value - 1e-6;
          const below = loss();
          data[place] = value;
          return (above - below) / 2e-6;
        });
        expect(relative(gradient.dataSync(), numeric), `gradient of input ${i}`).toBeLessThan(1e-5);
      });
    });
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('an equation that is none', () => {
  const matrix = () => tf.ones([2, 2]);
  it.each([
    ['ii->i', /einsum 'ii->i': expected each letter once in an operand, got 'ii'/],
    ['ij,jk->ik', /expected 2 tensors, got 1/],
    ['ijk->i', /expected 3 axes for 'ijk', got \[2,2\]/],
    ['ij->ik', /expected a result with letters of the operands, each once, got 'ik'/],
    ['...i->i', /expected letters, commas and one ->, got something else/],
  ])('%s', (equation, message) => {
    expect(() => tf.einsum(equation, matrix())).toThrow(message);
  });
});

it('numbers that no seed reaches are refused', () => {
  expect(() => tf.randomNormal([2])).toThrow(
    /^randomNormal: expected numbers of the run's seed, got an operation that no seed reaches; in init, /,
  );
  expect(() => tf.dropout(tf.ones([2]), 0.5)).toThrow(/^dropout: expected .* noiseSize/);
});
