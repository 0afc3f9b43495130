import { variable } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import type { Model } from '../../../src/core/contracts.ts';
import { rng } from '../../../src/core/rng.ts';
import * as tf from '../../../src/core/tf.ts';
import { leaves, treeLike } from '../../../src/core/tree.ts';
import { optimizerSchema } from '../../../src/train/config.ts';
import { eagerEngine } from '../../../src/train/eager.ts';
import { optimizer } from '../../../src/train/optimizer.ts';
import { toyBatch, toyModel } from './toy.ts';

beforeAll(() => tf.setBackend('cpu'));

/** How many kernels a function runs. */
async function kernels(run: () => void): Promise<number> {
  const profile = await tf.profile(() => {
    run();
    return tf.scalar(0);
  });
  (profile.result as tf.Scalar).dispose();
  return profile.kernels.length;
}

const model = toyModel() as Model;
const batch = toyBatch(1, 8, 3);

/** What a plain loop holds: variables, and Adam's two moments of each. */
function plainSetup() {
  const fresh = model.init(rng(1, 'init'));
  const variables = leaves<tf.Tensor>(fresh).map(([, leaf]) => variable(leaf));
  const moments = variables.map((variable) => [tf.zerosLike(variable), tf.zerosLike(variable)] as const);
  return { tree: treeLike(fresh, variables), variables, moments };
}

/** One step of clipped Adam with the same loss, as one would write it first: leaf by leaf, no engine. */
function plainStep({ tree, variables, moments }: ReturnType<typeof plainSetup>): void {
  const { grads } = tf.variableGrads(() => {
    let state = model.initialState(tree, batch.batchSize);
    const outputs = tf.unstack(tf.tensor3d(batch.inputs, [8, 3, 2])).map((input) => {
      const step = model.step(tree, state, input as tf.Tensor2D);
      state = step.state;
      return step.output;
    });
    const logits = model.readout(tree, tf.concat(outputs, 0));
    const targets = tf.tensor2d(batch.targets, [24, 2]);
    const losses = tf.add(
      tf.mul(targets, tf.softplus(tf.neg(logits))),
      tf.mul(tf.sub(1, targets), tf.softplus(logits)),
    );
    return tf.div(tf.sum(tf.mul(tf.sum(losses, 1), tf.tensor1d(batch.mask))), batch.batchSize) as tf.Scalar;
  }, variables);
  const norm = tf.sqrt(tf.addN(variables.map(({ name }) => tf.sum(tf.square(grads[name]!)))));
  const scale = tf.div(10, tf.maximum(norm, 10));
  for (const [i, variable] of variables.entries()) {
    const gradient = tf.mul(grads[variable.name]!, scale);
    const [mean, square] = moments[i]!;
    const newMean = tf.add(tf.mul(mean, 0.9), tf.mul(gradient, 0.1));
    const newSquare = tf.add(tf.mul(square, 0.999), tf.mul(tf.square(gradient), 0.001));
    const direction = tf.div(tf.div(newMean, 0.1), tf.add(tf.sqrt(tf.div(newSquare, 0.001)), 1e-8));
    variable.assign(tf.sub(variable, tf.mul(direction, 1e-3)));
  }
}

it('a training step runs no more kernels than the plainest loop of the same operations', async () => {
  const engine = eagerEngine({
    model,
    loss: 'bits',
    optimizer: optimizer(optimizerSchema.parse({ name: 'adam' })),
    initRng: rng(1, 'init'),
  });
  const ours = await kernels(() => engine.trainStep(batch));
  const setup = plainSetup();
  const plain = await kernels(() => tf.tidy(() => plainStep(setup)));
  expect(ours).toBeGreaterThan(100);
  expect(ours).toBeLessThanOrEqual(plain);
  engine.dispose();
  tf.disposeVariables();
});
