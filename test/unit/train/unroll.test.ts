import { beforeAll, describe, expect, it } from 'vitest';
import type { Cell, Model } from '../../../src/core/contracts.ts';
import { UsageError } from '../../../src/core/errors.ts';
import { rng } from '../../../src/core/rng.ts';
import * as tf from '../../../src/core/tf.ts';
import { unroll } from '../../../src/train/unroll.ts';
import { expectNoLeak } from '../../support/leaks.ts';
import { HIDDEN, type ToyParams, toyBatch, toyModel } from './toy.ts';

beforeAll(() => tf.setBackend('cpu'));

/** The toy model in plain loops: logits of one sequence. */
function reference(params: ToyParams, inputs: number[][]): number[][] {
  const kernel = params.cell.kernel.arraySync() as number[][];
  const recurrent = params.cell.recurrent.arraySync() as number[][];
  const readout = params.readout.kernel.arraySync() as number[][];
  const bias = params.readout.bias.arraySync() as number[];
  let hidden = (params.cell.start.arraySync() as number[][])[0]!;
  return inputs.map((input) => {
    const last = hidden;
    hidden = last.map((_, j) => {
      let sum = 0;
      input.forEach((x, i) => {
        sum += x * kernel[i]![j]!;
      });
      last.forEach((h, i) => {
        sum += h * recurrent[i]![j]!;
      });
      return Math.tanh(sum);
    });
    return bias.map((b, o) => hidden.reduce((sum, h, j) => sum + h * readout[j]![o]!, b));
  });
}

describe('unroll', () => {
  it('equals a plain loop over time and sequences, time first', () => {
    expectNoLeak(() =>
      tf.tidy(() => {
        const model = toyModel();
        const params = model.init(rng(1, 'init'));
        const { inputs } = toyBatch(1, 4, 3);
        const steps = tf.tensor3d(inputs, [4, 3, 2]);
        const logits = unroll(model, params, steps);
        expect(logits.shape).toEqual([12, 2]);
        const got = logits.arraySync();
        const given = steps.arraySync();
        for (let b = 0; b < 3; b++) {
          const expected = reference(
            params,
            given.map((step) => step[b]!),
          );
          expected.forEach((row, t) => {
            row.forEach((value, o) => {
              expect(got[t * 3 + b]![o]).toBeCloseTo(value, 5);
            });
          });
        }
      }),
    );
  });

  it('shows every step to an observer, in order', () => {
    tf.tidy(() => {
      const model = toyModel();
      const params = model.init(rng(1, 'init'));
      const times: number[] = [];
      let last: Float32Array | undefined;
      const logits = unroll(model, params, tf.ones([5, 2, 2]), (time, step) => {
        times.push(time);
        expect(step.probe!.energy!.shape).toEqual([2]);
        last = step.output.dataSync() as Float32Array;
      });
      expect(times).toEqual([0, 1, 2, 3, 4]);
      const readout = model.readout(params, tf.tensor2d(last!, [2, HIDDEN])).dataSync();
      expect([...logits.dataSync().slice(-4)]).toEqual([...readout]);
    });
  });

  it('refuses sequences longer than the model can hold, before anything runs', () => {
    tf.tidy(() => {
      const model = toyModel({ maxLength: 4 });
      const params = model.init(rng(1, 'init'));
      expect(unroll(model, params, tf.ones([4, 1, 2])).shape).toEqual([4, 2]);
      const tooLong = () => unroll(model, params, tf.ones([5, 1, 2]));
      expect(tooLong).toThrow(UsageError);
      expect(tooLong).toThrow(
        'toy: expected sequences of at most 4 steps, got 5; build the model for longer ones or shorten the task',
      );
    });
  });

  it('holds one state at a time, whatever the length', () => {
    // The state is apart from the output and has 10,000 numbers; 50 of them would be 2 MB.
    const cell: Cell<{ gain: tf.Tensor }, { store: tf.Tensor; same: tf.Tensor }> = {
      name: 'store',
      inputSize: 1,
      outputSize: 1,
      init: () => ({ gain: tf.scalar(1) }),
      initialState: () => ({ store: tf.zeros([10_000]), same: tf.zeros([10_000]) }),
      step: ({ gain }, { store, same }, input) => ({
        output: tf.mul(input, gain) as tf.Tensor2D,
        state: { store: tf.add(store, gain), same },
      }),
    };
    const model = { ...cell, readoutSize: 1, readout: (_, outputs) => outputs } as Model<{ gain: tf.Tensor }>;
    let most = 0;
    expectNoLeak(() =>
      tf.tidy(() => {
        const params = model.init(rng(1, 'init'));
        const before = tf.memory().numBytes;
        unroll(model, params, tf.ones([50, 1, 1]), () => {
          most = Math.max(most, tf.memory().numBytes - before);
        });
        expect(params.gain.isDisposed).toBe(false);
      }),
    );
    expect(most).toBeGreaterThan(80_000);
    expect(most).toBeLessThan(200_000);
  });

  it('lets gradients through steps that use custom gradients', () => {
    const double = tf.customGrad((x, save) => {
      (save as (tensors: tf.Tensor[]) => void)([x as tf.Tensor]);
      return {
        value: tf.mul(x as tf.Tensor, 2),
        gradFunc: (dy, saved) => tf.add(tf.mul(dy, 2), tf.mul(saved[0]!, 0)),
      };
    });
    const model: Model<{ gain: tf.Tensor2D }, { sum: tf.Tensor2D }> = {
      name: 'doubling',
      inputSize: 1,
      outputSize: 1,
      readoutSize: 1,
      init: () => ({ gain: tf.tensor2d([[0.5]]) }),
      initialState: () => ({ sum: tf.zeros([1, 1]) }),
      step({ gain }, { sum }, input) {
        const next = tf.add(double(sum), tf.mul(input, gain)) as tf.Tensor2D;
        return { output: next, state: { sum: next } };
      },
      readout: (_, outputs) => outputs,
    };
    expectNoLeak(() =>
      tf.tidy(() => {
        const gradient = tf.grad((gain) =>
          tf.sum(unroll(model, { gain: gain as tf.Tensor2D }, tf.ones([4, 1, 1]))),
        )(tf.tensor2d([[0.5]]));
        // Outputs are gain * (1, 3, 7, 15).
        expect(gradient.dataSync()[0]).toBe(26);
      }),
    );
  });
});
