/** Tasks of each nature through the built command: trained, stopped and taken up again, evaluated on their grid, drawn. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { workFolder } from './engram.ts';
import { engramAgain as engram } from './one-process.ts';

const folder = workFolder('tasks');
afterAll(folder.remove);
const cwd = folder.path;

async function run(...argv: string[]): Promise<string> {
  const { stdout, stderr, code } = await engram(argv, { cwd });
  expect(code, stderr).toBe(0);
  return stdout;
}

const flags = ['--preset=tiny', '--cell=lstm', '--batch=8', '--evaluation.sequences=16'];

describe('adding, whose answers are numbers', () => {
  it('is told by its squared error, resumes to the bit, and is drawn on its own scale', async () => {
    const train = (name: string, steps: number) =>
      run('train', 'adding', ...flags, `--steps=${steps}`, '--evaluation.everySteps=3', `--out=${name}`);
    expect(await train('whole', 6)).toMatch(/now +squared error [\d.]+, [\d.]+ % exact/);
    await train('parted', 3);
    await run('resume', 'parted', '--steps=6', '--pictures');
    const metrics = (name: string) => fs.readFileSync(join(cwd, name, 'metrics.jsonl'), 'utf8');
    expect(metrics('parted')).toBe(metrics('whole'));
    const { results } = JSON.parse(await run('eval', 'whole', '--grid', '--sequences=8', '--json'));
    expect(results.map(({ name }: { name: string }) => name)).toEqual([
      'length 10',
      'length 15',
      'length 20',
      'length 40',
    ]);
    for (const { squaredError } of results) expect(squaredError).toBeGreaterThan(0);
    expect(await run('eval', 'whole', '--sequences=8')).toMatch(/squared error +% wrong +% exact/);
    const strips = fs.readFileSync(join(cwd, 'parted', 'report', '1-strips.svg'), 'utf8');
    expect(strips).toMatch(/>output</);
  });
});

it.each(['mqar', 'fuzzy-recall', 'word-problem', 'repeat-copy', 'dyck'])(
  '%s trains by its recipe and is drawn',
  async (task) => {
    await run('train', task, ...flags, '--steps=3', '--pictures', `--out=${task}`);
    expect(fs.readdirSync(join(cwd, task, 'report'))).toEqual(expect.arrayContaining(['overview.png']));
  },
);
