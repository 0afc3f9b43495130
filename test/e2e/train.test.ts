import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadCheckpoint } from '../../src/runs/checkpoint.ts';
import { engram, small, workFolder } from './engram.ts';

const folder = workFolder('train');
afterAll(folder.remove);
const cwd = folder.path;
const read = (...path: string[]) => fs.readFileSync(join(cwd, ...path), 'utf8');

describe('engram train', () => {
  it('learns, prints one document, and leaves a run', async () => {
    const { code, stdout, stderr } = await engram(
      ['train', 'copy', ...small, '--steps=300', '--json', '--out=learned'],
      { cwd },
    );
    expect([code, stderr]).toEqual([0, expect.stringMatching(/step 300, 2400 sequences/)]);
    expect(stdout.trim().split('\n')).toHaveLength(1);
    const document = JSON.parse(stdout);
    expect(document).toEqual({
      schema: 'engram.train/1',
      run: 'learned',
      task: 'copy',
      cell: 'lstm',
      engine: 'eager',
      backend: 'wasm',
      seed: 1,
      steps: 300,
      sequences: 2400,
      solved: null,
      final: {
        bitsPerSequence: expect.any(Number),
        bitErrorsPerSequence: expect.any(Number),
        exactAccuracy: expect.any(Number),
      },
      // 4 inputs and 12 recurrent to 48 gates, their bias, the start of h and c, and 12 to 3 with a bias.
      parameters: 16 * 48 + 48 + 24 + 12 * 3 + 3,
      wallSeconds: expect.any(Number),
      sequencesPerSecond: expect.any(Number),
    });
    // Chance is 6 bits.
    expect(document.final.bitsPerSequence).toBeLessThan(4.5);
    expect(document.sequencesPerSecond).toBeCloseTo(2400 / document.wallSeconds, 6);
    expect(fs.readdirSync(join(cwd, 'learned')).sort()).toEqual([
      'best',
      'checkpoints',
      'config.json',
      'last',
      'meta.json',
      'metrics.jsonl',
      'timing.jsonl',
    ]);
  });

  it('writes down what was run, with every default', () => {
    const config = JSON.parse(read('learned', 'config.json'));
    expect(config).toMatchObject({
      schema: 'engram.config/1',
      task: { name: 'copy', minLength: 1, maxLength: 3, width: 3 },
      cell: { name: 'lstm', size: 12, layers: 1 },
      optimizer: { name: 'adam', rate: 0.01, beta1: 0.9, beta2: 0.999, schedule: 'constant' },
      budget: { steps: 300, untilSolved: false },
    });
    expect(config.budget.sequences).toBeUndefined();
    expect(JSON.parse(read('learned', 'meta.json'))).toMatchObject({
      schema: 'engram.run/1',
      seed: 1,
      engine: 'eager',
      backend: 'wasm',
      simd: expect.any(Boolean),
      versions: { engram: '0.1.0', node: process.versions.node, tfjs: '4.22.0' },
      argv: ['train', 'copy', ...small, '--steps=300', '--json', '--out=learned'],
    });
  });

  it('writes the same numbers for the same seed, and others for another', async () => {
    const train = (seed: number, out: string) =>
      engram(['train', 'copy', ...small, '--steps=35', `--seed=${seed}`, `--out=${out}`], { cwd });
    for (const result of [await train(7, 'a'), await train(7, 'b'), await train(8, 'c')])
      expect(result.code).toBe(0);
    const metrics = read('a', 'metrics.jsonl');
    expect(metrics.trim().split('\n')).toHaveLength(7 + 4);
    expect(read('b', 'metrics.jsonl')).toBe(metrics);
    expect(read('c', 'metrics.jsonl')).not.toBe(metrics);
    expect(loadCheckpoint(join(cwd, 'a')).arrays).toEqual(loadCheckpoint(join(cwd, 'b')).arrays);
  });

  it('stops when the task is solved, and says after how many sequences', async () => {
    const easy = ['--task.maxLength=1', '--task.width=1', '--until-solved', '--sequences=40000'];
    const flags = [...small.filter((flag) => !flag.startsWith('--task.')), ...easy, '--json', '--out=solved'];
    const { code, stdout } = await engram(['train', 'copy', ...flags], { cwd });
    expect(code).toBe(0);
    const { solved, sequences, final } = JSON.parse(stdout);
    expect(solved).toEqual({ sequences: solved.steps * 8, steps: expect.any(Number) });
    // Three evaluations in a row prove it; the first of them counts.
    expect(sequences).toBe(solved.sequences + 2 * 10 * 8);
    expect(final.bitsPerSequence).toBeLessThan(0.05);
  });

  it('exits with 4 when it should be solved and is not, and still gives the document', async () => {
    const { code, stdout, stderr } = await engram(
      ['train', 'copy', ...small, '--steps=3', '--until-solved', '--json'],
      { cwd },
    );
    expect(code).toBe(4);
    expect(JSON.parse(stdout)).toMatchObject({ schema: 'engram.train/1', solved: null, steps: 3 });
    expect(stderr).toMatch(/expected it solved .*; go on with more: engram resume runs\/copy-lstm-/);
  });

  it('ends by time', async () => {
    const { code, stdout } = await engram(['train', 'copy', ...small, '--max-time=1s', '--json'], { cwd });
    expect(code).toBe(0);
    const { steps, wallSeconds } = JSON.parse(stdout);
    expect(steps).toBeGreaterThan(0);
    expect(wallSeconds).toBeGreaterThanOrEqual(1);
    expect(wallSeconds).toBeLessThan(20);
  });

  it('scores symbols by accuracy', async () => {
    const flags = [
      '--cell=fast-weights',
      '--preset=tiny',
      '--cell.size=8',
      '--task.pairs=2',
      '--batch=8',
      '--backend=wasm',
      '--steps=4',
      '--evaluation.sequences=20',
      '--json',
    ];
    const { code, stdout } = await engram(['train', 'key-value-retrieval', ...flags], { cwd });
    expect(code).toBe(0);
    const { final } = JSON.parse(stdout);
    expect(Object.keys(final).sort()).toEqual([
      'accuracy',
      'bitsPerSequence',
      'errorPercent',
      'exactAccuracy',
    ]);
    expect(final.errorPercent).toBeCloseTo(100 * (1 - final.accuracy), 9);
  });

  it('reads a file, over which goes what is typed', async () => {
    fs.writeFileSync(
      join(cwd, 'experiment.yaml'),
      'task: {name: copy, maxLength: 2, width: 2}\ncell: lstm\nbatchSize: 4\noptimizer: {name: sgd, rate: 1e-2}\nevaluation: {sequences: 10}\nbudget: {steps: 9}\n',
    );
    const flags = [
      '--config=experiment.yaml',
      '--cell.size=6',
      '--steps=2',
      '--task.width=3',
      '--backend=cpu',
      '--out=file',
    ];
    const { code } = await engram(['train', ...flags], { cwd });
    expect(code).toBe(0);
    expect(JSON.parse(read('file', 'config.json'))).toMatchObject({
      task: { maxLength: 2, width: 3 },
      cell: { name: 'lstm', size: 6 },
      batchSize: 4,
      optimizer: { name: 'sgd', rate: 0.01 },
      budget: { steps: 2 },
    });
  });

  it('draws what was learned when asked for pictures', async () => {
    const flags = [
      '--preset=tiny',
      '--cell.slots=6',
      '--cell.width=3',
      '--cell.controllerSize=8',
      '--task.maxLength=3',
      '--steps=2',
      '--evaluation.sequences=10',
      '--backend=wasm',
      '--pictures',
      '--out=drawn',
    ];
    const { code } = await engram(['train', 'copy', ...flags], { cwd });
    expect(code).toBe(0);
    const names = fs.readdirSync(join(cwd, 'drawn', 'report'));
    expect(names).toContain('index.html');
    expect(names.filter((name) => name.endsWith('.svg')).length).toBeGreaterThan(3);
    expect(read('drawn', 'report', 'index.html')).toMatch(/^<!doctype html>/);
  });

  it('warns of a task longer than the memory, and goes on', async () => {
    const flags = [
      '--preset=tiny',
      '--cell.slots=4',
      '--cell.controllerSize=8',
      '--steps=1',
      '--evaluation.sequences=10',
      '--backend=cpu',
    ];
    const { code, stderr } = await engram(['train', 'copy', ...flags], { cwd });
    expect(code).toBe(0);
    expect(stderr).toMatch(/^engram train: copy: expected at most 4 vectors, one a slot, got up to 5;/);
  });

  it('stops at NaN with exit 3, and keeps the last good checkpoint', async () => {
    const flags = [
      ...small.filter((flag) => !flag.includes('rate')),
      '--optimizer.rate=1e38',
      '--optimizer.clipNorm=0',
    ];
    const { code, stdout, stderr } = await engram(
      ['train', 'copy', ...flags, '--steps=50', '--json', '--out=diverged'],
      { cwd },
    );
    expect(code).toBe(3);
    expect(JSON.parse(stdout).error).toMatchObject({ code: 3, name: 'DivergedError' });
    expect(stderr.trim().split('\n').at(-1)).toMatch(/^engram train: .*expected finite numbers, got/);
    const { arrays } = loadCheckpoint(join(cwd, 'diverged'));
    for (const { data } of Object.values(arrays)) expect(data.every(Number.isFinite)).toBe(true);
    expect(fs.existsSync(join(cwd, 'diverged', 'lock'))).toBe(false);
  });
});
