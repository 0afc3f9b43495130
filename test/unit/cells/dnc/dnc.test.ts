import { describe, expect, it } from 'vitest';
import { dnc } from '../../../../src/cells/dnc/dnc.ts';
import { writtenLinks, writtenPrecedence } from '../../../../src/cells/dnc/links.ts';
import type { DncSettings } from '../../../../src/cells/dnc/settings.ts';
import { rng } from '../../../../src/core/rng.ts';
import * as tf from '../../../../src/core/tf.ts';
import { backends, useBackend } from '../../../support/backends.ts';
import { checkSequence } from '../../../support/gradient-check.ts';
import { expectConstantTensors } from '../../../support/leaks.ts';
import { dncReference } from '../../../support/reference/dnc.ts';

useBackend('cpu');

const plain = { maskedContent: false, erasingDeallocation: false, linkSharpness: false };
const improved = { maskedContent: true, erasingDeallocation: true, linkSharpness: true };
const small: DncSettings = {
  ...plain,
  ...{ slots: 4, width: 2, readHeads: 1, writeHeads: 1 },
  ...{ controllerSize: 3, controller: 'lstm', controllerLayers: 1 },
};
const make = (changes: object) =>
  dnc.create(dnc.settings.parse({ ...small, ...changes }), { inputSize: 2, maxLength: 9 });

const oneHot = (slot: number) => [0, 1, 2, 3].map((i) => Number(i === slot));

describe('temporal links', () => {
  it('lead from each slot to the one written after it, and forget a slot that is written again', () => {
    tf.tidy(() => {
      let links = tf.zeros<tf.Rank.R3>([1, 4, 4]);
      let precedence = tf.zeros<tf.Rank.R3>([1, 1, 4]);
      const write = (slot: number) => {
        const written = tf.tensor2d([oneHot(slot)]);
        links = writtenLinks(links, written, tf.reshape(precedence, [1, 4]));
        precedence = writtenPrecedence(precedence, tf.reshape(written, [1, 1, 4]));
      };
      for (const slot of [2, 0, 3]) write(slot);
      // L[0,2] = L[3,0] = 1: 0 came after 2, and 3 after 0.
      expect(links.arraySync()[0]).toEqual([oneHot(2), [0, 0, 0, 0], [0, 0, 0, 0], oneHot(0)]);
      expect(precedence.arraySync()[0]).toEqual([oneHot(3)]);
      write(0);
      expect(links.arraySync()[0]).toEqual([oneHot(3), [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]);
    });
  });

  it('stay as they are without a write', () => {
    tf.tidy(() => {
      const links = tf.tensor3d([0, 0.3, 0.2, 0], [1, 2, 2]);
      const precedence = tf.tensor2d([[0.4, 0.5]]);
      expect([...writtenLinks(links, tf.zeros([1, 2]), precedence).dataSync()]).toEqual([
        ...links.dataSync(),
      ]);
    });
  });
});

describe('the differentiable neural computer', () => {
  it('starts from nothing', () => {
    tf.tidy(() => {
      const cell = make({ writeHeads: 2 });
      const state = cell.initialState(cell.init(rng(1, 'test')), 1) as Record<string, unknown>;
      const { links, usage, memory, readWeights } = state as Record<string, tf.Tensor & tf.Tensor[]>;
      for (const part of [...(links as tf.Tensor[]), usage, memory, readWeights] as tf.Tensor[])
        expect(part.dataSync().every((value) => value === 0)).toBe(true);
      expect(links).toHaveLength(2);
    });
  });

  it('erases what it frees only where it is asked to', () => {
    tf.tidy(() => {
      const left = (erasingDeallocation: boolean) => {
        const cell = make({ erasingDeallocation });
        const fresh = cell.init(rng(1, 'test')) as unknown as {
          controller: object;
          interface: { kernel: tf.Tensor };
        };
        // Columns: three vectors of two, two strengths, then erase [2], the free gate, and two gates of the write head.
        const bias = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 50, 0, -200, 0, 0, 0];
        const params = {
          ...fresh,
          interface: { kernel: tf.zerosLike(fresh.interface.kernel), bias: tf.tensor1d(bias) },
        };
        const state = {
          ...(cell.initialState(params as never, 1) as object),
          memory: tf.ones([1, 4, 2]),
          usage: tf.ones([1, 4]),
          readWeights: tf.tensor3d([[oneHot(1)]]),
        };
        const { probe } = cell.step(params as never, state as never, tf.ones([1, 2]));
        expect([...probe!.usage!.dataSync()]).toEqual([1, 0, 1, 1]);
        return (probe!.memory!.arraySync() as number[][][])[0]![1];
      };
      expect(left(false)).toEqual([1, 1]);
      expect(left(true)).toEqual([0, 0]);
    });
  });

  it('refuses what cannot work, with what would', () => {
    expect(() => make({ slots: 65_536 })).toThrow(
      /^dnc: expected memory and links of at most .*; lower slots first/,
    );
    for (const bad of [{ slots: 0 }, { writeHeads: 65 }, { readHeads: 1.5 }, { linkSharpness: 1 }])
      expect(dnc.settings.safeParse(bad).success).toBe(false);
  });

  it('has the same number of tensors after each step', () => {
    expectConstantTensors(make({ ...improved, writeHeads: 2 }));
  });
});

describe.each(backends)('the dnc cell on %s', (backend) => {
  useBackend(backend);

  it.each([{ ...plain }, { ...improved, readHeads: 2, writeHeads: 2 }])(
    'equals the reference with its gradients: %j',
    (changes) => {
      const settings = { ...small, ...changes };
      checkSequence({ cell: make(settings), reference: dncReference(settings), length: 3, tolerance: 2e-5 });
    },
  );
});
