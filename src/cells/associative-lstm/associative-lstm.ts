/**
 * The Associative LSTM: Danihelka, Wayne, Uria, Kalchbrenner and Graves 2016. Its cells are complex and hold a sum of
 * values bound to keys, in several copies, each of which binds by the key in another order P_s, so that what one copy
 * answers wrongly the others do not. With * element by element and bound(z) = z / max(1, |z|):
 *   f, i, o = sigmoid([x, h] K + b)      r_i, r_o = bound([x, h] K + b)      u = bound([x, h] K_u + b_u)
 *   c_s <- f * c_s + (P_s r_i) * (i * u)      h = o * bound((1/N) sum over s of (P_s r_o) * c_s),  N copies
 * Gates are real and shared by both parts of a number. To find what r_i wrote, r_o is to become its conjugate. The
 * permutations are fixed by a setting and never learned. Ours: a learned first h, and a forget gate that begins open.
 */
import { z } from 'zod';
import type { Cell, CellKind, CellSizes } from '../../core/contracts.ts';
import { UsageError } from '../../core/errors.ts';
import { overBatch } from '../../core/gradients.ts';
import { uniformKernel } from '../../core/init.ts';
import { type Rng, rng } from '../../core/rng.ts';
import * as tf from '../../core/tf.ts';
import { chain } from '../chain.ts';
import { lazyProbe } from '../lazy-probe.ts';
import { bothParts, bound, type Complex, complex, modulus, plus, side, times } from './complex.ts';
import { permutations } from './permutations.ts';

const settings = z.strictObject({
  size: z
    .int()
    .min(2)
    .max(65_536)
    .default(128)
    .describe('numbers in h of each layer (H), even: half of them real parts, half imaginary'),
  copies: z.int().min(1).max(256).default(4).describe('copies of the memory (N), each of size numbers'),
  layers: z.int().min(1).max(64).default(1).describe('layers, each fed by the one below'),
  recurrentUpdate: z
    .boolean()
    .default(true)
    .describe('what is written (u) depends on h as well as on the input'),
  permutationSeed: z
    .int()
    .min(0)
    .max(4_294_967_295)
    .default(1)
    .describe('seed of the orders in which copies see keys (P_s); they are not learned'),
});

type Settings = z.infer<typeof settings>;

/** Learned numbers of a layer; the columns of each part, real ones first, are H/2 wide. */
type Layer = {
  /** Of f, i, o, r_i and r_o: [I+H,7H/2] and [7H/2] */
  readonly kernel: tf.Tensor2D;
  readonly bias: tf.Tensor1D;
  /** Of u: [I+H,H], or [I,H] where it does not see h; and [H] */
  readonly update: { readonly kernel: tf.Tensor2D; readonly bias: tf.Tensor1D };
  /** h before the first step, [H] */
  readonly start: tf.Tensor1D;
};

/** h [B,H] and the copies c_s, [B,N,H/2] in each part, zero before the first step. */
type State = { readonly h: tf.Tensor2D; readonly c: Complex<tf.Tensor3D> };

/** Kernels uniform within 1/sqrt(fan-in), biases 0 but for the forget gate's, which is 1 as an LSTM's. */
function layerParams(rng: Rng, inputSize: number, { size, recurrentUpdate }: Settings): Layer {
  const bias = Float32Array.from({ length: 3.5 * size }, (_, column) => (column < size / 2 ? 1 : 0));
  return {
    kernel: uniformKernel(rng, inputSize + size, 3.5 * size),
    bias: tf.tensor1d(bias),
    update: {
      kernel: uniformKernel(rng, inputSize + (recurrentUpdate ? size : 0), size),
      bias: tf.zeros([size]),
    },
    start: tf.zeros([size]),
  };
}

/** x K + b */
function affine(x: tf.Tensor2D, { kernel, bias }: Pick<Layer, 'kernel' | 'bias'>): tf.Tensor2D {
  return tf.add(tf.matMul(x, kernel), bias);
}

/** A vector for all copies: [B,H/2] to [B,1,H/2]. */
const forAll = (x: tf.Tensor2D): tf.Tensor3D => tf.expandDims(x, 1);

/** One layer, from I to H numbers. @param orders P_1 ... P_N, as `permutations` gives them */
function layer(inputSize: number, options: Settings, orders: Int32Array): Cell<Layer, State> {
  const { size, copies, recurrentUpdate } = options;
  const half = size / 2;
  /** P_s r for every copy, [B,N,H/2]. */
  const permuted = (r: Complex<tf.Tensor2D>) =>
    bothParts(r, (part): tf.Tensor3D => tf.reshape(tf.gather(part, orders, 1), [-1, copies, half]));
  return {
    name: 'associative-lstm',
    inputSize,
    outputSize: size,
    probes: {
      hidden: { title: 'hidden state h, real parts first', axes: ['unit'] },
      inputKey: { title: 'key r_i that binds, real parts first', axes: ['entry'] },
      outputKey: { title: 'key r_o that asks, real parts first', axes: ['entry'] },
      memory: { title: 'modulus of the memory c', axes: ['copy', 'entry'] },
      input: { title: 'input gate i', axes: ['entry'] },
      forget: { title: 'forget gate f, the share kept', axes: ['entry'] },
    },
    init: (rng) => layerParams(rng, inputSize, options),
    initialState: ({ start }, batchSize) => ({
      h: overBatch(start, batchSize) as tf.Tensor2D,
      c: { re: tf.zeros([batchSize, copies, half]), im: tf.zeros([batchSize, copies, half]) },
    }),
    step(params, { h, c }, x) {
      const seen = tf.concat([x, h], 1);
      const [gates, keys] = tf.split(affine(seen, params), [3 * half, 4 * half], 1);
      const [f, i, o] = tf.split(tf.sigmoid(gates!), 3, 1) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
      const [r_i, r_o] = tf.split(keys as tf.Tensor2D, 2, 1).map((key) => bound(complex(key as tf.Tensor2D)));
      const u = bound(complex(affine(recurrentUpdate ? seen : x, params.update)));

      const kept = bothParts(c, (part): tf.Tensor3D => tf.mul(part, forAll(f)));
      const value = bothParts(u, (part) => forAll(tf.mul<tf.Tensor2D>(i, part)));
      const memory = plus(kept, times(permuted(r_i!), value));
      const found = times(permuted(r_o!), memory);
      const answer = bound(bothParts(found, (part): tf.Tensor2D => tf.mean(part, 1)));
      const output = side(bothParts(answer, (part): tf.Tensor2D => tf.mul(o, part)));
      return {
        output,
        state: { h: output, c: memory },
        probe: lazyProbe({
          hidden: () => output,
          inputKey: () => side(r_i!),
          outputKey: () => side(r_o!),
          memory: () => modulus(memory),
          input: () => i,
          forget: () => f,
        }),
      };
    },
  };
}

/** @throws UsageError on a size that is odd */
function create(options: Settings, { inputSize }: CellSizes): Cell {
  const { size, copies, layers, permutationSeed } = options;
  if (size % 2 !== 0)
    throw new UsageError(
      `associative-lstm: expected an even size, real and imaginary parts, got ${size}; take ${size - 1} or ${size + 1}`,
    );
  const stream = rng(permutationSeed, 'permutations');
  const all = Array.from({ length: layers }, (_, index) =>
    layer(index === 0 ? inputSize : size, options, permutations(stream, copies, size / 2)),
  );
  return chain('associative-lstm', all) as unknown as Cell;
}

/** An LSTM whose cells are a complex associative memory in several copies; the output is the top layer's h. */
export const associativeLstm: CellKind<Settings> = {
  name: 'associative-lstm',
  source: 'Danihelka et al. 2016',
  summary: 'LSTM whose cells are a complex associative memory in redundant copies',
  strengths:
    'Stores by key without more parameters, and copies take noise away (Danihelka et al. 2016): of the cells whose state is a vector it alone solved all three tasks with every seed, as measured.',
  limits:
    'What is stored lies over each other: noise grows with the number of items, and only copies divide it. A step takes 2.5 times as long as that of an LSTM of as many parameters.',
  settings,
  create,
};
