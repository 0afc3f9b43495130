import { describe, expect, it } from 'vitest';
import { slots } from '../../../../src/cells/slots/slots.ts';
import type { Cell, Tree } from '../../../../src/core/contracts.ts';
import { UsageError } from '../../../../src/core/errors.ts';
import { rng } from '../../../../src/core/rng.ts';
import * as tf from '../../../../src/core/tf.ts';
import { leaves, mapTree } from '../../../../src/core/tree.ts';
import { backends, useBackend } from '../../../support/backends.ts';
import { checkSequence } from '../../../support/gradient-check.ts';
import { expectConstantTensors, expectNoLeak } from '../../../support/leaks.ts';
import { slotsReference } from '../../../support/reference/slots.ts';

useBackend('cpu');

const small = { size: 4, heads: 2, slots: 5, topK: 2 } as const;
const make = (changes: object): Cell =>
  slots.create(slots.settings.parse({ ...small, ...changes }), { inputSize: 3, maxLength: 7 });

const choices = [
  { routing: 'gated', prominence: 'none' },
  ...(['none', 'lru', 'dnc', 'recall'] as const).map((prominence) => ({
    routing: 'top-k' as const,
    prominence,
  })),
] as const;

describe.each(backends)('slots on %s', (backend) => {
  useBackend(backend);

  it.each(choices)(
    '$routing, prominence $prominence: equals the float64 reference with its gradients',
    (choice) => {
      const reference = slotsReference({ ...small, ...choice, layers: 1, convolution: false });
      checkSequence({ cell: make(choice), reference, length: 7 });
    },
  );
});

/** What a cell shows over so many steps of random inputs, of one example, and its states; parameters by paths' ends. */
function shownBy(cell: Cell, steps: number, fixed: Readonly<Record<string, number>> = {}) {
  const stream = rng(1, 'test');
  const params = mapTree(cell.init(stream) as never, (leaf: tf.Tensor, path) => {
    const set = Object.entries(fixed).find(([name]) => path.endsWith(name));
    return set ? tf.fill(leaf.shape, set[1]) : leaf;
  }) as Tree;
  let state = cell.initialState(params, 1);
  return Array.from({ length: steps }, () => {
    const step = cell.step(params, state, tf.tensor2d([[stream.normal(), stream.normal(), stream.normal()]]));
    state = step.state;
    return Object.fromEntries(
      Object.entries(step.probe!).map(([name, tensor]) => [name, tensor.arraySync()]),
    );
  }) as Record<string, number[][][][]>[];
}

describe('slots', () => {
  it.each([
    [{ size: 10, heads: 4 }, 'heads that divide size 10, got 4; take 1, 2, 5 or 10 heads, or size 12'],
    [{ topK: 6 }, 'topK of at most the 5 slots, got 6; lower topK or raise slots'],
    [
      { routing: 'gated', prominence: 'dnc' },
      'prominence none with routing gated, which chooses no slots, got dnc; set prominence none, or routing top-k',
    ],
  ])('refuses %j', (settings, message) => {
    expect(() => make(settings)).toThrow(UsageError);
    expect(() => make(settings)).toThrow(`slots: expected ${message}`);
  });

  it('with top-k routing writes to so many slots of each head, and to the last bit leaves the others as they are', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        const steps = shownBy(make({ topK: 3 }), 6);
        steps.forEach(({ writeShares, keys, values }, t) => {
          for (const h of [0, 1]) {
            const shares = writeShares![0]![0]![h] as unknown as number[];
            expect(shares.filter((share) => share > 0)).toHaveLength(3);
            shares.forEach((share, slot) => {
              for (const [name, rows] of [
                ['keys', keys],
                ['values', values],
              ] as const) {
                const row = (all: typeof keys) => (all![0]![0]![h] as unknown as number[][])[slot];
                const before = t > 0 ? row(steps[t - 1]![name]) : [0, 0];
                if (share === 0) expect(row(rows)).toEqual(before);
                else expect(row(rows)).not.toEqual(before);
              }
            });
          }
        });
      });
    });
  });

  it('with the rule lru and no say of the router fills one slot after the other', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        const steps = shownBy(make({ prominence: 'lru', slots: 4, heads: 1 }), 4, {
          mix: -100,
          'decay.A': 5,
        });
        const written = steps.map(({ writeShares }) => {
          const shares = writeShares![0]![0]![0] as unknown as number[];
          return shares.findIndex((share) => share > 1e-3);
        });
        expect(written).toEqual([0, 1, 2, 3]);
      });
    });
  });

  it('with the rule recall reads and keeps what was read before: usage is a step older than what it weighs', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        // Nothing decays: usage is 1 and all that was ever read of a slot.
        const steps = shownBy(make({ prominence: 'recall' }), 5, { 'prominence.0.decay': 100 });
        steps.forEach(({ usage }, t) => {
          const reads = steps
            .slice(0, t + 1)
            .map(({ readWeights }) => readWeights![0]![0]![0] as unknown as number[]);
          (usage![0]![0]![0] as unknown as number[]).forEach((value, slot) => {
            expect(value).toBeCloseTo(1 + reads.reduce((sum, read) => sum + read[slot]!, 0), 5);
          });
        });
      });
    });
  });

  it('begins, with gates, by keeping nine tenths of what it holds', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        const [{ writeShares }] = shownBy(make({ routing: 'gated' }), 1, { kernel: 0 }) as [
          Record<string, number[][][][]>,
        ];
        for (const share of (writeShares![0]! as unknown as number[][][]).flat(3))
          expect(share).toBeCloseTo(1 - 0.5 ** 0.125, 6);
      });
    });
  });

  it('learns nothing and keeps nothing that its settings do not use', () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        const names = (changes: object) => {
          const cell = make(changes);
          const params = cell.init(rng(1, 'test'));
          const own = (tree: Tree) =>
            leaves(tree)
              .map(([path]) => path)
              .filter((path) => path.startsWith('layers.0.'))
              .map((path) => path.replace(/^layers\.0\.(layer\.)?/, ''));
          return [own(params), own(cell.initialState(params, 1)), cell.noiseSize] as const;
        };
        const gsa = [['norm', 'kernel', 'norm', 'output'], ['keys', 'values'], undefined];
        expect(names({ routing: 'gated' })).toEqual(gsa);
        const raven = [
          'norm',
          'kernel',
          'decay.A',
          'decay.bias',
          'norms.query',
          'norms.key',
          'norm',
          'output',
        ];
        expect(names({})).toEqual([raven, ['keys', 'values'], 10]);
        expect(names({ exploration: false })[2]).toBeUndefined();
        const [, dnc] = names({ prominence: 'dnc' });
        expect(dnc).toEqual(['keys', 'values', 'read', 'usage.0.usage', 'usage.1.usage']);
        const [lru] = names({ prominence: 'lru', convolution: true });
        expect(lru.filter((path) => !raven.includes(path))).toEqual([
          'convolution',
          'prominence.0.mix',
          'prominence.1.mix',
        ]);
      });
    });
  });

  it.each(choices)(
    '$routing, prominence $prominence: shows where it reads and writes, of each layer and head',
    (choice) => {
      expectNoLeak(() => {
        tf.tidy(() => {
          const cell = make({ ...choice, layers: 3 });
          const params = cell.init(rng(1, 'test'));
          const { probe } = cell.step(params, cell.initialState(params, 6), tf.ones([6, 3]));
          expect(
            Object.fromEntries(Object.entries(probe!).map(([name, { shape }]) => [name, shape])),
          ).toEqual({
            readWeights: [6, 3, 2, 5],
            writeShares: [6, 3, 2, 5],
            keys: [6, 3, 2, 5, 2],
            values: [6, 3, 2, 5, 2],
            ...(choice.prominence !== 'none' && { usage: [6, 3, 2, 5] }),
          });
          for (const name of Object.keys(probe!))
            expect(cell.probes![name]!.axes, name).toHaveLength(probe![name]!.rank - 1);
        });
      });
    },
  );

  it.each(choices)(
    '$routing, prominence $prominence: has the same number of tensors after each step',
    (choice) => {
      expectConstantTensors(make({ ...choice, layers: 2 }));
    },
  );
});
