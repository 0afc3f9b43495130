import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { expectRefusal, workFolder } from './engram.ts';
import { engramAgain as engram } from './one-process.ts';

const folder = workFolder('formats');
afterAll(folder.remove);
const cwd = folder.path;
const at = (...path: string[]) => join(cwd, ...path);
/** Made by 0.1.0: `train copy --cell lstm ... --steps 20`, a checkpoint every ten steps, one of them kept. */
const fixture = join(import.meta.dirname, '../fixtures/run-0.1.0');

beforeEach(() => {
  fs.rmSync(at('runs'), { recursive: true, force: true });
  fs.cpSync(fixture, at('runs', 'old'), { recursive: true });
});
const lines = () => fs.readFileSync(at('runs', 'old', 'metrics.jsonl'), 'utf8');

describe('a run of 0.1.0', () => {
  it('is listed and shown', async () => {
    const { code, stdout } = await engram(['runs', 'ls', '--json'], { cwd });
    expect(code).toBe(0);
    expect(JSON.parse(stdout).runs).toMatchObject([
      {
        task: 'copy',
        cell: 'lstm',
        seed: 1,
        parameters: 146,
        step: 20,
        sequences: 80,
        bestBitsPerSequence: 3.3077217053452386,
        state: 'stopped',
      },
    ]);
    const shown = await engram(['runs', 'show', 'old', '--json'], { cwd });
    expect([shown.code, JSON.parse(shown.stdout).made.versions.engram]).toEqual([0, '0.1.0']);
  });

  it('is evaluated and drawn', async () => {
    const { code, stdout, stderr } = await engram(['eval', 'old', '--json', '--sequences=20'], { cwd });
    expect([code, stderr]).toEqual([0, '']);
    const { step, results } = JSON.parse(stdout);
    expect(step).toBe(20);
    // Chance is 3 bits, and twenty steps do not go far from it.
    expect(results[0].bitsPerSequence).toBeGreaterThan(1);
    expect(results[0].bitsPerSequence).toBeLessThan(6);
    expect((await engram(['inspect', 'old'], { cwd })).code).toBe(0);
  });

  it('goes on: its record stays, and it takes the steps that a run from the start takes', async () => {
    const before = lines();
    const { code, stderr } = await engram(['resume', 'old', '--steps=40'], { cwd });
    expect(code).toBe(0);
    expect(stderr).not.toMatch(/expected/);
    expect(lines().startsWith(before)).toBe(true);
    const config = ['--config', join(fixture, 'config.json'), '--steps=40', '--out=new'];
    expect((await engram(['train', ...config], { cwd })).code).toBe(0);
    const steps = (text: string) => text.split('\n').filter((line) => line.includes('"kind":"step"'));
    expect(steps(lines())).toEqual(steps(fs.readFileSync(at('new', 'metrics.jsonl'), 'utf8')));
    expect(steps(lines())).toHaveLength(8);
  });
});

describe('a file of a newer format', () => {
  const files: [file: string, format: string][] = [
    ['config.json', 'engram.config/1'],
    ['meta.json', 'engram.run/1'],
    ['checkpoints/step-20/state.json', 'engram.checkpoint/1'],
  ];
  it.each(files)('(%s) is refused by name, and everything is left as it is', async (file, format) => {
    const path = at('runs', 'old', file);
    const content = JSON.parse(fs.readFileSync(path, 'utf8'));
    const newer = format.replace('/1', '/12');
    fs.writeFileSync(
      path,
      JSON.stringify({ ...content, schema: newer, versions: { engram: '3.4.5' }, more: 1 }),
    );
    const names = () => fs.readdirSync(at('runs', 'old'), { recursive: true }).sort();
    const before = names();
    for (const command of ['resume', 'eval', 'inspect'])
      expectRefusal(
        await engram([command, 'old'], { cwd }),
        6,
        `engram ${command}: runs/old/${file}: expected format ${format} or older, got ${newer}, written by Engram 3.4.5; use that one or a newer one: npm install engram@latest\n`,
      );
    expect(names()).toEqual(before);
    const { stdout } = await engram(['runs', 'ls', '--json'], { cwd });
    const state = file.startsWith('checkpoints') ? 'stopped' : 'unreadable';
    expect(JSON.parse(stdout).runs).toMatchObject([{ state }]);
  });

  it('is refused in the card of a model too', async () => {
    const shipped = join(import.meta.dirname, '../../checkpoints/copy-ntm');
    fs.cpSync(shipped, at('model'), { recursive: true });
    const card = JSON.parse(fs.readFileSync(at('model', 'card.json'), 'utf8'));
    fs.writeFileSync(
      at('model', 'card.json'),
      JSON.stringify({ ...card, schema: 'engram.card/2', versions: {} }),
    );
    expectRefusal(
      await engram(['eval', 'model'], { cwd }),
      6,
      'engram eval: model/card.json: expected format engram.card/1 or older, got engram.card/2, written by a newer Engram;',
    );
  });
});
