/** A user's own cell through the public door alone: what `engram/jit` exports, and `engram` for the optimizer. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import { adam, type Batch, type Model, schedule } from '../../../src/index.ts';
import {
  type CompiledModel,
  compile,
  type Measured,
  type Profile,
  print,
  profile,
  showProfile,
  wat,
} from '../../../src/jit/index.ts';

beforeAll(() => tf.setBackend('cpu'));

type Params = { kernel: tf.Tensor2D; readout: tf.Tensor2D };

/** A leaky cell that multiplies what it sees with what it holds. */
const leaky: Model<Params, { h: tf.Tensor2D }> = {
  name: 'leaky',
  inputSize: 2,
  outputSize: 8,
  readoutSize: 1,
  init: (rng) => ({
    kernel: tf.tensor2d(
      Float32Array.from({ length: 80 }, () => 0.3 * rng.normal()),
      [10, 8],
    ),
    readout: tf.tensor2d(
      Float32Array.from({ length: 8 }, () => 0.3 * rng.normal()),
      [8, 1],
    ),
  }),
  initialState: (_, batchSize) => ({ h: tf.zeros([batchSize, 8]) }),
  step({ kernel }, { h }, input) {
    const seen: tf.Tensor2D = tf.tanh(tf.matMul(tf.concat([input, h], 1), kernel));
    const next: tf.Tensor2D = tf.add(tf.mul(h, 0.5), tf.mul(seen, 0.5));
    return { output: next, state: { h: next } };
  },
  readout: ({ readout }, outputs) => tf.matMul(outputs, readout),
};

/** Squared error of scored rows. */
const squared = (logits: tf.Tensor2D, { targets, mask }: { targets: tf.Tensor2D; mask: tf.Tensor1D }) =>
  tf.mul(tf.sum(tf.square(tf.sub(logits, targets)), 1), mask) as tf.Tensor1D;

/** The answer is the difference of the first step's two inputs, asked for at the last. */
function batchOf(seed: number, length = 4, batchSize = 6): Batch {
  const inputs = Float32Array.from({ length: length * batchSize * 2 }, (_, i) =>
    Math.sin(i * 12.9898 + seed),
  );
  const [targets, mask] = [new Float32Array(length * batchSize), new Float32Array(length * batchSize)];
  for (let b = 0; b < batchSize; b++) {
    const last = (length - 1) * batchSize + b;
    targets[last] = inputs[2 * b]! - inputs[2 * b + 1]!;
    mask[last] = 1;
  }
  return { length, batchSize, inputSize: 2, outputSize: 1, inputs, targets, mask };
}

function open(): CompiledModel {
  let seed = 1;
  const rng = { normal: () => Math.sin(seed++ * 78.233) };
  const params = leaky.init(rng as never);
  const optimizer = adam(schedule({ rate: 0.02 }));
  const compiled = compile(leaky as unknown as Model, squared, { params, optimizer });
  tf.dispose(Object.values(params));
  return compiled;
}

describe('a cell of ten lines', () => {
  it('compiles and learns through the public door, and leaves no tensor', () => {
    const before = tf.memory().numTensors;
    const compiled = open();
    const losses: number[] = [];
    for (let step = 1; step <= 200; step++) {
      const measured = compiled.measure(batchOf(step));
      expectTypeOf(measured).toEqualTypeOf<Measured>();
      expect(compiled.update(step)).toBe(true);
      losses.push(measured.loss);
    }
    const mean = (part: number[]) => part.reduce((sum, loss) => sum + loss, 0) / part.length;
    expect(mean(losses.slice(-20))).toBeLessThan(0.1 * mean(losses.slice(0, 20)));
    expect(compiled.evaluate(batchOf(1)).logits).toHaveLength(24);
    expect(tf.memory().numTensors).toBe(before);
    compiled.dispose();
  });

  it('shows its graph, its module and its cost', () => {
    const compiled = open();
    expect(print(compiled.graphs.step)).toMatch(/^%\d+ batch \[8\] = tanh %\d+$/m);
    expect(wat(compiled.training.bytes)).toMatch(/^\(module\n[\s\S]*\(export "entry_shard" \(func \d+\)\)/);
    compiled.dispose();
  });
});

describe('profile', () => {
  const whole = (found: Profile) => found.phases.flatMap(({ regions }) => regions);

  it('names every phase and part of a step, with times that add up', () => {
    const compiled = open();
    const before = compiled.params;
    const found = profile(compiled, batchOf(1), { repetitions: 3 });
    const { program } = compiled.training;
    const order = ['prologue', 'shard', 'reduceShards', 'update'].flatMap((entry) => program.entries[entry]!);
    expect(found.phases.map(({ name }) => name)).toEqual(order.map((index) => program.phases[index]!.name));
    const total = whole(found).reduce((sum, { microseconds }) => sum + microseconds, 0);
    expect(total).toBeCloseTo(found.microseconds, 3);
    for (const cost of whole(found)) expect(cost.microseconds).toBeGreaterThanOrEqual(0);
    expect(found.microseconds).toBeGreaterThan(0);
    expect(compiled.params).toEqual(before);
    expect(compiled.measure(batchOf(2))).toEqual(open().measure(batchOf(2)));
    compiled.dispose();
  });

  it('counts a product by hand, and doubles with the batch what goes by rows', () => {
    const compiled = open();
    const [one, two] = [4, 8].map((size) => profile(compiled, batchOf(1, 3, size), { repetitions: 1 }));
    // Of T = 3 steps and B = 4 rows: [10] x [10,8] forward, and B T (k + n) + k n floats a step.
    const product = one!.phases
      .find(({ name }) => name === 'forward')!
      .regions.find(({ name }) => / nn 10x8$/.test(name))!;
    expect(product.flops).toBe(3 * 4 * 2 * 10 * 8);
    expect(product.bytes).toBe(3 * 4 * (4 * (10 + 8) + 10 * 8));
    const forward = (found: Profile) => found.phases.find(({ name }) => name === 'forward')!.flops;
    expect(forward(two!)).toBe(2 * forward(one!));
    compiled.dispose();
  });

  it('is written as lines of one width, the step first', () => {
    const compiled = open();
    const lines = showProfile(profile(compiled, batchOf(1), { repetitions: 1 })).split('\n');
    expect(new Set(lines.map((line) => line.length)).size).toBe(1);
    expect(lines[0]).toMatch(/^part +us +share +Mflop +kB +Gflop\/s$/);
    expect(lines[1]).toMatch(/^step of 6 sequences of 4 +[\d.]+ +100\.0% /);
    expect(lines.some((line) => /^ {2}forward /.test(line))).toBe(true);
    compiled.dispose();
  });
});
