import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine, LossKind, Model, NamedArrays, Transform } from '../../../src/core/contracts.ts';
import { CheckpointError, DivergedError, UsageError } from '../../../src/core/errors.ts';
import { rng } from '../../../src/core/rng.ts';
import * as tf from '../../../src/core/tf.ts';
import { eagerEngine } from '../../../src/train/eager.ts';
import { schedule } from '../../../src/train/schedule.ts';
import { adam, chain, clipByGlobalNorm, gravesRmsprop, sgd } from '../../../src/train/transforms.ts';
import { expectNoLeak } from '../../support/leaks.ts';
import { HIDDEN, toyBatch, toyModel } from './toy.ts';

beforeAll(() => tf.setBackend('cpu'));

const byHand = () => chain(clipByGlobalNorm(10), gravesRmsprop(schedule({ rate: 0.01 })));

function open(
  options: { model?: Model; loss?: LossKind; optimizer?: Transform; seed?: number } = {},
): Engine {
  const { model = toyModel(), loss = 'bits', optimizer = byHand(), seed = 1 } = options;
  return eagerEngine({ model, loss, optimizer, initRng: rng(seed, 'init') });
}

/** Arrays with one number changed. */
function changed(
  arrays: NamedArrays,
  name: string,
  index: number,
  change: (value: number) => number,
): NamedArrays {
  const data = Float32Array.from(arrays[name]!.data);
  data[index] = change(data[index]!);
  return { ...arrays, [name]: { shape: arrays[name]!.shape, data } };
}

describe('a training step', () => {
  it.each(['bits', 'symbol', 'value'] as const)('%s: has the gradient of finite differences', (loss) => {
    // With sgd at rate 1 the parameters move by minus the gradient.
    const engine = open({ loss, optimizer: sgd(schedule({ rate: 1 })) });
    const batch = toyBatch(5, 4, 3, loss);
    const before = engine.save();
    const { lossNats, gradientNorm } = engine.trainStep(batch);
    const after = engine.save();
    const lossAt = (arrays: NamedArrays) => {
      engine.load(arrays);
      return lossOf(engine.evaluate(batch).logits, batch, loss);
    };
    expect(lossAt(before)).toBeCloseTo(lossNats, 5);
    let square = 0;
    for (const name of Object.keys(before).filter((path) => path.startsWith('params.')))
      for (let i = 0; i < before[name]!.data.length; i++) {
        const gradient = before[name]!.data[i]! - after[name]!.data[i]!;
        const width = 1 / 64;
        const above = lossAt(changed(before, name, i, (value) => value + width));
        const below = lossAt(changed(before, name, i, (value) => value - width));
        expect(Math.abs(gradient - (above - below) / (2 * width)), `${name} ${i}`).toBeLessThan(2e-3);
        square += gradient ** 2;
      }
    expect(gradientNorm).toBeCloseTo(Math.sqrt(square), 4);
    engine.dispose();
  });

  it('tells the norm before clipping', () => {
    const options = { model: toyModel(), loss: 'bits' as const };
    const [free, clipped] = [
      open({ ...options, optimizer: sgd(schedule({ rate: 1 })) }),
      open({ ...options, optimizer: chain(clipByGlobalNorm(1e-3), sgd(schedule({ rate: 1 }))) }),
    ];
    const before = clipped.save();
    expect(clipped.trainStep(toyBatch(1)).gradientNorm).toBe(free.trainStep(toyBatch(1)).gradientNorm);
    const moved = Object.entries(clipped.save()).flatMap(([name, { data }]) =>
      name.startsWith('params.') ? [...data].map((value, i) => value - before[name]!.data[i]!) : [],
    );
    expect(Math.hypot(...moved)).toBeCloseTo(1e-3, 5);
    free.dispose();
    clipped.dispose();
  });

  it('keeps the number of tensors, and disposes of all of them in the end', () => {
    expectNoLeak(() => {
      const engine = open();
      const before = tf.memory().numTensors;
      for (let step = 0; step < 4; step++) {
        engine.trainStep(toyBatch(step, 2 + step));
        engine.evaluate(toyBatch(step), step % 2 === 0);
        engine.load(engine.save());
        expect(tf.memory().numTensors).toBe(before);
      }
      engine.dispose();
    });
  });

  it('gives no gradient from what is not scored', () => {
    const engine = open({ optimizer: sgd(schedule({ rate: 1 })) });
    const batch = toyBatch(1);
    batch.mask.fill(0);
    const before = engine.save();
    expect(engine.trainStep(batch)).toEqual({ lossNats: 0, gradientNorm: 0 });
    expect(engine.save()['params.cell.kernel']).toEqual(before['params.cell.kernel']);
    engine.dispose();
  });

  it('trains a model with a parameter that the loss does not depend on', () => {
    const engine = open({ model: toyModel({ extraParameter: true }) });
    expect(engine.parameterCount).toBe(2 * HIDDEN + HIDDEN * HIDDEN + HIDDEN + HIDDEN * 2 + 2 + 2);
    const before = engine.save();
    engine.trainStep(toyBatch(1));
    expect(engine.save()['params.unused']).toEqual(before['params.unused']);
    expect(engine.save()['params.cell.kernel']).not.toEqual(before['params.cell.kernel']);
    engine.dispose();
  });

  it('learns: the loss on one batch falls to a tenth', () => {
    const engine = open({ optimizer: adam(schedule({ rate: 0.05 })) });
    const batch = toyBatch(3);
    const first = engine.trainStep(batch).lossNats;
    for (let step = 0; step < 150; step++) engine.trainStep(batch);
    expect(engine.trainStep(batch).lossNats).toBeLessThan(0.1 * first);
    engine.dispose();
  });
});

describe('evaluating', () => {
  it('gives probes as [T,B,...], the same logits with and without them', () => {
    const engine = open();
    const batch = toyBatch(2, 4, 3);
    const plain = engine.evaluate(batch);
    const probed = engine.evaluate(batch, true);
    expect(plain.probes).toBeUndefined();
    expect(probed.logits).toEqual(plain.logits);
    expect(Object.keys(probed.probes!)).toEqual(['hidden', 'energy']);
    expect(probed.probes!.hidden!.shape).toEqual([4, 3, HIDDEN]);
    expect(probed.probes!.energy!.shape).toEqual([4, 3]);
    const { hidden, energy } = probed.probes!;
    energy!.data.forEach((value, row) => {
      const values = [...hidden!.data.subarray(row * HIDDEN, (row + 1) * HIDDEN)];
      expect(value).toBeCloseTo(
        values.reduce((sum, h) => sum + h * h, 0),
        5,
      );
    });
    engine.dispose();
  });

  it('hands out copies: what is done to them changes nothing', () => {
    const engine = open();
    const logits = engine.evaluate(toyBatch(1)).logits.slice();
    for (const { data } of Object.values(engine.save())) data.fill(7);
    engine.evaluate(toyBatch(1)).logits.fill(0);
    expect(engine.evaluate(toyBatch(1)).logits).toEqual(logits);
    const arrays = engine.save();
    engine.load(arrays);
    for (const { data } of Object.values(arrays)) data.fill(7);
    expect(engine.evaluate(toyBatch(1)).logits).toEqual(logits);
    engine.dispose();
  });
});

describe('saving and loading', () => {
  it.each([
    ['graves-rmsprop', byHand()],
    ['adam with a schedule', adam(schedule({ rate: 0.1, schedule: 'cosine', decaySteps: 9 }))],
    ['sgd', sgd(schedule({ rate: 0.1 }))],
  ])('%s: goes on to the bit, in another engine too', (_, optimizer) => {
    const [one, other] = [open({ optimizer }), open({ optimizer, seed: 99 })];
    for (let step = 0; step < 3; step++) one.trainStep(toyBatch(step));
    other.load(one.save());
    for (let step = 3; step < 6; step++)
      expect(other.trainStep(toyBatch(step))).toEqual(one.trainStep(toyBatch(step)));
    expect(other.save()).toEqual(one.save());
    one.dispose();
    other.dispose();
  });

  it('names parameters by path, optimizer state flat, and the step', () => {
    const engine = open();
    engine.trainStep(toyBatch(1));
    const arrays = engine.save();
    expect(Object.keys(arrays)).toEqual([
      'params.cell.kernel',
      'params.cell.recurrent',
      'params.cell.start',
      'params.readout.kernel',
      'params.readout.bias',
      'optimizer.square',
      'optimizer.mean',
      'optimizer.velocity',
      'optimizer.step',
    ]);
    expect(arrays['optimizer.mean']!.shape).toEqual([engine.parameterCount]);
    expect(arrays['optimizer.step']).toEqual({ shape: [], data: Float32Array.of(1) });
    engine.dispose();
  });

  it('takes parameters alone, and begins the optimizer afresh', () => {
    const [one, other] = [open(), open({ seed: 2 })];
    one.trainStep(toyBatch(1));
    const params = Object.entries(one.save()).filter(([name]) => name.startsWith('params.'));
    other.trainStep(toyBatch(2));
    other.load(Object.fromEntries(params));
    expect(other.evaluate(toyBatch(3))).toEqual(one.evaluate(toyBatch(3)));
    expect(other.save()['optimizer.step']!.data[0]).toBe(0);
    expect(other.save()['optimizer.square']!.data.every((value) => value === 0)).toBe(true);
    one.dispose();
    other.dispose();
  });

  it.each([
    [
      'a missing parameter',
      ({ 'params.cell.kernel': _, ...rest }: NamedArrays) => rest,
      'params.cell.kernel: expected [2,3], got no such array',
    ],
    [
      'a missing slot',
      ({ 'optimizer.mean': _, ...rest }: NamedArrays) => rest,
      'optimizer.mean: expected [26], got no such array',
    ],
    [
      'an unknown array',
      (all: NamedArrays) => ({ ...all, 'params.more': all['optimizer.step']! }),
      'params.more: expected no such array, got []',
    ],
    [
      'another shape',
      (all: NamedArrays) => ({ ...all, 'params.readout.bias': { shape: [2, 1], data: new Float32Array(2) } }),
      'params.readout.bias: expected [2], got [2,1]',
    ],
  ])('refuses %s by name, and stays as it was', (_, spoil, message) => {
    expectNoLeak(() => {
      const engine = open();
      const before = engine.save();
      expect(() => engine.load(spoil(before))).toThrow(CheckpointError);
      expect(() => engine.load(spoil(before))).toThrow(message);
      expect(engine.save()).toEqual(before);
      engine.dispose();
    });
  });
});

describe('numbers that are not finite', () => {
  /** Fails a step and says why; the engine must be as it was. */
  function failure(engine: Engine, batch = toyBatch(1)): string {
    const before = engine.save();
    const live = tf.memory().numTensors;
    let message = 'nothing was thrown';
    try {
      engine.trainStep(batch);
    } catch (error) {
      expect(error).toBeInstanceOf(DivergedError);
      message = (error as Error).message;
    }
    expect(engine.save()).toEqual(before);
    expect(tf.memory().numTensors).toBe(live);
    engine.dispose();
    return message;
  }

  it('in the batch is named', () => {
    const batch = toyBatch(1);
    batch.inputs[3] = Number.NaN;
    const engine = open();
    const before = engine.save();
    const refusal = /^inputs: expected finite numbers, got NaN at 3; mend the task$/;
    expect(() => engine.trainStep(batch)).toThrow(refusal);
    expect(() => engine.evaluate(batch)).toThrow(refusal);
    expect(engine.save()).toEqual(before);
    engine.dispose();
  });

  it('in a parameter is named by its path', () => {
    const engine = open();
    engine.load(changed(engine.save(), 'params.cell.recurrent', 4, () => Number.POSITIVE_INFINITY));
    expect(failure(engine)).toMatch(/^params\.cell\.recurrent: expected finite numbers, got Infinity; /);
  });

  it('in the state is named with the time it appeared', () => {
    const model = toyModel();
    const blowing: Model = {
      ...model,
      initialState: (params, batchSize) => ({
        ...model.initialState(params as never, batchSize),
        grown: tf.fill([batchSize, 1], 1e5),
      }),
      step: (params, state, input) => {
        const { output, state: next } = model.step(params as never, state as never, input);
        // Doubles its exponent each step: 1e10, 1e20, then infinity at the third.
        const { grown } = state as { grown: tf.Tensor };
        return {
          output: tf.add(output, tf.mul(grown, 1e-45)) as tf.Tensor2D,
          state: { ...next, grown: tf.square(grown) },
        };
      },
    };
    expect(failure(open({ model: blowing }), toyBatch(1, 5))).toMatch(
      /^state\.grown at time 2: expected finite numbers, got Infinity/,
    );
  });

  it('only in a gradient is named by the parameter', () => {
    // sqrt has an infinite slope at 0, where its value is finite.
    const model: Model<{ cell: { heads: { kernel: tf.Tensor } }; bias: tf.Tensor }, { none: tf.Tensor }> = {
      name: 'root',
      inputSize: 2,
      outputSize: 2,
      readoutSize: 2,
      init: () => ({ cell: { heads: { kernel: tf.zeros([2]) } }, bias: tf.ones([2]) }),
      initialState: (_, batchSize) => ({ none: tf.zeros([batchSize, 1]) }),
      step: ({ cell, bias }, state, input) => ({
        output: tf.add(tf.add(tf.mul(input, 1), tf.sqrt(cell.heads.kernel)), bias) as tf.Tensor2D,
        state,
      }),
      readout: (_, outputs) => outputs,
    };
    expect(failure(open({ model: model as Model }))).toMatch(
      /^gradient of params\.cell\.heads\.kernel: expected finite numbers, got (NaN|-?Infinity); lower/,
    );
  });

  it('in the update alone leaves the parameters alone too', () => {
    const reckless = sgd(schedule({ rate: 3e38 }));
    const wild: Transform = chain(reckless, {
      init: () => ({}),
      update: (gradient) => ({ update: tf.mul(gradient, 1e10), state: {} }),
    });
    expect(failure(open({ optimizer: wild }))).toMatch(
      /^params\.cell\.kernel after the update: expected finite numbers, got (-?Infinity|NaN); lower/,
    );
  });

  it('in what the optimizer remembers is named by the parameter', () => {
    // Only the gradient of the readout's bias is as large as to overflow.
    const model = toyModel();
    const steep: Model = {
      ...(model as Model),
      readout: (params, outputs) => {
        const { kernel, bias } = (params as { readout: { kernel: tf.Tensor2D; bias: tf.Tensor } }).readout;
        return tf.add(tf.matMul(outputs, kernel), tf.mul(bias, 1e15)) as tf.Tensor2D;
      },
    };
    const engine = open({ model: steep, optimizer: sgd(schedule({ rate: 1e25 }), 0.9) });
    engine.load(
      changed(
        changed(engine.save(), 'params.readout.bias', 0, () => 0),
        'params.readout.bias',
        1,
        () => 0,
      ),
    );
    expect(failure(engine)).toMatch(/^params\.readout\.bias after the update: expected finite numbers, got/);
    const doubled = chain(
      { init: () => ({}), update: (gradient) => ({ update: tf.mul(gradient, 1e25), state: {} }) },
      sgd(schedule({ rate: 0.1 }), 0.9),
    );
    const other = open({ model: steep, optimizer: doubled });
    other.load(
      changed(
        changed(other.save(), 'params.readout.bias', 0, () => 0),
        'params.readout.bias',
        1,
        () => 0,
      ),
    );
    expect(failure(other)).toMatch(
      /^optimizer\.velocity of params\.readout\.bias after the update: expected finite numbers, got -?Infinity; lower/,
    );
  });

  it('in the norm of a gradient is named with the largest part', () => {
    const model: Model<{ low: tf.Tensor; steep: tf.Tensor }, { none: tf.Tensor }> = {
      name: 'steep',
      inputSize: 2,
      outputSize: 2,
      readoutSize: 2,
      init: () => ({ low: tf.ones([2]), steep: tf.zeros([2]) }),
      initialState: (_, batchSize) => ({ none: tf.zeros([batchSize, 1]) }),
      step: ({ low, steep }, state, input) => ({
        output: tf.add(tf.add(tf.mul(input, 1), tf.mul(steep, 1e25)), low) as tf.Tensor2D,
        state,
      }),
      readout: (_, outputs) => outputs,
    };
    expect(failure(open({ model: model as Model }))).toMatch(
      /^gradient norm: expected a finite number, got Infinity, with -?\d(\.\d+)?e\+2\d in gradient of params\.steep; lower/,
    );
  });

  it('in the loss alone is named so', () => {
    const engine = open();
    const huge = changed(engine.save(), 'params.readout.bias', 0, () => 3e38);
    engine.load(changed(huge, 'params.readout.bias', 1, () => 3e38));
    expect(failure(engine)).toMatch(/^loss: expected finite numbers, got Infinity; lower/);
  });
});

describe('batches that do not fit', () => {
  it.each([
    ['input size', { inputSize: 3 }, 'batch: expected 2 for inputSize, got 3'],
    ['output size', { outputSize: 1 }, 'batch: expected 2 for outputSize, got 1'],
    ['a short mask', { mask: new Float32Array(5) }, 'batch: expected 6 for numbers in mask, got 5'],
    ['long targets', { targets: new Float32Array(13) }, 'batch: expected 12 for numbers in targets, got 13'],
    ['no steps', { length: 0 }, 'batch: expected at least one step and one sequence, got 0 and 2'],
  ])('%s: one line, in training and evaluating', (_, wrong, message) => {
    expectNoLeak(() => {
      const engine = open();
      const batch = { ...toyBatch(1), ...wrong };
      expect(() => engine.trainStep(batch)).toThrow(UsageError);
      expect(() => engine.trainStep(batch)).toThrow(message);
      expect(() => engine.evaluate(batch)).toThrow(message);
      engine.dispose();
    });
  });

  it('longer than the model can hold', () => {
    expectNoLeak(() => {
      const engine = open({ model: toyModel({ maxLength: 2 }) });
      expect(() => engine.trainStep(toyBatch(1, 3))).toThrow(
        'toy: expected sequences of at most 2 steps, got 3',
      );
      engine.dispose();
    });
  });

  it('a model with nothing to learn', () => {
    const model: Model = { ...(toyModel() as Model), init: () => ({}) };
    expect(() => open({ model })).toThrow('toy: expected parameters to learn, got none');
  });
});

/** The loss of logits in float64, from its definition. */
function lossOf(logits: Float32Array, batch: ReturnType<typeof toyBatch>, loss: LossKind): number {
  let sum = 0;
  for (let row = 0; row < batch.length * batch.batchSize; row++) {
    const z = [...logits.subarray(2 * row, 2 * row + 2)];
    const t = [...batch.targets.subarray(2 * row, 2 * row + 2)];
    if (loss === 'value') {
      sum += (batch.mask[row]! * ((z[0]! - t[0]!) ** 2 + (z[1]! - t[1]!) ** 2)) / 2;
      continue;
    }
    const total = z.reduce((a, value) => a + Math.exp(value), 0);
    const p = z.map((value) => (loss === 'bits' ? 1 / (1 + Math.exp(-value)) : Math.exp(value) / total));
    const nats = p.map((q, i) =>
      loss === 'bits' ? -(t[i]! * Math.log(q) + (1 - t[i]!) * Math.log(1 - q)) : -t[i]! * Math.log(q),
    );
    sum += batch.mask[row]! * (nats[0]! + nats[1]!);
  }
  return sum / batch.batchSize;
}
