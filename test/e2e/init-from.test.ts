import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadCheckpoint } from '../../src/runs/checkpoint.ts';
import { expectRefusal, small, workFolder } from './engram.ts';
import { engramAgain as engram } from './one-process.ts';

const folder = workFolder('init');
afterAll(folder.remove);
const cwd = folder.path;
const at = (...path: string[]) => join(cwd, ...path);
const paramsOf = (path: string) =>
  Object.fromEntries(
    Object.entries(loadCheckpoint(path).arrays).filter(([name]) => name.startsWith('params.')),
  );

beforeAll(async () => {
  const { code } = await engram(['train', 'copy', ...small, '--steps=20', '--out=first'], { cwd });
  expect(code).toBe(0);
});

describe('--init-from', () => {
  it('begins with the weights and the settings of a run, and another optimizer state', async () => {
    const flags = ['--init-from=first', '--optimizer.rate=1e-3', '--steps=10', '--checkpoint.keep=9'];
    const { code } = await engram(['train', ...flags, '--out=second'], { cwd });
    expect(code).toBe(0);
    expect(paramsOf(at('second/checkpoints/step-0'))).toEqual(paramsOf(at('first')));
    expect(paramsOf(at('second'))).not.toEqual(paramsOf(at('first')));
    const [first, second] = ['first', 'second'].map((run) =>
      JSON.parse(fs.readFileSync(at(run, 'config.json'), 'utf8')),
    );
    expect(second.cell).toEqual(first.cell);
    expect(second.optimizer).toEqual({ ...first.optimizer, rate: 1e-3 });
    expect(JSON.parse(fs.readFileSync(at('second/meta.json'), 'utf8')).initFrom).toBe('first');
  });

  it('takes a checkpoint and a file alike, and begins again from what it kept', async () => {
    const own = small.filter((flag) => !flag.startsWith('--checkpoint'));
    const flags = ['copy', ...own, '--steps=10', '--checkpoint.everySteps=10'];
    const weights = 'first/checkpoints/step-20/weights.safetensors';
    for (const [from, out] of [
      [weights, 'file'],
      ['first/checkpoints/step-20', 'checkpoint'],
    ])
      expect((await engram(['train', ...flags, `--init-from=${from}`, `--out=${out}`], { cwd })).code).toBe(
        0,
      );
    const metrics = (run: string) => fs.readFileSync(at(run, 'metrics.jsonl'), 'utf8');
    expect(metrics('checkpoint')).toBe(metrics('file'));
    // As if it had been killed before its first checkpoint, and the weights were gone.
    fs.cpSync(at('file'), at('killed'), { recursive: true });
    for (const name of ['last', 'best', 'checkpoints', 'metrics.jsonl'])
      fs.rmSync(at('killed', name), { recursive: true });
    expect((await engram(['resume', 'killed'], { cwd })).code).toBe(0);
    expect(metrics('killed')).toBe(metrics('file'));
  });

  it('refuses weights of another model in one line, and leaves nothing', async () => {
    const own = small.filter((flag) => !flag.startsWith('--cell.size'));
    const line = ['train', 'copy', ...own, '--cell.size=13', '--init-from=first', '--out=other'];
    expectRefusal(
      await engram(line, { cwd }),
      6,
      /^engram train: --init-from first: params\.\S+: expected \[.*\], got \[.*\]; give the cell/,
    );
    expect(fs.existsSync(at('other'))).toBe(false);
  });
});

describe('--dry-run', () => {
  it('prints the configuration as a file that train takes, with sizes, and writes nothing', async () => {
    const before = fs.readdirSync(cwd).sort();
    const { code, stdout, stderr } = await engram(['train', 'copy', ...small, '--steps=7', '--dry-run'], {
      cwd,
    });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^# parameters {2}879\n# state +24 numbers.*\n# a step .* s .*\n# memory .* MiB/);
    const config = parse(stdout);
    expect(config).toMatchObject({
      task: { name: 'copy', maxLength: 3 },
      budget: { steps: 7 },
      batchSize: 8,
    });
    expect(fs.readdirSync(cwd).sort()).toEqual(before);
    fs.writeFileSync(at('dry.yaml'), stdout);
    const again = await engram(['train', '--config=dry.yaml', '--dry-run', '--json'], { cwd });
    expect(JSON.parse(again.stdout)).toMatchObject({ schema: 'engram.dry-run/1', config, parameters: 879 });
  });
});
