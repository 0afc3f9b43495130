import { beforeAll, describe, expect, it } from 'vitest';
import { ntm } from '../../../../src/cells/ntm/ntm.ts';
import type { NtmSettings } from '../../../../src/cells/ntm/settings.ts';
import { randomRows } from '../../../../src/cells/ntm/start.ts';
import type { Cell } from '../../../../src/core/contracts.ts';
import { UsageError } from '../../../../src/core/errors.ts';
import { rng } from '../../../../src/core/rng.ts';
import * as tf from '../../../../src/core/tf.ts';
import { leaves, mapTree } from '../../../../src/core/tree.ts';
import { backends, useBackend } from '../../../support/backends.ts';
import { checkSequence, type Numbers, relativeError } from '../../../support/gradient-check.ts';
import { expectConstantTensors, expectNoLeak } from '../../../support/leaks.ts';
import { type NtmReferenceState, ntmReference, ntmReferenceStates } from '../../../support/reference/ntm.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const defaults = ntm.settings.parse({});
const tiny: NtmSettings = { ...defaults, addressStart: 'learned', slots: 5, width: 2, controllerSize: 3 };
const cellOf = (settings: NtmSettings): Cell => ntm.create(settings, { inputSize: 2, maxLength: 4 });

/** The fixed rows of random memory, as the reference takes them. */
function rowsOf(settings: NtmSettings): number[][] {
  const rows = [...randomRows(settings)];
  return Array.from({ length: settings.slots }, (_, i) =>
    rows.slice(i * settings.width, (i + 1) * settings.width),
  );
}

/** Options crossed so that each meets most others; `name` is what differs from the tiny default. */
const variants: Partial<NtmSettings>[] = [
  {},
  { controller: 'feed-forward' },
  { controllerLayers: 2, readHeads: 2 },
  { controllerLayers: 3, controller: 'feed-forward', writeHeads: 2 },
  { order: 'write-then-read' },
  { shiftRange: 0, addressStart: 'one-hot' },
  { shiftRange: 2, readHeads: 2, writeHeads: 3, memoryStart: 'random' },
  { order: 'write-then-read', readHeads: 3, writeHeads: 2, memoryStart: 'learned', addressStart: 'uniform' },
  { order: 'write-then-read', shiftRange: 0, controller: 'feed-forward', memoryStart: 'random' },
  { prominence: 'lru', addressStart: 'uniform' },
  { prominence: 'lru', readHeads: 2, writeHeads: 2, order: 'write-then-read', addressStart: 'one-hot' },
  { prominence: 'lru', writeHeads: 3, controller: 'feed-forward', memoryStart: 'learned' },
  { prominence: 'dnc', addressStart: 'uniform' },
  { prominence: 'dnc', readHeads: 2, writeHeads: 3, shiftRange: 2 },
  { prominence: 'dnc', readHeads: 3, writeHeads: 2, order: 'write-then-read', controller: 'feed-forward' },
  { prominence: 'recall', addressStart: 'one-hot' },
  { prominence: 'recall', readHeads: 2, writeHeads: 2, memoryStart: 'random', addressStart: 'uniform' },
  { prominence: 'recall', readHeads: 3, order: 'write-then-read', controller: 'feed-forward', shiftRange: 2 },
];
const named = variants.map((changes) => [JSON.stringify(changes), changes] as const);

/** What each probe must equal, of one step of one example. */
const probed = (settings: NtmSettings, state: NtmReferenceState): Record<string, number[]> => ({
  readWeights: state.readWeights.flat(),
  writeWeights: state.written.flat(),
  memory: state.memory.flat(),
  ...(settings.prominence !== 'none' && { usage: state.usageSeen }),
});

describe('a whole sequence equals the plain-loop reference, with its gradients', () => {
  it.each(named)('%s', (_name, changes) => {
    const settings = { ...tiny, ...changes };
    const reference = ntmReference(settings, rowsOf(settings));
    checkSequence({ cell: cellOf(settings), reference, length: 3, noise: 0.5, tolerance: 2e-5 });
  });
});

describe('a whole sequence equals the plain-loop reference on wasm too', () => {
  useBackend('wasm');
  // Every rule, both orders, several heads of each kind.
  it.each([named[2]!, named[7]!, named[10]!, named[13]!, named[17]!])('%s', (_name, changes) => {
    const settings = { ...tiny, ...changes };
    const reference = ntmReference(settings, rowsOf(settings));
    checkSequence({ cell: cellOf(settings), reference, length: 2, noise: 0.5, tolerance: 2e-5 });
  });
});

describe.each(backends)('the state of every step equals the plain-loop reference on %s', (backend) => {
  useBackend(backend);
  it.each(named)('%s', (_name, changes) => {
    const settings = { ...tiny, ...changes };
    const cell = cellOf(settings);
    const stream = rng(3, 'states');
    const inputs = Array.from({ length: 6 }, () => Float64Array.from([stream.normal(), stream.normal()]));
    expectNoLeak(() => {
      tf.tidy(() => {
        // Larger than any start, so that heads move, erase and compete within six steps.
        const params = mapTree(cell.init(stream), (leaf: tf.Tensor) =>
          tf.add(
            leaf,
            tf.tensor(
              [...leaf.dataSync()].map(() => stream.normal()),
              leaf.shape,
            ),
          ),
        );
        const numbers: Numbers = Object.fromEntries(
          leaves<tf.Tensor>(params).map(([path, leaf]) => [path, Float64Array.from(leaf.dataSync())]),
        );
        const expected = ntmReferenceStates(settings, rowsOf(settings))(numbers, inputs);
        let state = cell.initialState(params, 1);
        inputs.forEach((input, t) => {
          const step = cell.step(params, state, tf.tensor2d([...input], [1, 2]));
          state = step.state;
          expect(relativeError(step.output.dataSync(), expected[t]!.output), `output ${t}`).toBeLessThan(
            3e-5,
          );
          for (const [name, values] of Object.entries(probed(settings, expected[t]!)))
            expect(relativeError(step.probe![name]!.dataSync(), values), `${name} ${t}`).toBeLessThan(3e-5);
        });
      });
    });
  });
});

describe('refusals', () => {
  const refusal = (changes: Partial<NtmSettings>): string => {
    try {
      cellOf({ ...defaults, ...changes });
    } catch (error) {
      expect(error).toBeInstanceOf(UsageError);
      return (error as UsageError).message;
    }
    return 'none';
  };

  it.each(['none', 'recall'] as const)(
    'refuses slots that can never differ, with prominence %s',
    (prominence) => {
      expect(refusal({ prominence, memoryStart: 'constant', addressStart: 'uniform' })).toBe(
        'ntm: expected slots that differ at the start, got memoryStart constant with addressStart uniform, from which ' +
          'heads stay uniform for ever and nothing trains; set addressStart to learned or one-hot, or memoryStart to random',
      );
    },
  );

  it('lets through what breaks the symmetry', () => {
    expect(refusal({ prominence: 'dnc', memoryStart: 'constant', addressStart: 'uniform' })).toBe('none');
    expect(refusal({ prominence: 'lru', memoryStart: 'constant', addressStart: 'uniform' })).toBe('none');
    expect(refusal({ memoryStart: 'random', addressStart: 'uniform' })).toBe('none');
    expect(refusal({ memoryStart: 'constant', addressStart: 'one-hot' })).toBe('none');
  });

  it('refuses a shift that is wider than the memory, and takes the widest that fits', () => {
    expect(refusal({ slots: 4, shiftRange: 2 })).toBe(
      'ntm: expected 2 shiftRange + 1 <= slots, got shiftRange 2 and slots 4; lower shiftRange or raise slots',
    );
    expect(refusal({ slots: 5, shiftRange: 2 })).toBe('none');
    expect(refusal({ slots: 1, shiftRange: 0 })).toBe('none');
  });

  it('refuses more least used slots than there are', () => {
    expect(refusal({ slots: 3, writeHeads: 4, prominence: 'lru' })).toMatch(
      /^ntm: expected with prominence lru writeHeads <= slots, got writeHeads 4 and slots 3; .*raise slots$/,
    );
    expect(refusal({ slots: 3, writeHeads: 3, prominence: 'lru' })).toBe('none');
  });

  it('describes every setting', () => {
    const described = Object.entries((ntm.settings as unknown as { shape: object }).shape);
    expect(described.map(([name]) => name)).toEqual(Object.keys(defaults));
    for (const [name, field] of described) expect(field.description, name).toMatch(/\w{3}/);
  });
});

describe('starts', () => {
  it('keeps random rows out of the parameters and the same for every batch and model', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        const settings: NtmSettings = { ...tiny, memoryStart: 'random' };
        const memory = (seed: number, changes: Partial<NtmSettings> = {}): number[] => {
          const cell = cellOf({ ...settings, ...changes });
          const params = cell.init(rng(seed, 'start'));
          expect(leaves(params).map(([path]) => path)).not.toContain('start.memory');
          return [...(cell.initialState(params, 2) as { memory: tf.Tensor }).memory.dataSync()];
        };
        const first = memory(1);
        expect(first.slice(10)).toEqual(first.slice(0, 10));
        expect(new Set(first).size).toBe(10);
        expect(memory(2)).toEqual(first);
        expect(memory(1, { memorySeed: 2 })).not.toEqual(first);
      });
    });
  });

  it('points every head at slot 0, everywhere, or where it learned to', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        const start = (addressStart: NtmSettings['addressStart']) => {
          const cell = cellOf({ ...tiny, memoryStart: 'random', readHeads: 2, addressStart });
          const state = cell.initialState(cell.init(rng(1, 'start')), 1) as {
            readWeights: tf.Tensor;
            writeWeights: tf.Tensor;
          };
          return [...state.readWeights.dataSync(), ...state.writeWeights.dataSync()];
        };
        const zeros = [1, 0, 0, 0, 0];
        expect(start('one-hot')).toEqual([...zeros, ...zeros, ...zeros]);
        expect(start('uniform')).toEqual(Array(15).fill(Math.fround(0.2)));
        const learned = start('learned');
        expect(new Set(learned).size).toBe(15);
        for (const head of [0, 5, 10])
          expect(learned.slice(head, head + 5).reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 6);
      });
    });
  });
});

describe('sizes', () => {
  it.each(named)('gives outputs, probes and tensors of the right sizes: %s', (_name, changes) => {
    const settings = { ...tiny, ...changes };
    const { slots, width, controllerSize, readHeads, writeHeads, shiftRange, prominence } = settings;
    const cell = cellOf(settings);
    expect(cell.slots).toBe(slots);
    expect(cell.outputSize).toBe(controllerSize + readHeads * width);
    expectNoLeak(() => {
      tf.tidy(() => {
        const params = cell.init(rng(1, 'sizes'));
        const step = cell.step(params, cell.initialState(params, 4), tf.ones([4, 2]));
        expect(step.output.shape).toEqual([4, cell.outputSize]);
        const shapes = Object.fromEntries(
          Object.entries(step.probe!).map(([name, value]) => [name, value.shape.slice(1)]),
        );
        const offsets = 2 * shiftRange + 1;
        expect(shapes).toEqual({
          readWeights: [readHeads, slots],
          writeWeights: [writeHeads, slots],
          ...Object.fromEntries(['Strength', 'Gate', 'Sharpening'].map((n) => [`read${n}`, [readHeads]])),
          ...Object.fromEntries(['Strength', 'Gate', 'Sharpening'].map((n) => [`write${n}`, [writeHeads]])),
          readShift: [readHeads, offsets],
          writeShift: [writeHeads, offsets],
          erase: [writeHeads, width],
          add: [writeHeads, width],
          memory: [slots, width],
          ...(prominence !== 'none' && { usage: [slots] }),
          ...(prominence === 'dnc' && {
            freeGate: [readHeads],
            allocationGate: [writeHeads],
            writeEnable: [writeHeads],
          }),
        });
      });
    });
    expectConstantTensors(cell);
  });
});
