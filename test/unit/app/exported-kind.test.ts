import { describe, expect, it } from 'vitest';
import { type ExportingFile, exportedKind } from '../../../src/app/exported-kind.ts';
import { defineCell, defineTask, emptyBatch, tf, uniformKernel, z } from '../../../src/cell.ts';
import type { Cell, CellKind, Task } from '../../../src/core/contracts.ts';
import { UsageError } from '../../../src/core/errors.ts';
import { rng } from '../../../src/core/rng.ts';
import { registry } from '../../../src/registry.ts';

const settings = z.object({ size: z.int().min(1).default(4) });
const sizes = { inputSize: 3, maxLength: 5 };

/** A cell kind that works, with members of its cell replaced. */
function cellKind(change: Partial<Record<keyof Cell, unknown>> = {}, name = 'leaky'): CellKind {
  return defineCell({
    name,
    settings,
    create: ({ size }, { inputSize }) =>
      ({
        name,
        inputSize,
        outputSize: size,
        init: (stream: never) => ({ kernel: uniformKernel(stream, inputSize, size) }),
        initialState: (_: unknown, batchSize: number) => ({ h: tf.zeros([batchSize, size]) }),
        step: ({ kernel }: { kernel: tf.Tensor2D }, { h }: { h: tf.Tensor2D }, input: tf.Tensor2D) => {
          const next = tf.add(tf.mul(h, 0.5), tf.matMul(input, kernel));
          return { output: next, state: { h: next } };
        },
        ...change,
      }) as Cell,
  }) as CellKind;
}

const task = (change: Partial<Record<keyof Task, unknown>> = {}): Task =>
  ({
    ...defineTask({
      name: 'echo',
      loss: 'bits',
      solvedBits: 0.05,
      settings: z.object({ length: z.int().min(1).default(2) }),
      sizes: ({ length }) => ({ inputSize: 1, outputSize: 1, maxLength: length }),
      load: () => 1,
      lines: () => ({ chance: 1 }),
      sample: ({ length }, _, batchSize) => emptyBatch({ length, batchSize, inputSize: 1, outputSize: 1 }),
    }),
    ...change,
  }) as Task;

const file = (exports: Record<string, unknown>): ExportingFile => ({
  name: 'my-cell.ts',
  exports,
});
const choose = (exports: Record<string, unknown>, name?: string) =>
  exportedKind('cell', file(exports), { name, known: registry });
const message = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).not.toContain('\n');
    return (error as Error).message;
  }
  throw new Error('expected a refusal, got none');
};

describe('the cell of a file', () => {
  it('is its only one, its default one, or the one that is named', () => {
    const [a, b] = [cellKind({}, 'a'), cellKind({}, 'b')];
    expect(choose({ helper: () => 1, sizes: { a: 1 }, a }).name).toBe('a');
    expect(choose({ a, default: b }).name).toBe('b');
    expect(choose({ b, default: b }).name).toBe('b');
    expect(choose({ a, default: b }, 'a').name).toBe('a');
    expect(choose({ a, echo: task() }).name).toBe('a');
    // module.exports = kind
    expect(choose({ ...a }).name).toBe('a');
  });

  it('has defaults for what it leaves out, and refuses settings it does not know', () => {
    const { source, summary, settings: schema } = choose({ a: { ...cellKind(), source: undefined } });
    expect([source, summary]).toEqual(['unpublished', 'leaky']);
    expect(schema.safeParse({ size: 2 }).success).toBe(true);
    expect(schema.safeParse({ sise: 2 }).success).toBe(false);
  });

  it.each<[what: string, exports: Record<string, unknown>, name: string | undefined, expected: RegExp]>([
    [
      'no export',
      {},
      undefined,
      /^my-cell\.ts: expected a cell \(name, settings, create\), got no export; see engram new cell$/,
    ],
    ['functions', { step: () => 1 }, undefined, /got step; see engram new cell/],
    [
      'two',
      { a: cellKind({}, 'a'), b: cellKind({}, 'b') },
      undefined,
      /expected one cell, got a, b; choose one: my-cell\.ts#a/,
    ],
    [
      'another name',
      { leaky: cellKind() },
      'leeky',
      /expected an export leeky, got none; did you mean leaky\?/,
    ],
    [
      'no create',
      { a: { ...cellKind(), create: undefined } },
      undefined,
      /expected a cell, got a with no create \(a function/,
    ],
    [
      'no schema',
      { a: { ...cellKind(), settings: { size: 4 } } },
      undefined,
      /got a with a settings that is not a zod schema/,
    ],
    [
      'a bad name',
      { a: cellKind({}, '../up') },
      undefined,
      /got a with a name that is not a name of letters, digits and dashes/,
    ],
    ['a task', { echo: task() }, 'echo', /expected a cell, got echo with the members of a task/],
    [
      'a name that ships',
      { a: cellKind({}, 'lstm') },
      undefined,
      /expected a name of its own, got lstm, which is a cell that ships/,
    ],
  ])('is refused in one line: %s', (_, exports, name, expected) => {
    expect(message(() => choose(exports, name))).toMatch(expected);
  });
});

describe('a kind of cell', () => {
  const made = (change: Partial<Record<keyof Cell, unknown>> = {}) =>
    choose({ a: cellKind(change) }).create({ size: 4 }, sizes);

  it('makes the cells that it made', () => {
    const cell = made();
    const params = cell.init(rng(1, 'init'));
    const { output, state } = cell.step(params, cell.initialState(params, 2), tf.ones([2, 3]));
    expect(output.shape).toEqual([2, 4]);
    expect((state as unknown as { h: tf.Tensor }).h).toBe(output);
  });

  it.each<[what: string, run: () => unknown, expected: RegExp]>([
    [
      'no step',
      () => made({ step: undefined }),
      /create of leaky: expected a cell with a function step, got nothing/,
    ],
    [
      'another input size',
      () => made({ inputSize: 7 }),
      /expected a cell of the inputSize 3 it was given, got 7/,
    ],
    [
      'no output size',
      () => made({ outputSize: 0 }),
      /expected a cell with an outputSize of at least 1, got 0/,
    ],
    [
      'an exception',
      () =>
        choose({ a: { ...cellKind(), create: () => (undefined as never as string[]).map(String) } }).create(
          {},
          sizes,
        ),
      /exported-kind\.test\.ts:\d+: expected create of leaky to run, got TypeError: Cannot read.*; mend that line$/,
    ],
  ])('tells in one line of %s', (_, run, expected) => {
    expect(message(run)).toMatch(expected);
  });

  it('lets our own errors pass', () => {
    const error = new UsageError('sizes: expected less, got more; take less');
    const throwing = defineCell({
      name: 'picky',
      settings,
      create: () => {
        throw error;
      },
    });
    expect(message(() => choose({ throwing }).create({}, sizes))).toBe(error.message);
  });
});

describe('a guarded task', () => {
  const guarded = (change: Partial<Record<keyof Task, unknown>> = {}) =>
    exportedKind('task', file({ echo: task(change) }), { known: registry });

  it('has a grid of its own distribution where it gives none', () => {
    expect(guarded({ harder: undefined }).harder({ length: 3 })).toEqual({ 'as trained': { length: 3 } });
  });

  it.each<[what: string, change: Partial<Record<keyof Task, unknown>>, expected: RegExp]>([
    ['no batch', { sample: () => undefined }, /sample of echo: expected a batch, got nothing/],
    [
      'another size',
      { sample: () => emptyBatch({ length: 2, batchSize: 4, inputSize: 2, outputSize: 1 }) },
      /expected inputSize 1, got 2/,
    ],
    [
      'too long',
      { sample: () => emptyBatch({ length: 9, batchSize: 4, inputSize: 1, outputSize: 1 }) },
      /expected a length from 1 to the maxLength 2 of sizes, got 9/,
    ],
    [
      'plain lists',
      {
        sample: () => ({
          ...emptyBatch({ length: 2, batchSize: 4, inputSize: 1, outputSize: 1 }),
          mask: [1],
        }),
      },
      /expected mask as a Float32Array of 8 numbers, got a object/,
    ],
    [
      'no sizes',
      { sizes: () => ({ inputSize: 1 }) },
      /sizes of echo: expected outputSize of at least 1, got nothing/,
    ],
  ])('tells in one line of %s', (_, change, expected) => {
    expect(message(() => guarded(change).sample({ length: 2 }, rng(1, 'data'), 4))).toMatch(expected);
  });
});
