import { beforeAll, describe, expect, it } from 'vitest';
import type { Cell } from '../../../../src/core/contracts.ts';
import { stopGradient, withoutGradient } from '../../../../src/core/gradients.ts';
import { normalTensor } from '../../../../src/core/init.ts';
import * as tf from '../../../../src/core/tf.ts';
import { CompileError, UnsupportedKernelError } from '../../../../src/jit/index.ts';
import { compiled, expectAgreement, INPUTS, perturbed, randomBatch } from '../../../support/jit.ts';

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

const H = 6;
type P = { kernel: tf.Tensor2D; table: tf.Tensor2D; start: tf.Tensor2D };
type S = { h: tf.Tensor2D };

/** h' = f(tanh([x, h] K)): whatever f does to [B,6], it must give [B,6]. */
function cellOf(f: (h: tf.Tensor2D, params: P) => tf.Tensor): Cell {
  return {
    name: 'toy',
    inputSize: INPUTS,
    outputSize: H,
    init: (stream) => ({
      kernel: normalTensor(stream, [INPUTS + H, H], 0.4),
      table: normalTensor(stream, [4, H], 1),
      start: normalTensor(stream, [1, H], 0.5),
    }),
    initialState: (params, batchSize) => ({ h: tf.tile((params as P).start, [batchSize, 1]) }),
    step(tree, state, input) {
      const params = tree as P;
      const sum = tf.matMul(tf.concat([input, (state as S).h], 1) as tf.Tensor2D, params.kernel);
      const h = f(tf.tanh(sum) as tf.Tensor2D, params) as tf.Tensor2D;
      return { output: h, state: { h } };
    },
  };
}

const positive = (x: tf.Tensor) => tf.add(tf.square(x), 0.3);
const constant = (f: (x: tf.Tensor) => tf.Tensor) => (h: tf.Tensor2D) =>
  tf.add(h, tf.mul(0.3, withoutGradient(f, h)));
const cast = (x: tf.Tensor) => tf.cast(x, 'float32');

const functions: Record<string, (h: tf.Tensor2D, params: P) => tf.Tensor> = {
  'exp log sqrt': (h) => tf.log(tf.add(tf.exp(h), tf.sqrt(positive(h)))),
  'expm1 log1p rsqrt reciprocal': (h) =>
    tf.add(
      tf.expm1(h),
      tf.mul(tf.log1p(positive(h)), tf.mul(tf.rsqrt(positive(h)), tf.reciprocal(positive(h)))),
    ),
  'sigmoid softplus tanh': (h) => tf.sub(tf.sigmoid(tf.mul(h, 3)), tf.softplus(tf.mul(h, -2))),
  'sin cos erf abs neg': (h) => tf.add(tf.mul(tf.sin(h), tf.cos(h)), tf.neg(tf.add(tf.abs(h), tf.erf(h)))),
  'relu relu6 elu leakyRelu': (h) =>
    tf.addN([tf.relu(h), tf.relu6(tf.mul(h, 9)), tf.elu(h), tf.leakyRelu(h, 0.1)]),
  'pow with both sides': (h, { table }) => tf.pow(positive(h), tf.slice(table, [0, 0], [1, H])),
  'powers of a number': (h) =>
    tf.addN([tf.pow(h, 2), tf.pow(positive(h), 0.5), tf.pow(positive(h), -1), tf.pow(h, 3)]),
  'squaredDifference maximum minimum': (h) =>
    tf.addN([
      tf.squaredDifference(h, tf.tanh(h)),
      tf.maximum(h, tf.mul(h, h)),
      tf.minimum(h, tf.add(tf.zerosLike(h), 0.1)),
    ]),
  'div by a row and by a number': (h) => tf.div(tf.div(h, 3), tf.add(tf.sum(positive(h), 1, true), 1)),
  'inverse functions': (h) =>
    tf.addN([
      tf.atan(tf.mul(h, 4)),
      tf.atan2(h, tf.sub(tf.square(h), 0.1)),
      tf.asin(tf.mul(h, 0.9)),
      tf.acos(tf.mul(h, 0.9)),
    ]),
  'hyperbolic functions and their inverses': (h) =>
    tf.addN([
      tf.sinh(h),
      tf.cosh(h),
      tf.tan(h),
      tf.asinh(tf.mul(h, 3)),
      tf.acosh(tf.add(positive(h), 1)),
      tf.atanh(tf.mul(h, 0.9)),
    ]),
  'selu, prelu': (h, { table }) => tf.add(tf.selu(h), tf.prelu(h, tf.slice(table, [0, 0], [1, H]))),
  'where with greater, without a wrapper': (h) =>
    tf.where(tf.logicalAnd(tf.greater(h, 0), tf.less(h, 0.5)), tf.mul(h, 3), tf.square(h)),
  'finite, infinite, or neither': constant((h) =>
    tf.add(cast(tf.isFinite(tf.div(h, 0))), cast(tf.isInf(tf.mul(h, 1e38)))),
  ),
  'clip and where': (h) => tf.where(tf.greaterEqual(h, 0.1), tf.clipByValue(h, -0.2, 0.2), tf.mul(h, 2)),
  'comparisons and logic': constant((h) => {
    const some = tf.logicalOr(tf.less(h, -0.2), tf.logicalNot(tf.lessEqual(h, 0.2)));
    return cast(tf.logicalAnd(some, tf.notEqual(tf.sign(h), tf.floor(h))));
  }),
  floor: constant((h) => tf.floor(tf.mul(h, 3))),
  ceil: constant((h) => tf.ceil(tf.mul(h, 3))),
  round: constant((h) => tf.round(tf.mul(h, 4))),
  mod: constant((h) => tf.mod(h, 0.3)),
  floorDiv: constant((h) => cast(tf.floorDiv(h, tf.scalar(0.25)))),
  'casts to whole numbers and truths': constant((h) =>
    tf.add(cast(tf.cast(tf.mul(h, 5), 'int32')), cast(tf.cast(tf.relu(h), 'bool'))),
  ),
  'softmax and logSoftmax': (h) => tf.sub(tf.softmax(h), tf.mul(0.1, tf.logSoftmax(h))),
  'sum mean max min over an axis': (h) => {
    const cube = tf.reshape(h, [-1, 2, 3]);
    const rows = tf.concat([tf.sum(cube, 2), tf.mean(cube, 2), tf.max(cube, 2)], 1);
    return tf.add(rows, tf.min(h, 1, true));
  },
  'products of a line, running too': (h) =>
    tf.mul(
      0.3,
      tf.addN([
        tf.mul(tf.prod(positive(h), 1, true), tf.cumprod(h, 1)),
        tf.cumprod(h, 1, true, true),
        tf.cumprod(h, 1, false, true),
      ]),
    ),
  'the largest, and what they point at': (h) => {
    const { values, indices } = tf.topk(h, 3);
    return tf.concat([values, tf.gather(tf.square(h), indices, 1, 1)], 1);
  },
  'gatherND of parameters at fixed places': (h, { table }) => {
    const places = tf.tensor2d([3, 1, 0, 0, 3, 1, 2, 5, 1, 1, 0, 4], [6, 2], 'int32');
    return tf.mul(h, tf.gatherND(table, places));
  },
  'every second, and backward': (h) =>
    tf.concat(
      [
        tf.stridedSlice(h, [0, 0], [1000, 6], [1, 2]),
        tf.stridedSlice(h, [0, 5], [1000, 0], [1, -2], 1, 1 | 2),
      ],
      1,
    ),
  'einsum, with a matrix of all and with one of each': (h, { table }) => {
    const pairs = tf.reshape(h, [-1, 3, 2]);
    const mixed = tf.einsum('bij,bkj->bik', pairs, pairs);
    const rows = tf.einsum('bik,kj->bij', mixed, tf.slice(table, [0, 0], [3, 2]));
    return tf.add(tf.reshape(rows, [-1, H]), tf.einsum('bi,ji,jk->bk', h, table, table));
  },
  'einsum with free axes on both sides': (h, { table }) => {
    const wide = tf.einsum('bti,hij->bhtj', tf.reshape(h, [-1, 3, 2]), tf.reshape(table, [3, 2, 4]));
    return tf.concat([tf.sum(wide, [1, 2]), tf.slice(h, [0, 0], [-1, 2])], 1);
  },
  conv1d: (h, { table }) =>
    tf.reshape(
      tf.conv1d(
        tf.reshape(h, [-1, 3, 2]) as tf.Tensor3D,
        tf.reshape(tf.slice(table, [0, 0], [2, 6]), [3, 2, 2]) as tf.Tensor3D,
        1,
        'same',
      ),
      [-1, H],
    ),
  'conv2d with a stride': (h, { table }) => {
    const filter = tf.reshape(tf.slice(table, [0, 0], [2, 6]), [2, 2, 1, 3]) as tf.Tensor4D;
    const plane = tf.reshape(h, [-1, 2, 3, 1]) as tf.Tensor4D;
    return tf.reshape(tf.conv2d(plane, filter, [2, 2], 'same'), [-1, H]);
  },
  'a matrix of all for the rows of each': (h, { table }) =>
    tf.reshape(tf.matMul(tf.reshape(h, [-1, 3, 2]), tf.slice(table, [0, 0], [2, 2])), [-1, H]),
  'prod any all': constant((h) => {
    const some = tf.any(tf.greater(h, 0.3), 1, true);
    return tf.addN([tf.prod(h, 1, true), cast(some), cast(tf.all(tf.less(h, 0.9), 1, true))]);
  }),
  'split stack unstack reverse': (h) => {
    const [a, b] = tf.split(h, [2, 4], 1) as [tf.Tensor, tf.Tensor];
    const pairs = tf.unstack(tf.stack([tf.slice(b, [0, 0], [-1, 2]), tf.slice(b, [0, 2], [-1, 2]), a], 2), 2);
    return tf.reverse(tf.concat(pairs, 1), 1);
  },
  'pad with a value, slice, strided slice': (h) => {
    const padded = tf.pad(
      h,
      [
        [0, 0],
        [1, 2],
      ],
      0.5,
    );
    return tf.add(
      tf.slice(padded, [0, 1], [-1, H]),
      withoutGradient((x) => tf.stridedSlice(x, [0, 1], [1000, 7], [1, 1], 1), padded),
    );
  },
  'transpose and products of an example': (h) => {
    const matrix = tf.reshape(h, [-1, 2, 3]);
    const square = tf.matMul(matrix, matrix, true, false);
    const wide = tf.matMul(matrix, square, false, true);
    return tf.reshape(tf.transpose(tf.transpose(wide, [0, 2, 1]), [0, 2, 1]), [-1, H]);
  },
  'outer product and matrix-vector product': (h) => {
    const column = tf.expandDims(h, 2);
    return tf.squeeze(tf.matMul(tf.matMul(column, tf.expandDims(tf.tanh(h), 1)), column), [2]);
  },
  'tile and broadcastTo': (h) => {
    const tiled = tf.tile(tf.slice(h, [0, 0], [-1, 2]), [1, 3]);
    return tf.mul(tiled, tf.broadcastTo(tf.sum(h, 1, true), h.shape));
  },
  'a row of a table by a number of the example': (h, { table }) => {
    const index = withoutGradient((x) => tf.cast(tf.argMax(tf.slice(x, [0, 0], [-1, 4]), 1), 'int32'), h);
    return tf.add(
      h,
      tf.matMul(withoutGradient((i) => cast(tf.oneHot(tf.cast(i, 'int32'), 4)), index) as tf.Tensor2D, table),
    );
  },
  'gather at fixed places': (h) => {
    const places = tf.tensor1d([5, 0, 3, 3, 2, 1], 'int32');
    return tf.gather(h, places, 1);
  },
  'running sums, exclusive and from the end': (h) =>
    tf.add(tf.cumsum(h, 1, true), tf.mul(0.2, tf.cumsum(h, 1, false, true))),
  'running products': constant((h) => tf.cumprod(positive(h), 1, true, false)),
  'top k, values and places': constant((h) => {
    const { values, indices } = tf.topk(h, 3);
    return tf.concat([values, cast(indices)], 1);
  }),
  argMin: constant((h) => tf.mul(h, cast(tf.expandDims(tf.argMin(h, 1), 1)))),
  'stopped gradients': (h) => tf.mul(h, stopGradient(tf.exp(h))),
  'what depends on parameters only': (h, { table }) => {
    const weights = tf.softmax(tf.matMul(table, tf.tanh(table), false, true));
    return tf.mul(h, tf.add(tf.sum(tf.matMul(weights, table), 0, true), 1));
  },
  'a matrix for rows of an example': (h, { table }) => {
    const rows = tf.reshape(h, [-1, 3, 2]);
    const shared = tf.mul(tf.ones([h.shape[0], 1, 1]), tf.slice(table, [0, 0], [2, 2]));
    return tf.reshape(tf.matMul(rows, shared), [-1, H]);
  },
  'axes as long as the batch of the trace': (h, { table }) => {
    // 7 divides no size of this model, so the trace takes it first, and meets it here.
    const wide = tf.concat([h, tf.slice(h, [0, 0], [-1, 1])], 1);
    const seven = tf.concat([tf.slice(table, [0, 0], [1, 4]), tf.slice(table, [1, 0], [1, 3])], 1);
    const square = tf.matMul(tf.expandDims(wide, 2), tf.expandDims(tf.mul(wide, seven), 1));
    return tf.slice(tf.sum(tf.transpose(square, [0, 2, 1]), 2), [0, 0], [-1, H]);
  },
};

describe('a kernel, forward and backward', () => {
  it.each(Object.entries(functions))('%s', (_, f) => {
    const subject = perturbed(cellOf(f));
    const program = compiled(subject, 'bits');
    for (const [length, batchSize] of [
      [1, 1],
      [4, 3],
    ] as const)
      expectAgreement(subject, program, { loss: 'bits', batch: randomBatch('bits', length, batchSize) });
    program.dispose();
  });
});

describe('what cannot be compiled is refused', () => {
  const refusal = (f: (h: tf.Tensor2D, params: P) => tf.Tensor) => () =>
    compiled(perturbed(cellOf(f)), 'bits');
  const mixing: Record<string, (h: tf.Tensor2D, params: P) => tf.Tensor> = {
    'a mean over the batch': (h) => tf.sub(h, tf.mean(h, 0, true)),
    'a maximum over the batch': (h) => tf.sub(h, tf.max(h, 0, true)),
    'one example shown to all': (h) => tf.add(h, tf.slice(h, [0, 0], [1, H])),
    'examples turned round': (h) => tf.reverse(h, 0),
    'a product of examples': (h) => tf.matMul(tf.softmax(tf.matMul(h, h, false, true)), h),
    'a running sum over the batch': constant((h) => tf.cumsum(h, 0)),
    'the batch joined with another axis': (h) => tf.reshape(tf.square(tf.reshape(h, [-1, 3])), [-1, H]),
  };

  it.each(Object.entries(mixing))('%s', (_, f) => {
    expect(refusal(f)).toThrow(CompileError);
    expect(refusal(f)).toThrow(
      /kernels\.test\.ts:\d+: \w+ of \[.*expected .* alike, got one that .*; keep the batch axis/,
    );
  });

  it('reading a value', () => {
    const reads = (h: tf.Tensor2D) => (h.dataSync()[0]! > 0 ? h : tf.neg(h));
    expect(refusal(reads)).toThrow(
      /kernels\.test\.ts:\d+: trace: expected a pure function of tensors, got one that reads a value/,
    );
    expect(tf.getBackend()).toBe('cpu');
  });

  it('a kernel without a rule', () => {
    const odd = (h: tf.Tensor2D) =>
      tf.mirrorPad(
        h,
        [
          [0, 0],
          [0, 0],
        ],
        'reflect',
      );
    expect(refusal(odd)).toThrow(UnsupportedKernelError);
    expect(refusal(odd)).toThrow(
      /kernels\.test\.ts:\d+: MirrorPad: expected a kernel the compiler knows, got MirrorPad of \[\d+,6\]; .*--engine eager$/,
    );
  });

  it('a state that changes its form', () => {
    const cell = cellOf((h) => h);
    const growing = {
      ...cell,
      step: (...args: Parameters<Cell['step']>) => ({ ...cell.step(...args), state: {} }),
    };
    expect(() => compiled(perturbed(growing as unknown as Cell), 'bits')).toThrow(
      /^step: expected a state of the initial state's form/,
    );
  });

  it('a state without the batch', () => {
    const cell = cellOf((h) => h);
    const bare = { ...cell, initialState: () => ({ h: tf.zeros([1, H]) as tf.Tensor2D }) };
    expect(() => compiled(perturbed(bare), 'bits')).toThrow(
      /^state.h: expected the batch as first axis, got \[1,6\]/,
    );
  });
});
