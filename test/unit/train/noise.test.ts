/** Dropout by the noise of the run: alike on both engines, exact to resume, and gone in evaluation. */
import { beforeAll, describe, expect, it } from 'vitest';
import { dropout } from '../../../src/cells/dropout.ts';
import { model } from '../../../src/cells/model.ts';
import type { Batch, Cell, Engine } from '../../../src/core/contracts.ts';
import { uniformKernel } from '../../../src/core/init.ts';
import { rng } from '../../../src/core/rng.ts';
import * as tf from '../../../src/core/tf.ts';
import { compiledEngine } from '../../../src/train/compiled.ts';
import { eagerEngine } from '../../../src/train/eager.ts';
import { noiseOf } from '../../../src/train/noise.ts';
import { schedule } from '../../../src/train/schedule.ts';
import { adam } from '../../../src/train/transforms.ts';

beforeAll(() => tf.setBackend('cpu'));

const SIZE = 16;

/** tanh([x, h] K) with a share of it dropped. */
const cellOf = (rate: number, noiseSize = SIZE): Cell => ({
  name: 'dropping',
  inputSize: 3,
  outputSize: SIZE,
  noiseSize,
  init: (stream) => ({ kernel: uniformKernel(stream, 3 + SIZE, SIZE) }),
  initialState: (_, batchSize) => ({ h: tf.zeros([batchSize, SIZE]) as tf.Tensor2D }),
  step(params, state, input, noise) {
    const both = tf.concat([input, (state as { h: tf.Tensor2D }).h], 1);
    const h = tf.tanh(tf.matMul(both, (params as { kernel: tf.Tensor2D }).kernel)) as tf.Tensor2D;
    return { output: dropout(h, noise, rate), state: { h } };
  },
});

const stream = rng(3, 'batch');
const batch: Batch = {
  length: 3,
  batchSize: 4,
  inputSize: 3,
  outputSize: 2,
  inputs: Float32Array.from({ length: 36 }, () => stream.normal()),
  targets: Float32Array.from({ length: 24 }, () => stream.integer(2)),
  mask: new Float32Array(12).fill(1),
};

const open = (make: typeof eagerEngine | typeof compiledEngine, cell: Cell, seed = 1): Engine =>
  make({
    model: model(cell, { inputSize: 3, outputSize: 2 }) as never,
    loss: 'bits',
    optimizer: adam(schedule({ rate: 1e-2 })),
    initRng: rng(seed, 'init'),
  });

const losses = (engine: Engine, steps: number) =>
  Array.from({ length: steps }, () => engine.trainStep(batch).lossNats);

describe('dropout', () => {
  it('keeps what is at the rate and above, scaled up, and all of it in evaluation', () => {
    const [kept, all] = tf.tidy(() => {
      const x = tf.tensor1d([1, 2, 3, 4]);
      const noise = tf.tensor1d([0.1, 0.25, 0.24, 0.9]);
      return [dropout(x, noise, 0.25).arraySync(), dropout(x, tf.ones([4]), 0.25).arraySync()];
    });
    expect(kept).toEqual(
      [0, Math.fround(8 / 3), 0, Math.fround(16 / 3)].map((value) => expect.closeTo(value, 5)),
    );
    expect(all).toEqual([1, 2, 3, 4]);
  });

  it('is refused where it does not fit', () => {
    const x = tf.ones([2, 3]);
    expect(() => dropout(x, tf.ones([2, 2]), 0.5)).toThrow(
      /^dropout: expected noise of the shape \[2,3\], got \[2,2\]/,
    );
    expect(() => dropout(x, x, 1)).toThrow(/^dropout: expected a rate of at least 0 and below 1, got 1/);
    x.dispose();
  });
});

describe('the noise of a step', () => {
  const whole = model(cellOf(0.5), { inputSize: 3, outputSize: 2 }) as never;
  const drawn = (seed: number, step: number) => {
    const noise = noiseOf(whole, rng(seed, 'init'));
    const { inputs, inputSize } = noise.training(batch, step);
    expect(inputSize).toBe(3 + SIZE);
    return Array.from({ length: 12 }, (_, row) => [
      ...inputs.subarray(row * inputSize + 3, (row + 1) * inputSize),
    ]).flat();
  };

  it('is uniform below 1, another at every step and for every seed, and the same again', () => {
    const once = drawn(1, 1);
    expect(once.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(once.reduce((sum, value) => sum + value, 0) / once.length).toBeCloseTo(0.5, 1);
    expect(drawn(1, 1)).toEqual(once);
    expect(drawn(1, 2)).not.toEqual(once);
    expect(drawn(2, 1)).not.toEqual(once);
  });

  it('stands beside the input as it was', () => {
    const { inputs, inputSize } = noiseOf(whole, rng(1, 'init')).evaluation(batch);
    for (let row = 0; row < 12; row++) {
      expect(inputs.subarray(row * inputSize, row * inputSize + 3)).toEqual(
        batch.inputs.subarray(row * 3, row * 3 + 3),
      );
      expect(inputs.subarray(row * inputSize + 3, (row + 1) * inputSize)).toEqual(
        new Float32Array(SIZE).fill(1),
      );
    }
  });

  it('takes nothing from the stream of a model without any', () => {
    const [used, fresh] = [rng(1, 'init'), rng(1, 'init')];
    const plain = noiseOf(model(cellOf(0.5, 0), { inputSize: 3, outputSize: 2 }) as never, used);
    expect(used.uniform()).toBe(fresh.uniform());
    expect(plain.training(batch, 1)).toBe(batch);
  });
});

describe.each([
  ['eager', eagerEngine],
  ['compiled', compiledEngine],
] as const)('training on the %s engine', (_, make) => {
  it('goes on from what was saved to the bit', () => {
    const [straight, first, second] = [
      open(make, cellOf(0.5)),
      open(make, cellOf(0.5)),
      open(make, cellOf(0.5)),
    ];
    const expected = losses(straight, 5);
    losses(first, 3);
    second.load(first.save());
    expect(losses(second, 2)).toEqual(expected.slice(3));
    for (const engine of [straight, first, second]) engine.dispose();
  });

  it('evaluates as if nothing were dropped, each time alike', () => {
    const [dropping, whole] = [open(make, cellOf(0.5)), open(make, cellOf(0))];
    const { logits } = dropping.evaluate(batch);
    expect(dropping.evaluate(batch).logits).toEqual(logits);
    expect(whole.evaluate(batch).logits).toEqual(logits);
    expect(dropping.trainStep(batch).lossNats).not.toBe(whole.trainStep(batch).lossNats);
    for (const engine of [dropping, whole]) engine.dispose();
  });
});

it('both engines drop the same', () => {
  const [eager, compiled] = [open(eagerEngine, cellOf(0.5)), open(compiledEngine, cellOf(0.5))];
  const found = losses(compiled, 4);
  losses(eager, 4).forEach((loss, i) => {
    expect(found[i]).toBeCloseTo(loss, 4);
  });
  eager.dispose();
  compiled.dispose();
});
