import { beforeAll, describe, expect, it, vi } from 'vitest';
import { lstm } from '../../../src/cells/lstm.ts';
import { model } from '../../../src/cells/model.ts';
import type { Engine, LossKind, Model, Transform } from '../../../src/core/contracts.ts';
import { CheckpointError, DivergedError, UnavailableError, UsageError } from '../../../src/core/errors.ts';
import { rng } from '../../../src/core/rng.ts';
import * as tf from '../../../src/core/tf.ts';
import { printProgram } from '../../../src/jit/index.ts';
import { compiledEngine } from '../../../src/train/compiled.ts';
import { eagerEngine } from '../../../src/train/eager.ts';
import { schedule } from '../../../src/train/schedule.ts';
import { adam, chain, clipByGlobalNorm, gravesRmsprop, sgd } from '../../../src/train/transforms.ts';
import { toyBatch, toyModel } from './toy.ts';

beforeAll(() => tf.setBackend('cpu'));

const rules: Record<string, () => Transform> = {
  'graves-rmsprop': () => chain(clipByGlobalNorm(10), gravesRmsprop(schedule({ rate: 0.01 }))),
  adamw: () => adam(schedule({ rate: 0.01, warmupSteps: 3 }), { weightDecay: 0.1 }),
  sgd: () => chain(clipByGlobalNorm(0.1), sgd(schedule({ rate: 0.1 }), 0.9)),
};

function open(
  make: typeof eagerEngine,
  options: { model?: Model; loss?: LossKind; rule?: string } = {},
): Engine {
  const { model = toyModel(), loss = 'bits', rule = 'graves-rmsprop' } = options;
  return make({ model, loss, optimizer: rules[rule]!(), initRng: rng(1, 'init') });
}

/** The largest difference between two arrays. */
const apart = (a: Float32Array, b: Float32Array) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);

describe('the compiled engine', () => {
  // A batch of one has one shard, and with it a table for one thread only.
  it.each([1, 3, 8])(
    'trains by as many threads as are fastest, to the same bits, %i at a time',
    (batchSize) => {
      const train = (threads: object) => {
        const options = { model: toyModel(), loss: 'bits', initRng: rng(1, 'init') } as const;
        const engine = compiledEngine({ ...options, optimizer: rules.adamw!(), ...threads });
        const losses = Array.from(
          { length: 40 },
          (_, i) => engine.trainStep(toyBatch(i, 3, batchSize)).lossNats,
        );
        const { logits } = engine.evaluate(toyBatch(99, 3, batchSize));
        engine.dispose();
        return { losses, logits };
      };
      expect(train({ threads: 3, adaptThreads: true })).toEqual(train({}));
      expect(train({ threads: 3 })).toEqual(train({}));
    },
  );

  it('shows the program that it runs', () => {
    const options = {
      model: toyModel(),
      loss: 'bits',
      optimizer: rules.sgd!(),
      initRng: rng(1, 'init'),
    } as const;
    const engine = compiledEngine(options);
    engine.trainStep(toyBatch(1, 2, 3));
    expect(engine.compiled.params).toHaveLength(engine.parameterCount);
    expect(Object.keys(engine.compiled.optimizerState)).toEqual(['velocity']);
    expect(engine.compiled.optimizerState.velocity).toEqual(engine.save()['optimizer.velocity']!.data);
    expect(printProgram(engine.compiled.training.program)).toMatch(/^forward: for t = 0/m);
    engine.dispose();
  });

  it('refuses relaxed SIMD where the JavaScript engine lacks it, in a line of ours', () => {
    const validate = vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
    const options = {
      model: toyModel(),
      loss: 'bits',
      optimizer: rules.sgd!(),
      initRng: rng(1, 'init'),
    } as const;
    const refused = () => compiledEngine({ ...options, relaxed: true });
    expect(refused).toThrow(UnavailableError);
    expect(refused).toThrow(/^relaxed: expected a JavaScript engine with relaxed SIMD, got one without; .*$/);
    // Left out, it is not used.
    compiledEngine(options).dispose();
    validate.mockRestore();
  });

  it.each(Object.keys(rules))('%s: learns step by step what the eager engine learns', (rule) => {
    const [eager, compiled] = [open(eagerEngine, { rule }), open(compiledEngine, { rule })];
    for (let step = 0; step < 10; step++) {
      const batch = toyBatch(step, 1 + (step % 4), 1 + (step % 5));
      const [expected, found] = [eager.trainStep(batch), compiled.trainStep(batch)];
      expect(found.lossNats).toBeCloseTo(expected.lossNats, 4);
      expect(found.gradientNorm).toBeCloseTo(expected.gradientNorm, 4);
    }
    const [expected, found] = [eager.save(), compiled.save()];
    expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort());
    for (const [name, { shape, data }] of Object.entries(expected)) {
      expect(found[name]!.shape, name).toEqual(shape);
      expect(apart(found[name]!.data, data), name).toBeLessThan(1e-5);
    }
    for (const engine of [eager, compiled]) engine.dispose();
  });

  it('gives the same logits and probes, in pieces or whole', () => {
    const [eager, compiled] = [open(eagerEngine), open(compiledEngine)];
    for (const [length, size] of [
      [1, 1],
      [5, 3],
      [2, 9],
    ] as const) {
      const batch = toyBatch(3, length, size);
      const [expected, found] = [eager.evaluate(batch, true), compiled.evaluate(batch, true)];
      expect(apart(found.logits, expected.logits)).toBeLessThan(1e-5);
      expect(apart(compiled.evaluate(batch).logits, expected.logits)).toBeLessThan(1e-5);
      for (const [name, { shape, data }] of Object.entries(expected.probes!)) {
        expect(found.probes![name]!.shape).toEqual(shape);
        expect(apart(found.probes![name]!.data, data)).toBeLessThan(1e-5);
      }
    }
    for (const engine of [eager, compiled]) engine.dispose();
  });

  it('resumes to the bit from what it saved', () => {
    const engine = open(compiledEngine);
    for (let step = 0; step < 3; step++) engine.trainStep(toyBatch(step));
    const saved = engine.save();
    const onward = [4, 5].map((seed) => engine.trainStep(toyBatch(seed)));
    const other = open(compiledEngine);
    other.load(saved);
    expect([4, 5].map((seed) => other.trainStep(toyBatch(seed)))).toEqual(onward);
    expect(other.save()).toEqual(engine.save());
    expect(() => other.load({ 'params.odd': { shape: [1], data: Float32Array.of(1) } })).toThrow(
      CheckpointError,
    );
    for (const one of [engine, other]) one.dispose();
  });

  it('leaves everything as it was when a step diverges, and names the tensor', () => {
    const engine = open(compiledEngine);
    engine.trainStep(toyBatch(1));
    const before = engine.save();
    const batch = toyBatch(2);
    batch.inputs[3] = Number.NaN;
    expect(() => engine.trainStep(batch)).toThrow(UsageError);
    expect(() => engine.trainStep(batch)).toThrow(
      /^inputs: expected finite numbers, got NaN at 3; mend the task$/,
    );
    expect(engine.save()).toEqual(before);
    const huge = { ...before, 'params.readout.bias': { shape: [2], data: Float32Array.of(3e38, 3e38) } };
    engine.load(huge);
    expect(() => engine.trainStep(toyBatch(2))).toThrow(DivergedError);
    expect(engine.save()).toEqual(huge);
    engine.dispose();
  });

  it('refuses wrong shapes, a batch beyond 4 GiB before it runs, and work after its end', () => {
    const engine = open(compiledEngine);
    expect(() => engine.trainStep({ ...toyBatch(1), inputSize: 5 })).toThrow(UsageError);
    engine.dispose();
    expect(() => engine.trainStep(toyBatch(1))).toThrow(/disposed/);
    const wide = lstm.create(
      { ...lstm.settings.parse({}), layers: 1, size: 256 },
      { inputSize: 2, maxLength: 1 },
    );
    const large = open(compiledEngine, { model: model(wide, { inputSize: 2, outputSize: 2 }) as Model });
    expect(() => large.trainStep(toyBatch(1, 250_000, 3))).toThrow(
      /fits into 4 GiB, got 3 sequences of 250000 steps that take \d+ bytes; use at most [12]$/,
    );
    large.dispose();
  });

  it('creates no tensors that stay', () => {
    const engine = open(compiledEngine);
    const before = tf.memory().numTensors;
    engine.trainStep(toyBatch(1));
    engine.evaluate(toyBatch(1), true);
    expect(tf.memory().numTensors).toBe(before);
    engine.dispose();
  });
});
