/** Every cell that ships is trained by the compiled engine, stopped and taken up again to the bit, and drawn. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { cells } from '../../src/registry.ts';
import { loadCheckpoint } from '../../src/runs/checkpoint.ts';
import { engram, workFolder } from './engram.ts';
import { engramAgain } from './one-process.ts';

const folder = workFolder('cells');
afterAll(folder.remove);
const cwd = folder.path;

/** One thread: with several, test files that run at once wait for each other's. */
const flags = [
  '--threads=1',
  '--preset=tiny',
  '--batch=4',
  '--evaluation.sequences=8',
  '--evaluation.batchSize=8',
];

async function run(command: typeof engram, ...argv: string[]): Promise<void> {
  const { stderr, code } = await command(argv, { cwd });
  expect(code, stderr).toBe(0);
}

it.each(Object.keys(cells))('%s', async (cell) => {
  const train = (name: string, steps: number) =>
    run(
      engramAgain,
      'train',
      'copy',
      `--cell=${cell}`,
      ...flags,
      `--steps=${steps}`,
      `--out=${cell}-${name}`,
    );
  await train('whole', 8);
  await train('parted', 3);
  // By a process that has nothing but the checkpoint.
  await run(engram, 'resume', `${cell}-parted`, '--steps=8');
  const [whole, parted] = ['whole', 'parted'].map((name) => loadCheckpoint(join(cwd, `${cell}-${name}`)));
  expect(whole!.state.step).toBe(8);
  expect(parted!.arrays).toEqual(whole!.arrays);
  const { engine } = JSON.parse(fs.readFileSync(join(cwd, `${cell}-whole`, 'meta.json'), 'utf8'));
  expect(engine).toBe('compiled');
  await run(engramAgain, 'inspect', `${cell}-parted`);
  const drawn = fs.readdirSync(join(cwd, `${cell}-parted`, 'report'));
  expect(drawn).toEqual(expect.arrayContaining(['overview.svg', 'overview.png', 'index.html']));
});
