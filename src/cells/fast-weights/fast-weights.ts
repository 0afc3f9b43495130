/**
 * Fast weights: Ba, Hinton, Mnih, Leibo and Ionescu 2016, "Using fast weights to attend to the recent past".
 * A recurrent net with a second, quickly written and quickly fading recurrent kernel A; memory.ts has the forms of A.
 * Eq. 1 and 2, f = relu, the boundary term W h + C x sustained through the S = `innerSteps`:
 *   A(t) = decay A(t-1) + rate h(t) h(t)^T        h_0(t+1) = f(W h(t) + C x(t))
 *   h_{s+1}(t+1) = f(LN[W h(t) + C x(t) + A(t) h_s(t+1)])        h(t+1) = h_S(t+1), the output
 * Left out: the LSTM variant, and the scalar decay and rate as learned numbers.
 */
import { z } from 'zod';
import type { Cell, CellKind, CellSizes } from '../../core/contracts.ts';
import { scaledIdentity, uniformTensor } from '../../core/init.ts';
import * as tf from '../../core/tf.ts';
import { attentionMemory, matrixMemory } from './memory.ts';

/** Keeps the division finite where all units of an example are equal; far below the variances that occur. */
const normEpsilon = 1e-5;

const settings = z.strictObject({
  size: z.int().min(1).max(65_536).default(50).describe('hidden units'),
  // The paper's section 2 says 0.95 and its appendix 0.9, which is what the experiments used.
  decay: z.number().min(0).max(1).default(0.9).describe('share of the fast weights kept from step to step'),
  rate: z.number().min(0).default(0.5).describe('how strongly a hidden state is written'),
  innerSteps: z.int().min(0).max(64).default(1).describe('settling steps with the fast weights; 0 = unused'),
  layerNorm: z.boolean().default(true).describe('normalize the sum over the units of each example'),
  form: z
    .enum(['auto', 'matrix', 'attention'])
    .default('auto')
    .describe('keep the matrix, or attend over past states; auto takes the smaller'),
  identityScale: z.number().default(0.05).describe('the slow kernel starts as this times the identity'),
});

type Settings = z.infer<typeof settings>;
/** Learned gain and bias of the layer norm, [H] each. */
type Norm = { readonly gain: tf.Tensor1D; readonly bias: tf.Tensor1D };
type Params = {
  /** W, [H,H] */
  readonly recurrentKernel: tf.Tensor2D;
  /** C, [I,H] */
  readonly inputKernel: tf.Tensor2D;
  readonly norm?: Norm;
};
/** h [B,H], and A [B,H,H] or the states written [B,K,H]; all zero before the first step. */
type State = { readonly hidden: tf.Tensor2D; readonly memory: tf.Tensor3D };

/** LN(z) = gain (z - mean) / sqrt(variance + ε) + bias over the units of one example, never over the batch. */
function layerNorm({ gain, bias }: Norm, z: tf.Tensor2D): tf.Tensor2D {
  const centered = tf.sub(z, tf.mean(z, 1, true));
  const variance = tf.mean(tf.square(centered), 1, true);
  return tf.add(tf.mul(tf.mul(centered, tf.rsqrt(tf.add(variance, normEpsilon))), gain), bias);
}

function create(options: Settings, { inputSize, maxLength }: CellSizes): Cell<Params, State> {
  const { size, innerSteps } = options;
  const attends = options.form === 'attention' || (options.form === 'auto' && maxLength < size);
  const fast = attends ? attentionMemory({ ...options, length: maxLength }) : matrixMemory(options);
  // With no inner step nothing is normalized, and a parameter that nothing uses has no gradient.
  const normalizes = options.layerNorm && innerSteps > 0;
  return {
    name: 'fast-weights',
    inputSize,
    outputSize: size,
    probes: {
      hidden: { title: 'hidden state h', axes: ['unit'] },
      fastWeightsMemory: { title: 'fast weights A', axes: ['unit', 'unit'] },
      attention: {
        title: 'attention to earlier hidden states',
        axes: ['steps back'],
        // The newest state stands last.
        labels: Array.from({ length: maxLength }, (_, place) => String(maxLength - place)),
      },
    },
    ...(attends ? { maxLength } : {}),
    init: (rng) => ({
      recurrentKernel: scaledIdentity(size, options.identityScale),
      inputKernel: uniformTensor<tf.Tensor2D>(rng, [inputSize, size], 1 / Math.sqrt(size)),
      ...(normalizes ? { norm: { gain: tf.ones([size]), bias: tf.zeros([size]) } } : {}),
    }),
    initialState: (_, batchSize) => ({
      hidden: tf.zeros([batchSize, size]),
      memory: fast.start(batchSize),
    }),
    step(params, state, input) {
      // The state written is the old h(t), before h(t+1) is known: eq. 1.
      const memory = fast.write(state.memory, state.hidden);
      const boundary = tf.add(
        tf.matMul(state.hidden, params.recurrentKernel),
        tf.matMul(input, params.inputKernel),
      ) as tf.Tensor2D;
      let hidden = tf.relu(boundary);
      let attention: tf.Tensor2D | undefined;
      for (let s = 0; s < innerSteps; s++) {
        const read = fast.read(memory, hidden);
        const sum = tf.add(boundary, read.value) as tf.Tensor2D;
        hidden = tf.relu(params.norm ? layerNorm(params.norm, sum) : sum);
        attention = read.attention;
      }
      const probe = { hidden, ...(attention ? { attention } : attends ? {} : { fastWeightsMemory: memory }) };
      return { output: hidden, state: { hidden, memory }, probe };
    },
  };
}

/** In the attention form the cell's `maxLength` bounds the sequence; the matrix form takes any length. */
export const fastWeights: CellKind<Settings> = {
  name: 'fast-weights',
  source: 'Ba, Hinton, Mnih, Leibo and Ionescu 2016, section 2',
  summary: 'recurrent net with a quickly fading matrix of recent states',
  strengths:
    'Binds what it has just seen: with 20 units 1.81 % errors on the retrieval of Ba et al. 2016, where an LSTM of as many has 60 %.',
  limits:
    'All pairs lie in one matrix and fade alike, so that many disturb each other: as measured no seed of three solved associative recall, and one solved mqar.',
  settings,
  create,
};
