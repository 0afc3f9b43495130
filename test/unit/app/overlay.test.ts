/** Runs beside each other: what differs, how each did, and the refusal of what does not compare. */
import { describe, expect, it } from 'vitest';
import { type ComparedModel, overlay } from '../../../src/app/overlay.ts';
import { assemble } from '../../../src/registry.ts';
import { configSchema } from '../../../src/train/config.ts';

const zeros = (...shape: number[]) => ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) });

interface Given {
  readonly task?: object;
  readonly cell?: object;
  readonly seed?: number;
  readonly values?: readonly number[];
  readonly solved?: { readonly sequences: number; readonly steps: number } | null;
}

function run(name: string, { task, cell, seed = 1, values = [], solved = null }: Given = {}): ComparedModel {
  const config = configSchema.parse({
    task: { name: 'copy', ...task },
    cell: { name: 'ntm', ...cell },
    optimizer: { name: 'adam', rate: 1e-3 },
    seed,
    budget: { steps: 10 },
  });
  return {
    name,
    model: {
      config: assemble(config).config,
      arrays: { 'params.cell.kernel': zeros(3, 4), 'params.cell.bias': zeros(4), 'optimizer.m': zeros(16) },
    },
    history: {
      metrics: values.map((bitsPerSequence, i) => ({
        kind: 'evaluation',
        step: 10 * (i + 1),
        sequences: 100 * (i + 1),
        scores: { sequences: 20, bitsPerSequence, exactAccuracy: 0, errorPercent: 10 * bitsPerSequence },
        solved,
      })),
      timing: [
        { step: 0, seconds: 0 },
        { step: 20, seconds: 5 },
      ],
    },
  };
}

describe('compare', () => {
  it('tells the settings that differ, and no others', () => {
    const { differing } = overlay([run('a', { seed: 1 }), run('b', { seed: 2 })]);
    expect(differing).toEqual({ seed: [1, 2] });
  });

  it('leaves out what only one kind of cell has and has as usual', () => {
    const { differing } = overlay([
      run('a', { cell: { slots: 16 } }),
      run('b', { cell: { name: 'lstm', size: 7 } }),
    ]);
    expect(differing).toEqual({
      'cell.name': ['ntm', 'lstm'],
      'cell.slots': [16, null],
      'cell.size': [null, 7],
    });
  });

  it('says how each did, in numbers and in words', () => {
    const solved = { sequences: 200, steps: 20 };
    const { results, record, measure } = overlay([
      run('a', { values: [3, 0.04, 0.03, 0.05], solved }),
      run('b', { values: [3, 2] }),
      run('c'),
    ]);
    expect(measure).toBe('bits per sequence');
    expect(
      results.map(({ key, run: name, best, solvedAtSequences, sequences, parameters, seconds }) => [
        key,
        name,
        best,
        solvedAtSequences,
        sequences,
        parameters,
        seconds,
      ]),
    ).toEqual([
      ['A', 'a', 0.03, 200, 400, 16, 5],
      ['B', 'b', 2, null, 200, 16, 5],
      ['C', 'c', null, null, 0, 16, 5],
    ]);
    expect(record.runs.map(({ note }) => note)).toEqual([
      'solved after 200 sequences, 5 s',
      'not solved, best 2 bits per sequence',
      'not evaluated yet',
    ]);
    expect(record.table).toContainEqual({ name: 'solved after, sequences', values: ['200', '-', '-'] });
  });

  it('gives each evaluation its seconds, in proportion between two records, and none after the last', () => {
    const { record } = overlay([run('a', { values: [3, 2, 1] }), run('b')]);
    expect(record.runs[0]!.curves[0]).toEqual([
      { sequences: 100, value: 3, seconds: 2.5 },
      { sequences: 200, value: 2, seconds: 5 },
      { sequences: 300, value: 1 },
    ]);
  });

  it('draws a level that all share once, and one that differs for each, with the letters of its runs', () => {
    const narrow = { task: { minLength: 1, maxLength: 3, width: 2 } };
    const { record } = overlay([run('a'), run('b', narrow), run('c', narrow)]);
    expect(record.measures[0]!.lines).toEqual([
      { name: 'chance A', value: 84 },
      { name: 'solved', value: 0.05 },
      { name: 'chance B C', value: 4 },
    ]);
  });

  it('follows symbols by wrong answers, and by bits below', () => {
    const symbols = { task: { name: 'key-value-retrieval' }, values: [3, 2] };
    const { record } = overlay([run('a', symbols), run('b', symbols)]);
    expect(
      record.measures.map(({ name, log, lines }) => [name, log, lines.map((line) => line.name)]),
    ).toEqual([
      ['% of answers wrong', false, ['chance', 'no binding']],
      ['bits per sequence', true, ['solved']],
    ]);
    expect(record.runs[0]!.curves.map((points) => points.map(({ value }) => value))).toEqual([
      [30, 20],
      [3, 2],
    ]);
  });

  it('refuses runs of several tasks in one line', () => {
    expect(() => overlay([run('a'), run('b', { task: { name: 'key-value-retrieval' } })])).toThrow(
      /^expected runs of one task to lay over each other, got copy and key-value-retrieval; .+$/,
    );
  });
});
