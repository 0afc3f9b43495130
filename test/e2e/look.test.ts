import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectRefusal, small, workFolder } from './engram.ts';
import { engramAgain as engram } from './one-process.ts';

const folder = workFolder('look');
afterAll(folder.remove);
const cwd = folder.path;
const run = 'runs/mine';

/** Makes a folder with weights a model that ships; its configuration's hash is the one that its checkpoint has. */
function writeCard(model: string, config: unknown): void {
  const weights = fs.readFileSync(join(model, 'weights.safetensors'));
  const sha256 = createHash('sha256').update(weights).digest('hex');
  const state = fs.readFileSync(join(cwd, run, 'checkpoints', 'step-40', 'state.json'), 'utf8');
  const { configHash } = JSON.parse(state);
  const card = { schema: 'engram.card/1', config, sha256, configHash };
  fs.writeFileSync(join(model, 'card.json'), JSON.stringify(card));
}

beforeAll(async () => {
  const { code } = await engram(['train', 'copy', ...small, '--steps=40', `--out=${run}`], { cwd });
  expect(code).toBe(0);
});

const json = async (...argv: string[]) => {
  const { code, stdout, stderr } = await engram([...argv, '--json'], { cwd });
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout.endsWith('\n') && !stdout.trimEnd().includes('\n')).toBe(true);
  return JSON.parse(stdout);
};

describe('engram eval', () => {
  it('gives one row of the training distribution, the very set that training evaluated on', async () => {
    const document = await json('eval', run, '--sequences=20');
    const metrics = fs
      .readFileSync(join(cwd, run, 'metrics.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const evaluations = metrics.filter(({ kind }) => kind === 'evaluation');
    const best = evaluations.reduce((a, b) => (b.scores.bitsPerSequence < a.scores.bitsPerSequence ? b : a));
    expect(document).toEqual({
      schema: 'engram.eval/1',
      task: 'copy',
      cell: 'lstm',
      step: best.step,
      results: [
        {
          name: 'as trained',
          settings: { minLength: 1, maxLength: 3, width: 3 },
          sequences: 20,
          bitsPerSequence: expect.closeTo(best.scores.bitsPerSequence, 4),
          bitErrorsPerSequence: best.scores.bitErrorsPerSequence,
          wrongBitsPercent: expect.closeTo(best.scores.wrongBitsPercent, 6),
          exactAccuracy: best.scores.exactAccuracy,
        },
      ],
    });
  });

  it('gives the same for any size of its batches', async () => {
    const whole = await json('eval', run, '--sequences=50');
    for (const batch of ['1', '7', '64'])
      expect(await json('eval', run, '--sequences=50', `--batch=${batch}`)).toEqual(whole);
  });

  it('gives a row for each point of the grid', async () => {
    const { results } = await json('eval', run, '--grid', '--sequences=10');
    expect(results.map(({ name }: { name: string }) => name)).toEqual([
      'length 3',
      'length 5',
      'length 8',
      'length 12',
      'length 18',
    ]);
    for (const { settings, sequences } of results) {
      expect(settings.minLength).toBe(settings.maxLength);
      expect(sequences).toBe(10);
    }
  });

  it('draws the grid where asked, and refuses to draw a single row', async () => {
    const { out, files } = await json('eval', run, '--grid', '--pictures', '--sequences=10');
    expect([out, files]).toEqual([
      `${run}/report-grid`,
      ['generalization.svg', 'generalization.png', 'index.html'],
    ]);
    const svg = fs.readFileSync(join(cwd, out, 'generalization.svg'), 'utf8');
    expect(svg).toContain('>trained on 1 to 3<');
    expectRefusal(await engram(['eval', run, '--pictures'], { cwd }), 2, /--pictures: expected --grid/);
  });

  it('takes settings and a seed', async () => {
    const flags = ['--task.minLength=30', '--task.maxLength=30', '--sequences=10'];
    const first = await json('eval', run, ...flags, '--seed=5');
    expect(first.results[0]).toMatchObject({
      name: 'minLength 30, maxLength 30',
      settings: { minLength: 30, maxLength: 30, width: 3 },
    });
    expect(await json('eval', run, ...flags, '--seed=5')).toEqual(first);
    expect(await json('eval', run, ...flags, '--seed=6')).not.toEqual(first);
  });

  it('takes one checkpoint, by its folder, and a run by its name', async () => {
    const early = await json('eval', `${run}/checkpoints/step-20`, '--sequences=10');
    const late = await json('eval', 'mine', '--sequences=10');
    expect(early.results[0].bitsPerSequence).not.toBe(late.results[0].bitsPerSequence);
  });

  it('gives the same on every engine and backend', async () => {
    const all = [];
    for (const machine of ['--backend=cpu', '--backend=wasm', '--engine=compiled'])
      all.push((await json('eval', run, machine, '--sequences=50')).results[0].bitsPerSequence);
    expect(all[1]).toBeCloseTo(all[0], 4);
    expect(all[2]).toBeCloseTo(all[0], 4);
  });

  it('prints a table for a person', async () => {
    const { stdout } = await engram(['eval', run, '--grid', '--sequences=10'], { cwd });
    const [title, heading, ...rows] = stdout.trimEnd().split('\n');
    expect(title).toMatch(/^copy with lstm: runs\/mine, step \d+$/);
    expect(heading).toMatch(/sequences {2}bits\/sequence {2}wrong bits {2}% of bits wrong {2}% exact/);
    expect(rows).toHaveLength(5);
  });

  it('gives accuracy for symbols', async () => {
    const flags = [
      '--cell=irnn',
      '--preset=tiny',
      '--cell.size=8',
      '--batch=8',
      '--steps=2',
      '--evaluation.sequences=20',
      '--out=symbols',
    ];
    expect((await engram(['train', 'key-value-retrieval', ...flags], { cwd })).code).toBe(0);
    const { results } = await json('eval', 'symbols', '--sequences=30');
    expect(Object.keys(results[0]).sort()).toEqual([
      'accuracy',
      'bitsPerSequence',
      'errorPercent',
      'exactAccuracy',
      'name',
      'sequences',
      'settings',
    ]);
  });

  it('evaluates a model that ships without its run', async () => {
    const shipped = join(cwd, 'shipped');
    fs.mkdirSync(shipped);
    fs.cpSync(
      join(cwd, run, 'checkpoints', 'step-40', 'weights.safetensors'),
      join(shipped, 'weights.safetensors'),
    );
    const config = JSON.parse(fs.readFileSync(join(cwd, run, 'config.json'), 'utf8'));
    writeCard(shipped, config);
    const { results } = await json('eval', 'shipped', '--sequences=10');
    expect(results).toEqual((await json('eval', `${run}/checkpoints/step-40`, '--sequences=10')).results);
  });
});

describe('engram inspect', () => {
  it('draws SVG, PNG and one page into the run', async () => {
    const document = await json('inspect', run);
    expect(document).toMatchObject({ schema: 'engram.inspect/1', model: run, out: `${run}/report` });
    const files: string[] = document.files;
    expect(files).toEqual(expect.arrayContaining(['index.html', 'curve.svg', 'curve.png', 'overview.svg']));
    for (const file of files) {
      const bytes = fs.readFileSync(join(cwd, run, 'report', file));
      if (file.endsWith('.svg')) expect(bytes.subarray(0, 4).toString()).toBe('<svg');
      if (file.endsWith('.png')) expect(bytes.subarray(1, 4).toString()).toBe('PNG');
    }
  });

  it('draws again over its own report, and elsewhere where asked', async () => {
    await json('inspect', run);
    const { out } = await json(
      'inspect',
      `${run}/checkpoints/step-20`,
      '--out=early',
      '--task.minLength=2',
      '--task.maxLength=2',
    );
    expect(out).toBe('early');
    expect(fs.readFileSync(join(cwd, 'early', 'index.html'), 'utf8')).toContain('minLength 2, maxLength 2');
  });

  it('draws a checkpoint beside the report of its run, not over it', async () => {
    const { out } = await json('inspect', `${run}/checkpoints/step-20`);
    expect(out).toBe(`${run}/report-step-20`);
  });

  it('draws a model that ships without its run elsewhere, with the curve that lies beside it', async () => {
    const shipped = join(cwd, 'given', 'copy-lstm');
    fs.mkdirSync(shipped, { recursive: true });
    fs.cpSync(
      join(cwd, run, 'checkpoints', 'step-40', 'weights.safetensors'),
      join(shipped, 'weights.safetensors'),
    );
    fs.cpSync(join(cwd, run, 'metrics.jsonl'), join(shipped, 'metrics.jsonl'));
    const config = JSON.parse(fs.readFileSync(join(cwd, run, 'config.json'), 'utf8'));
    writeCard(shipped, config);
    const before = fs.readdirSync(shipped);
    const { out, files } = await json('inspect', 'given/copy-lstm');
    expect(out).toBe('reports/copy-lstm');
    expect(files).toContain('curve.svg');
    expect(fs.readdirSync(shipped)).toEqual(before);
  });
});

describe('engram inspect of several runs', () => {
  beforeAll(async () => {
    // Shorter than it takes to a first line of timing.
    const unlogged = small.filter((flag) => flag !== '--log-every=5');
    const flags = [...unlogged, '--steps=20', '--seed=2', '--out=second'];
    expect((await engram(['train', 'copy', ...flags], { cwd })).code).toBe(0);
  });

  it('lays their curves over each other and tells what differs', async () => {
    const document = await json('inspect', run, 'second');
    expect(document).toMatchObject({
      schema: 'engram.comparison/1',
      task: 'copy',
      measure: 'bits per sequence',
      differing: { seed: [1, 2], 'budget.steps': [40, 20] },
      out: 'reports/mine-vs-second',
    });
    expect(document.runs.map(({ key, run: name }: Record<string, string>) => [key, name])).toEqual([
      ['A', 'mine'],
      ['B', 'second'],
    ]);
    for (const { seconds } of document.runs) expect(seconds).toBeGreaterThan(0);
    const html = fs.readFileSync(join(cwd, document.out, 'index.html'), 'utf8');
    expect(html).toContain('<th scope="row">seed</th><td>1</td><td>2</td>');
    expect(document.files).toContain('curves.svg');
  });

  it('prints a table for a person, and where to look', async () => {
    const { stdout, stderr, code } = await engram(['inspect', run, 'second', '--out=both'], { cwd });
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toBe('copy: 2 runs compared');
    const seed = lines.find((line) => line.startsWith('seed '))!;
    const steps = lines.find((line) => line.startsWith('budget.steps '))!;
    expect(seed.indexOf('2')).toBe(steps.indexOf('20'));
    expect(stderr).toContain(join('both', 'index.html'));
  });

  it('refuses runs of several tasks, and settings that only one run can be drawn with', async () => {
    const flags = ['--cell=irnn', '--preset=tiny', '--cell.size=8', '--steps=2', '--out=retrieval'];
    const more = ['--batch=8', '--evaluation.sequences=20'];
    expect((await engram(['train', 'key-value-retrieval', ...flags, ...more], { cwd })).code).toBe(0);
    const tasks = await engram(['inspect', run, 'retrieval'], { cwd });
    expectRefusal(tasks, 2, /expected runs of one task .* got copy and key-value-retrieval/);
    const settings = await engram(['inspect', run, 'second', '--task.width=4'], { cwd });
    expectRefusal(settings, 2, /--task\.width: expected one run/);
  });
});

describe('engram runs', () => {
  it('lists them', async () => {
    const { schema, runs } = await json('runs', 'ls');
    expect(schema).toBe('engram.runs/1');
    expect(runs).toEqual([
      expect.objectContaining({ path: run, task: 'copy', cell: 'lstm', seed: 1, step: 40, state: 'stopped' }),
    ]);
    expect(runs[0].parameters).toBeGreaterThan(100);
    expect(runs[0].wallSeconds).toBeGreaterThan(0);
    expect(runs[0].bestBitsPerSequence).toBeLessThanOrEqual(runs[0].bitsPerSequence);
    expect((await engram(['runs', 'ls'], { cwd })).stdout).toMatch(/runs\/mine +copy +lstm +1 .* stopped/);
    expect((await json('runs', 'ls', '--where=cell=ntm', '--where=seed=1', '--sort=best')).runs).toEqual([]);
    const { code, stderr } = await engram(['runs', 'ls', '--where=siez=8'], { cwd });
    expect([code, stderr]).toEqual([
      2,
      'engram runs: --where: expected a column or a setting of these runs, got siez; did you mean seed?\n',
    ]);
  });

  it('shows one', async () => {
    const document = await json('runs', 'show', 'mine');
    expect(document).toMatchObject({
      schema: 'engram.run-show/1',
      path: run,
      step: 40,
      config: { task: { name: 'copy' } },
    });
    expect(document.checkpoints).toContain(40);
    expect((await engram(['runs', 'show', 'mine'], { cwd })).stdout).toMatch(/^path: runs\/mine\n/);
  });

  it('removes one, and leaves the others', async () => {
    fs.cpSync(join(cwd, run), join(cwd, 'runs', 'other'), { recursive: true });
    expect(await json('runs', 'rm', 'other')).toEqual({
      schema: 'engram.runs-removed/1',
      removed: ['runs/other'],
    });
    expect(fs.readdirSync(join(cwd, 'runs'))).toEqual(['mine']);
  });

  it('says so when there are none', async () => {
    expect((await engram(['runs', 'ls', '--dir=nowhere'], { cwd })).stdout).toMatch(/^no runs in nowhere/);
  });
});

describe('engram tasks and cells', () => {
  it('list settings with defaults, and sources', async () => {
    const { tasks } = await json('tasks');
    const copy = tasks.find(({ name }: { name: string }) => name === 'copy');
    expect(copy).toMatchObject({ source: expect.stringContaining('Graves'), lines: { chance: 84 } });
    expect(copy.settings[1]).toEqual({
      name: 'maxLength',
      default: 20,
      takes: 'integer 1 to 10000',
      describe: expect.any(String),
    });
    const { cells } = await json('cells', 'ntm');
    expect(cells).toHaveLength(1);
    expect(cells[0].settings).toContainEqual(
      expect.objectContaining({ name: 'prominence', takes: 'none | lru | dnc | recall', default: 'none' }),
    );
  });

  it('align for a person', async () => {
    const { stdout } = await engram(['cells', 'lstm'], { cwd });
    const lines = stdout.split('\n').filter((line) => line.includes('--cell.'));
    expect(lines).toHaveLength(2);
    expect(new Set(lines.map((line) => line.indexOf('integer'))).size).toBe(1);
    // All that docs/cells.md says of it, on 100 columns.
    expect(stdout).toMatch(/c' = f c \+ i g.*\n {2}good at {3}\w.*\n {2}fails at {2}\w.*\n {2}state/s);
    expect(stdout).toMatch(/\n {2}cost {6}\d.*\n {2}measured {2}tiny: copy/s);
    expect(stdout.split('\n').filter((line) => line.length > 100)).toEqual([]);
  });
});
