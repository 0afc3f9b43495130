import { describe, expect, it } from 'vitest';
import { assemblePreset } from '../../src/app/presets.ts';
import { openBackend } from '../../src/core/backend.ts';
import { UsageError } from '../../src/core/errors.ts';
import { rng } from '../../src/core/rng.ts';
import * as tf from '../../src/core/tf.ts';
import { assemble, cells, registry } from '../../src/registry.ts';
import { configSchema } from '../../src/train/config.ts';
import { modelSize } from '../../src/train/footprint.ts';
import { presets, recipe } from '../../src/train/recipes.ts';

const config = (task: object, cell: object, rest: object = {}) =>
  configSchema.parse({ task, cell, optimizer: { name: 'adam' }, ...rest });

describe('registry', () => {
  it('has every cell and task under its own name, with a source and a summary', () => {
    for (const kinds of [registry.cells, registry.tasks])
      for (const [name, kind] of Object.entries(kinds))
        expect([kind.name, kind.source.length > 0, kind.summary.length > 0]).toEqual([name, true, true]);
  });

  it('says of each where it comes from and what it is', () => {
    for (const { source, summary } of [...Object.values(cells), ...Object.values(registry.tasks)]) {
      expect(source).toMatch(/\d{4}/);
      expect(summary).toMatch(/^\S.*\S$/);
    }
  });
});

describe('assemble', () => {
  it('writes every default out', () => {
    const { config: resolved } = assemble(config({ name: 'copy', width: 4 }, { name: 'lstm' }));
    expect(resolved.task).toEqual({ name: 'copy', minLength: 1, maxLength: 20, width: 4 });
    expect(resolved.cell).toEqual({ name: 'lstm', size: 100, layers: 1 });
  });

  it('builds a model of the sizes of the task', () => {
    const around = { model: { embeddingSize: 7, hiddenSize: 5 } };
    const { model } = assemble(config({ name: 'copy', width: 4 }, { name: 'lstm', size: 3 }, around));
    expect([model.inputSize, model.outputSize, model.readoutSize]).toEqual([5, 3, 4]);
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const params = model.init(rng(1, 'init'));
      const step = model.step(params, model.initialState(params, 2), tf.zeros([2, 5]));
      expect(model.readout(params, step.output).shape).toEqual([2, 4]);
      return [];
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each([
    [{ name: 'cpoy' }, { name: 'lstm' }, 'expected a task, got cpoy; did you mean copy?'],
    [{ name: 'copy' }, { name: 'ltsm' }, 'expected a cell, got ltsm; did you mean lstm?'],
    [{ name: 'copy' }, { name: 'zzzzzz' }, `there are ${Object.keys(cells).join(', ')}`],
    [{ name: 'constructor' }, { name: 'lstm' }, 'expected a task, got constructor'],
    [{ name: 'copy', widht: 1 }, { name: 'lstm' }, 'got task.widht; did you mean task.width?'],
    [{ name: 'copy', width: 0 }, { name: 'lstm' }, 'task.width: expected a number of at least 1, got 0'],
    [{ name: 'copy', width: 1.5 }, { name: 'lstm' }, 'task.width: expected an integer, got 1.5'],
    [{ name: 'copy', width: 'x' }, { name: 'lstm' }, 'task.width: expected a finite number, got "x"'],
    [{ name: 'copy', minLength: 9, maxLength: 3 }, { name: 'lstm' }, 'expected at most maxLength 3, got 9'],
    [{ name: 'copy' }, { name: 'ntm', controller: 'gru' }, 'expected one of lstm, feed-forward, got "gru"'],
  ])('refuses %j with %j in one line', (task, cell, message) => {
    const assembling = () => assemble(config(task, cell));
    expect(assembling).toThrow(UsageError);
    expect(assembling).toThrow(message);
  });

  it('warns of a task longer than the memory, and allows it', () => {
    const ntm = (slots: number) => assemble(config({ name: 'copy', maxLength: 20 }, { name: 'ntm', slots }));
    expect(ntm(20).warnings).toEqual([]);
    expect(ntm(19).warnings).toEqual([
      expect.stringMatching(
        /^copy: expected at most 19 vectors, one a slot, got up to 20; raise cell\.slots/,
      ),
    ]);
    expect(assemble(config({ name: 'copy' }, { name: 'lstm' })).warnings).toEqual([]);
  });
});

describe('recipe', () => {
  it.each(
    Object.keys(registry.tasks).flatMap((task) =>
      Object.keys(registry.cells).flatMap((cell) => presets.map((preset) => [task, cell, preset] as const)),
    ),
  )('%s with %s, %s, is a whole configuration', (task, cell, preset) => {
    const own = recipe(task, cell, preset);
    const parsed = configSchema.parse({
      ...own,
      task: { name: task, ...own.task },
      cell: { name: cell, ...own.cell },
    });
    const { warnings } = assemble(parsed);
    expect(warnings).toEqual([]);
    const { steps, sequences, maxTimeSeconds } = parsed.budget;
    expect(steps ?? sequences ?? maxTimeSeconds).toBeGreaterThan(0);
  });

  it.each([
    ['copy', 'ntm'],
    ['associative-recall', 'ntm'],
    ['key-value-retrieval', 'fast-weights'],
  ])(
    'gives every cell on %s as many parameters as the %s that the task is known by',
    async (task, reference) => {
      await openBackend('cpu');
      for (const preset of ['standard', 'tiny'] as const) {
        const count = (cell: string) => modelSize(assemblePreset(task, cell, preset).model).parameters;
        for (const cell of Object.keys(registry.cells))
          expect(Math.abs(count(cell) / count(reference) - 1), `${cell}, ${preset}`).toBeLessThan(0.06);
      }
    },
  );

  it('is the papers’ where they say: 3 x 256 on copy by table 3, one sequence at a time by section 4.6', () => {
    expect(recipe('copy', 'lstm', 'paper').cell).toEqual({ layers: 3, size: 256 });
    expect(recipe('copy', 'ntm', 'standard')).toEqual(recipe('copy', 'ntm', 'paper'));
    expect(recipe('copy', 'ntm', 'paper')).toMatchObject({
      batchSize: 1,
      optimizer: { name: 'graves-rmsprop' },
    });
  });

  it('has one for names that are not listed: the task’s for a new cell, the cell’s for a new task', () => {
    expect(recipe('copy', 'newer', 'tiny').task).toEqual(recipe('copy', 'lstm', 'tiny').task);
    expect(recipe('copy', 'newer', 'tiny').cell).toBeUndefined();
    expect(recipe('new', 'ntm', 'tiny').cell).toEqual(recipe('copy', 'ntm', 'tiny').cell);
    expect(recipe('new', 'newer', 'tiny')).toEqual(recipe('newest', 'newer', 'tiny'));
    expect(recipe('constructor', 'toString', 'tiny').budget).toBeDefined();
  });
});
