/**
 * The IRNN: Le, Jaitly and Hinton 2015, section 3: a rectified recurrent net whose recurrent kernel starts as the
 * identity, so that at first it keeps what it is shown. It is the weak baseline of Ba et al. 2016.
 *   h' = relu(W x + U h + b),  U = identityScale I and b = 0 at the start
 */
import { z } from 'zod';
import type { Cell, CellKind, CellSizes } from '../core/contracts.ts';
import { normalTensor, scaledIdentity } from '../core/init.ts';
import * as tf from '../core/tf.ts';

/** Standard deviation of the input kernel's start: Le et al. 2015, section 4. */
const inputDeviation = 0.001;

const settings = z.strictObject({
  size: z.int().min(1).max(65_536).default(100).describe('hidden units'),
  identityScale: z.number().default(1).describe('the recurrent kernel starts as this times the identity'),
});

type Settings = z.infer<typeof settings>;
type Params = {
  /** W, [I,H] */
  readonly inputKernel: tf.Tensor2D;
  /** U, [H,H] */
  readonly recurrentKernel: tf.Tensor2D;
  /** b, [H] */
  readonly bias: tf.Tensor1D;
};
/** h, [B,H]; zero before the first step. */
type State = { readonly hidden: tf.Tensor2D };

function create({ size, identityScale }: Settings, { inputSize }: CellSizes): Cell<Params, State> {
  return {
    name: 'irnn',
    inputSize,
    outputSize: size,
    probes: { hidden: { title: 'hidden state h', axes: ['unit'] } },
    init: (rng) => ({
      inputKernel: normalTensor<tf.Tensor2D>(rng, [inputSize, size], inputDeviation),
      recurrentKernel: scaledIdentity(size, identityScale),
      bias: tf.zeros([size]),
    }),
    initialState: (_, batchSize) => ({ hidden: tf.zeros([batchSize, size]) }),
    step(params, state, input) {
      const fromInput = tf.matMul(input, params.inputKernel);
      const fromPast = tf.matMul(state.hidden, params.recurrentKernel);
      const hidden = tf.relu(tf.add(tf.add(fromInput, fromPast), params.bias)) as tf.Tensor2D;
      return { output: hidden, state: { hidden }, probe: { hidden } };
    },
  };
}

/** h(t) = relu(W x(t) + U h(t-1) + b), U(0) = identityScale I, b(0) = 0, h(0) = 0; the output is h. Le et al. 2015. */
export const irnn: CellKind<Settings> = {
  name: 'irnn',
  source: 'Le, Jaitly and Hinton 2015, section 3',
  summary: 'rectified recurrent net that starts as the identity',
  strengths:
    'The adding problem of Le et al. 2015: numbers that came long ago are kept without a gate, since the kernel starts as the identity.',
  limits:
    'No seed of three solved any of the three tasks measured. On the retrieval of Ba et al. 2016 it binds nothing with 20 units (62.11 % errors, where knowing the values without their keys gives 61.6 %), and does with 100.',
  settings,
  create,
};
