import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installNative } from '../support/fixtures/native/install.ts';
import { engram, main } from './engram.ts';

/** A cell of ten lines: a leaky sum of what it has seen. */
const cell = `
import { z } from 'zod';
import { uniformKernel } from '../core/init.js';
import * as tf from '../core/tf.js';
const settings = z.strictObject({ size: z.int().min(1).default(8), leak: z.number().min(0).max(1).default(0.5) });
export const leaky = {
  name: 'leaky', source: 'a test, 2026', summary: 'a leaky sum', settings,
  create: ({ size, leak }, { inputSize }) => ({
    name: 'leaky', inputSize, outputSize: size,
    init: (rng) => ({ kernel: uniformKernel(rng, inputSize, size) }),
    initialState: (params, batchSize) => ({ sum: tf.zeros([batchSize, size]) }),
    step: ({ kernel }, { sum }, input) => {
      const next = tf.add(tf.mul(sum, leak), tf.matMul(input, kernel));
      return { output: tf.tanh(next), state: { sum: next }, probe: { sum: next } };
    },
  }),
};
`;

/** A task of a few more: the last bit, after some silence. */
const task = `
import { z } from 'zod';
import { emptyBatch } from '../src/core/batch.js';
const settings = z.strictObject({ silence: z.int().min(0).max(100).default(1) });
export const lastBit = {
  name: 'last-bit', source: 'a test, 2026', summary: 'say the bit again after some silence',
  loss: 'bits', solvedBits: 0.05, settings,
  sizes: ({ silence }) => ({ inputSize: 2, outputSize: 1, maxLength: silence + 1 }),
  load: () => 1,
  lines: () => ({ chance: 1 }),
  harder: ({ silence }) => ({ 'as long': { silence }, longer: { silence: 2 * silence } }),
  sample({ silence }, rng, batchSize) {
    const batch = emptyBatch({ length: silence + 1, batchSize, inputSize: 2, outputSize: 1 });
    for (let b = 0; b < batchSize; b++) {
      const bit = rng.integer(2);
      batch.inputs[b * 2 + bit] = 1;
      batch.targets[silence * batchSize + b] = bit;
      batch.mask[silence * batchSize + b] = 1;
    }
    return batch;
  },
};
`;

const { root: cwd, remove } = installNative('not-installed');
const program = join(cwd, 'dist/src/cli/main.js');
afterAll(remove);

// Its own file and one line in the list of all: nothing else of the built library is touched.
beforeAll(() => {
  const top = join(main, '../../../..');
  fs.cpSync(join(top, 'dist'), join(cwd, 'dist'), { recursive: true });
  fs.cpSync(join(top, 'package.json'), join(cwd, 'package.json'));
  fs.writeFileSync(join(cwd, 'dist/src/cells/leaky.js'), cell);
  fs.writeFileSync(join(cwd, 'dist/tasks/last-bit.js'), task);
  fs.appendFileSync(join(cwd, 'dist/src/cells/kinds.js'), "\nexport { leaky } from './leaky.js';\n");
  fs.appendFileSync(join(cwd, 'dist/tasks/kinds.js'), "\nexport { lastBit } from './last-bit.js';\n");
});

const flags = [
  '--cell=leaky',
  '--cell.size=6',
  '--batch=8',
  '--evaluation.everySteps=20',
  '--evaluation.sequences=40',
  '--checkpoint.everySteps=20',
  '--optimizer=adam',
  '--optimizer.rate=0.05',
];

describe.each(['--engine=eager', '--engine=compiled'])('a new cell and a new task (%s)', (machine) => {
  const run = `toy${machine}`;
  const engine = machine.slice('--engine='.length);
  const json = async (...argv: string[]) => {
    const { code, stdout, stderr } = await engram([...argv, '--json'], { cwd, program });
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    return JSON.parse(stdout);
  };
  const backend = engine === 'eager' ? ['--backend=wasm'] : [];

  it('train', async () => {
    const document = await json(
      'train',
      'last-bit',
      ...flags,
      machine,
      ...backend,
      '--steps=40',
      `--out=${run}`,
    );
    expect(document).toMatchObject({ task: 'last-bit', cell: 'leaky', engine, steps: 40 });
    expect(document.final.bitsPerSequence).toBeLessThan(0.5);
  });

  it('resume', async () => {
    expect(await json('resume', run, '--steps=60')).toMatchObject({ steps: 60 });
    await json('train', 'last-bit', ...flags, machine, ...backend, '--steps=60', `--out=${run}-whole`);
    const metrics = (name: string) => fs.readFileSync(join(cwd, name, 'metrics.jsonl'), 'utf8');
    expect(metrics(run)).toBe(metrics(`${run}-whole`));
  });

  it('evaluate', async () => {
    const { results } = await json('eval', run, '--grid', '--sequences=20', machine, ...backend);
    expect(results.map(({ name }: { name: string }) => name)).toEqual(['as long', 'longer']);
  });

  it('draw', async () => {
    const { files, out } = await json('inspect', run, machine, ...backend);
    expect(files.length).toBeGreaterThan(3);
    expect(fs.readFileSync(join(cwd, out, 'index.html'), 'utf8')).toContain('last-bit with leaky');
  });
});

describe('a new cell and a new task', () => {
  it('are listed, checked and suggested', async () => {
    const text = async (...argv: string[]) => {
      const { stdout, stderr } = await engram(argv, { cwd, program });
      return stdout + stderr;
    };
    expect(await text('cells')).toMatch(/--cell\.leak +0\.5 +number 0 to 1/);
    expect(await text('tasks', 'last-bit')).toMatch(/say the bit again.*\n.*chance 1 bits/);
    expect(await text('train', 'last-bti')).toMatch(/did you mean last-bit\?/);
    expect(await text('train', 'last-bit', '--cell=leaky', '--cell.leak=2')).toMatch(
      /--cell\.leak: expected a number of at most 1, got 2/,
    );
  });
});
