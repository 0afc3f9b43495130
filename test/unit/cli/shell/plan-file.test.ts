import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { command } from '../../../../src/cli/commands/compare.ts';
import { readPlanFile } from '../../../../src/cli/shell/plan-file.ts';
import { run } from '../../../../src/cli/shell/run.ts';
import type { Terminal } from '../../../../src/cli/shell/terminal.ts';

const folder = fs.mkdtempSync(join(tmpdir(), 'engram-plan-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));
function written(text: string): string {
  const path = join(folder, 'plan.yaml');
  fs.writeFileSync(path, text);
  return path;
}

describe('a plan', () => {
  it('is the flags that its keys are called', () => {
    const path = written(
      [
        'tasks: [copy, mqar]',
        'cell: {name: "ntm,lstm", slots: 8}',
        'optimizer: {name: adam, rate: 1e-3}',
        'batch: 4',
        'budget: {untilSolved: false, maxTimeSeconds: 10m}',
        'evaluation: {sequences: 50}',
        'seeds: 3',
        'commands: true',
        'parameters: {clip: [1, 2]}',
      ].join('\n'),
    );
    const { flags, axes } = readPlanFile(path, command);
    expect(flags).toEqual({
      task: 'copy,mqar',
      cells: 'ntm,lstm',
      'cell.slots': '8',
      optimizer: 'adam',
      'optimizer.rate': '0.001',
      batch: '4',
      'until-solved': 'false',
      'max-time': '10m',
      'evaluation.sequences': '50',
      seeds: '3',
      commands: true,
    });
    expect(axes).toEqual([{ path: 'optimizer.clipNorm', values: [1, 2] }]);
  });

  it.each([
    ['tasks: copy\nseed: 3', 'expected a setting of engram compare, got seed; did you mean seeds?'],
    ['tasks: copy\ntask: mqar', 'expected task once, got it twice'],
    ['tasks: copy\ncells: lstm\nseeds:', 'seeds in .*plan.yaml: expected a value, got nothing'],
    ['tasks: copy\ncells: lstm\nseeds: {a: 1}', 'expected a value, got a group of settings'],
    ['tasks: copy\ncells: lstm\nseeds: many', 'seeds in .*plan.yaml: expected a finite number, got "many"'],
    ['tasks: copy\ncells: lstm\nseeds: 0', 'seeds in .*plan.yaml: expected a number of at least 1, got 0'],
    ['tasks: copy\nparameters: {rate: {values: 3}}', 'rate of parameters in .*plan.yaml: expected a list'],
    ['tasks: copy\nparameters: {rate: [1], optimizer.rate: [2]}', 'expected optimizer.rate once'],
    ['tasks: [copy', 'expected YAML'],
    ['- copy', 'expected settings by name, got a list'],
  ])('with %j is refused in one line', async (text, message) => {
    const path = written(text);
    const refused: unknown = await run(
      ['compare', path, `--out=${join(folder, 'out')}`],
      {} as Terminal,
    ).catch((error: unknown) => error);
    expect((refused as Error).message).toMatch(new RegExp(message));
    expect((refused as Error).message).not.toContain('\n');
    expect(fs.existsSync(join(folder, 'out'))).toBe(false);
  });
});
