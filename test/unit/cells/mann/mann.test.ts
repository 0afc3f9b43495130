import { describe, expect, it } from 'vitest';
import { mann } from '../../../../src/cells/mann/mann.ts';
import { rng } from '../../../../src/core/rng.ts';
import * as tf from '../../../../src/core/tf.ts';
import { backends, useBackend } from '../../../support/backends.ts';
import { checkSequence } from '../../../support/gradient-check.ts';
import { expectConstantTensors } from '../../../support/leaks.ts';
import { mannReference } from '../../../support/reference/mann.ts';

useBackend('cpu');

const small = {
  slots: 5,
  width: 3,
  controllerSize: 4,
  controller: 'lstm',
  controllerLayers: 1,
  readHeads: 2,
  add: 'key',
} as const;
const make = (changes: object) =>
  mann.create(mann.settings.parse({ ...small, ...changes }), { inputSize: 2, maxLength: 9 });

/** One step from the start with this usage, the mix's logits at `mix`: write weights [R][N] and memory [N][W]. */
function written(mix: number, usage: number[], memory = 7) {
  return tf.tidy(() => {
    const cell = make({});
    const params = { ...(cell.init(rng(1, 'test')) as object), mix: tf.fill([2, 1], mix) };
    const state = cell.initialState(params as never, 1) as object;
    const full = { ...state, usage: tf.tensor2d([usage]), memory: tf.fill([1, 5, 3], memory) };
    const { probe } = cell.step(params as never, full as never, tf.ones([1, 2]));
    return {
      weights: (probe!.writeWeights!.arraySync() as number[][][])[0]!,
      memory: (probe!.memory!.arraySync() as number[][][])[0]!,
      keys: (probe!.key!.arraySync() as number[][][])[0]!,
    };
  });
}

describe('least recently used access', () => {
  it('writes each key to the least used slot of its head, which it clears, and leaves all others', () => {
    const { weights, memory, keys } = written(-200, [5, 0.2, 9, 0.1, 4]);
    expect(weights).toEqual([
      [0, 0, 0, 1, 0],
      [0, 1, 0, 0, 0],
    ]);
    for (const j of [0, 1, 2]) {
      expect(memory[3]![j]).toBeCloseTo(keys[0]![j]!, 6);
      expect(memory[1]![j]).toBeCloseTo(keys[1]![j]!, 6);
    }
    for (const slot of [0, 2, 4]) expect(memory[slot]).toEqual([7, 7, 7]);
  });

  it('writes to what was last read with the mix at 1, and by equal shares at the start of training', () => {
    const usage = [5, 0.2, 9, 0.1, 4];
    for (const row of written(200, usage).weights) expect(row).toEqual([1, 0, 0, 0, 0]);
    expect(written(0, usage).weights[0]).toEqual([0.5, 0, 0, 0.5, 0]);
  });

  it('takes the first of slots that are used alike', () => {
    expect(written(-200, [2, 1, 1, 1, 2]).weights).toEqual([
      [0, 1, 0, 0, 0],
      [0, 0, 1, 0, 0],
    ]);
  });

  it('starts with memory of 1e-6, and with usage and reads on slot 0', () => {
    tf.tidy(() => {
      const cell = make({});
      const state = cell.initialState(cell.init(rng(1, 'test')), 1) as Record<string, tf.Tensor>;
      expect([...state.usage!.dataSync()]).toEqual([1, 0, 0, 0, 0]);
      expect([...state.readWeights!.dataSync()]).toEqual([1, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
      for (const value of state.memory!.dataSync()) expect(value).toBeCloseTo(1e-6, 12);
    });
  });

  it('refuses what cannot work, with what would', () => {
    expect(() => make({ readHeads: 6 })).toThrow(
      /^mann: expected readHeads <= slots, got readHeads 6 and slots 5; .*lower/,
    );
    expect(() => make({ slots: 65_536, width: 65_536 })).toThrow(
      /^mann: expected a memory of at most .*; lower/,
    );
    for (const bad of [{ slots: 0 }, { add: 'both' }, { writeHeads: 2 }, { readHeads: 1.5 }])
      expect(mann.settings.safeParse(bad).success).toBe(false);
  });

  it('has the same number of tensors after each step', () => {
    expectConstantTensors(make({ add: 'separate' }));
  });
});

describe.each(backends)('the mann cell on %s', (backend) => {
  useBackend(backend);

  it.each(['key', 'separate'] as const)('equals the reference with its gradients, adding its %s', (add) => {
    checkSequence({
      cell: make({ add }),
      reference: mannReference({ ...small, add }),
      length: 5,
    });
  });
});
