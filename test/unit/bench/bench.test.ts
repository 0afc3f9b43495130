import { describe, expect, it } from 'vitest';
import type { Competitor, Contestant, Turn } from '../../../src/bench/contestants.ts';
import { compareSteps, label, measure, median } from '../../../src/bench/measure.ts';
import { peer } from '../../../src/bench/peers.ts';
import { type BenchDocument, entries, text } from '../../../src/bench/report.ts';
import { chosenEngines } from '../../../src/bench/run.ts';
import {
  cellWorkloads,
  chosenWorkloads,
  type Exercise,
  prepare,
  title,
  workloads,
} from '../../../src/bench/workloads.ts';

import * as tf from '../../../src/core/tf.ts';
import { cells } from '../../../src/registry.ts';
import { modelSize } from '../../../src/train/footprint.ts';

const step = (lossNats: number) => ({ lossNats, gradientNorm: 1 });
const workload = workloads[0]!;
const exercise: Exercise = {
  workload,
  ...prepare(workload),
  first: { 'params.a': { shape: [3], data: new Float32Array(3) } },
  expected: [step(5), step(4), step(3)],
  file: '/nowhere',
};

/** An engine whose steps take as long as it says. */
function fake(name: string, stepMs: number, options: { threads?: number; losses?: number[] } = {}) {
  const turns: Turn[] = [];
  let closed = 0;
  const contestant: Contestant = {
    first: async (steps) => (options.losses ?? [5, 4, 3]).slice(0, steps).map(step),
    time: async (turn) => {
      turns.push(turn);
      return Array(turn.steps).fill(stepMs);
    },
    close: () => {
      closed++;
    },
  };
  const competitor: Competitor = {
    name,
    ...(options.threads !== undefined && { threads: options.threads }),
    patience: 1000,
    open: async () => contestant,
    end: () => undefined,
  };
  return { competitor, turns, closed: () => closed };
}

const quiet = { rounds: 3, tell: () => undefined };

describe('measuring', () => {
  it('takes the middle of the sorted values, or the mean of the two in the middle', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  it('finds the largest relative difference over the steps', () => {
    const { loss, gradientNorm } = compareSteps([step(5), step(4.2), step(3)], exercise.expected);
    expect(loss).toBeCloseTo(0.05, 12);
    expect(gradientNorm).toBe(0);
  });

  it('gives slow engines single steps, one turn a round, and closes them', async () => {
    const slow = fake('slow', 300);
    const other = fake('other', 500);
    const measured = await measure(exercise, [slow.competitor, other.competitor], quiet);
    expect(measured.map(({ milliseconds }) => milliseconds)).toEqual([300, 500]);
    // One turn to see how fast it is, and one a round.
    expect(slow.turns).toEqual(Array(4).fill({ warm: 0, steps: 1 }));
    expect(slow.closed()).toBe(1);
  });

  it('turns the order from round to round', async () => {
    const order: string[] = [];
    const named = ['a', 'b', 'c'].map((name) => {
      const { competitor } = fake(name, 300);
      const open = async (): Promise<Contestant> => {
        const inner = await competitor.open(exercise);
        return {
          ...inner,
          time: (turn) => {
            order.push(name);
            return inner.time(turn);
          },
        };
      };
      return { ...competitor, open };
    });
    await measure(exercise, named, quiet);
    expect(order.join('')).toBe('abc' + 'abc' + 'bca' + 'cab');
  });

  it('leaves out who computes something else, even NaN, or cannot be opened', async () => {
    const wrong = fake('wrong', 300, { losses: [5, 4, 3.001] });
    const poisoned = fake('poisoned', 300, { losses: [5, 4, Number.NaN] });
    const absent = { ...wrong.competitor, open: () => Promise.reject(new Error('not installed\nat all')) };
    const measured = await measure(exercise, [wrong.competitor, poisoned.competitor, absent], quiet);
    expect(measured.map(({ missing }) => missing)).toEqual([
      'left out: it computes something else: loss differs by 3.3e-4, gradient norm by 0.0e+0',
      'left out: it computes something else: loss differs by NaN, gradient norm by 0.0e+0',
      'not installed',
    ]);
    expect([wrong.closed(), poisoned.closed()]).toEqual([1, 1]);
  });
});

describe('report', () => {
  const measuredOf = (name: string, threads: number | undefined, milliseconds: number) => ({
    competitor: fake(name, milliseconds, threads === undefined ? {} : { threads }).competitor,
    milliseconds,
    agreement: { loss: 1e-6, gradientNorm: 2e-5 },
  });
  const found = entries(
    exercise,
    [
      measuredOf('compiled', 1, 10),
      measuredOf('compiled', 2, 5),
      measuredOf('eager-wasm', undefined, 400),
      measuredOf('jax', 1, 30),
      measuredOf('jax', 2, 40),
      { competitor: fake('pytorch', 1, { threads: 1 }).competitor, missing: 'not installed (no python)' },
    ],
    { operations: 2e8, peakGflops: 50 },
  );

  it('compares with the compiled program at as many threads, and at the better number of threads', () => {
    expect(found.map(({ threads, milliseconds }) => [threads, milliseconds])).toEqual([
      [1, { compiled: 10, 'eager-wasm': 400, jax: 30 }],
      [2, { compiled: 5, 'eager-wasm': 400, jax: 40 }],
    ]);
    expect(found.map(({ ratios }) => ratios)).toEqual([
      { 'eager-wasm': 40, jax: 3, 'jax-best': 3 },
      { 'eager-wasm': 80, jax: 8, 'jax-best': 6, 'compiled-1-thread': 2 },
    ]);
    expect(found.map(({ gflops, peakGflops }) => [gflops, peakGflops])).toEqual([
      [20, 50],
      [40, 100],
    ]);
    expect(found[0]).toMatchObject({ name: 'ntm-copy', batch: 1, steps: 41, parameters: 3 });
    expect(found[0]!.missing).toEqual({ pytorch: 'not installed (no python)' });
    expect(found[0]!.differences.jax).toBe(2e-5);
  });

  it('sets the columns under their heads', () => {
    const document: BenchDocument = {
      schema: 'engram.bench/1',
      date: '2020-02-03T00:00:00.000Z',
      engram: '1.2.3',
      machine: { cpu: 'Abacus', cores: 2, platform: 'x y', node: '20.19.0', relaxedSimd: true },
      versions: { jax: '0.1' },
      optimizer: 'graves-rmsprop',
      rounds: 9,
      quick: false,
      workloads: found,
    };
    const lines = text(document, ['compiled', 'eager-wasm', 'pytorch', 'jax']).split('\n');
    expect(lines[0]).toBe('2020-02-03, Abacus, 2 cores, Node 20.19.0, relaxed SIMD on');
    expect(lines.slice(4, 7)).toEqual([
      'workload  B  threads  compiled   eager-wasm        pytorch           jax  GFLOP/s  peak',
      'ntm-copy  1        1      10.0  400 (40.0x)  not installed  30.0 (3.00x)     20.0  50.0',
      'ntm-copy  1        2      5.00  400 (80.0x)              -  40.0 (8.00x)     40.0   100',
    ]);
  });
});

describe('a peer', () => {
  /** A child that answers each request with the next of these lines. */
  const scripted = (...answers: readonly string[]) =>
    peer(
      {
        name: 'peer',
        threads: 2,
        command: process.execPath,
        args: [
          '-e',
          `const answers = ${JSON.stringify(answers)};
          require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
            if (JSON.parse(line).command === 'quit') process.exit();
            console.log(answers.shift());
          });`,
        ],
      },
      {},
    );

  it('is asked in lines of JSON', async () => {
    const versions: Record<string, string> = {};
    const one = peer(
      {
        name: 'echo',
        threads: 1,
        command: process.execPath,
        args: [
          '-e',
          `require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
            const { command, cell, settings, steps, warm } = JSON.parse(line);
            if (command === 'quit') process.exit();
            if (command === 'open') console.log(JSON.stringify({ version: cell + settings.slots, compileSeconds: 2 }));
            if (command === 'check') console.log(JSON.stringify({ steps: [{ loss: steps, gradientNorm: 7 }] }));
            if (command === 'time') console.log(JSON.stringify({ milliseconds: [warm, steps] }));
          });`,
        ],
      },
      versions,
    );
    const contestant = await one.open(exercise);
    expect(versions).toEqual({ echo: 'ntm128' });
    expect(contestant.compileSeconds).toBe(2);
    expect(await contestant.first(3)).toEqual([{ lossNats: 3, gradientNorm: 7 }]);
    expect(await contestant.time({ warm: 1, steps: 4 })).toEqual([1, 4]);
    one.end();
  });

  it('says what went wrong in it', async () => {
    const failing = scripted('{"error":"ValueError: no such cell"}');
    await expect(failing.open(exercise)).rejects.toThrow('ValueError: no such cell');
    failing.end();
  });

  it('is not installed where its command or its library is missing', async () => {
    const start = (command: string, args: string[]) =>
      peer({ name: 'peer', threads: 1, command, args }, {}).open(exercise);
    await expect(start('/no/such/python', [])).rejects.toThrow('not installed (/no/such/python cannot');
    const dying = 'console.error("ModuleNotFoundError: No module named torch"); process.exit(1)';
    await expect(start(process.execPath, ['-e', dying])).rejects.toThrow(
      'not installed (ModuleNotFoundError: No module named torch)',
    );
  });
});

describe('workloads', () => {
  it.each(workloads.map((one) => [title(one), one] as const))('%s has settings that exist', (_, one) => {
    expect(prepare(one).batch.batchSize).toBe(one.batchSize);
  });
});

describe('cells', () => {
  it('are all that are registered, without a list, DeltaNet beside Gated DeltaNet', () => {
    const measured = chosenWorkloads('cells');
    expect(measured).toEqual(cellWorkloads());
    expect([...new Set(measured.map(({ cell }) => cell.name))]).toEqual(Object.keys(cells));
    expect(measured.find(({ name }) => name === 'cell-delta-ungated')!.cell).toMatchObject({ rule: 'delta' });
    expect(chosenWorkloads('cell-gru,lstm-copy/1').map(title)).toEqual(['lstm-copy/1', 'cell-gru/16']);
  });

  it.each(cellWorkloads().map((one) => [one.name, one] as const))(
    '%s is of equal parameters, on sixteen sequences of the reference',
    async (_, one) => {
      await tf.setBackend('cpu');
      const { assembly, batch } = prepare(one);
      // Graves et al. 2014, table 2, and 6 % to either side.
      const { parameters } = modelSize(assembly.model);
      expect(Math.abs(parameters / 62_480 - 1)).toBeLessThan(0.06);
      expect([batch.batchSize, batch.length]).toEqual([16, 41]);
    },
  );
});

describe('what was typed', () => {
  it('names workloads with or without the batch size, and engines', () => {
    expect(chosenWorkloads('ntm-copy').map(({ batchSize }) => batchSize)).toEqual([1, 16]);
    expect(chosenWorkloads('lstm-copy/16, ntm-copy/1').map(({ name }) => name)).toEqual([
      'ntm-copy',
      'lstm-copy',
    ]);
    expect(chosenEngines('jax,compiled')).toEqual(['compiled', 'jax']);
    expect(() => chosenWorkloads('ntm-cpy')).toThrow('--only: expected workloads, got ntm-cpy; did you mean');
    expect(() => chosenEngines('jaxx')).toThrow('--engines: expected engines, got jaxx; did you mean jax?');
    expect(label({ name: 'jax', threads: 2 })).toBe('jax, 2 threads');
  });
});
