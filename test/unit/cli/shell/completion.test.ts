/** The script is run by a bash, as the Tab key does. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Command } from '../../../../src/cli/shell/command.ts';
import { completionScript } from '../../../../src/cli/shell/completion.ts';
import { machineFlags, trainingFlags } from '../../../../src/cli/shell/training-flags.ts';
import { configSchema, optimizerSchema } from '../../../../src/train/config.ts';
import { presets } from '../../../../src/train/recipes.ts';

const folder = fs.mkdtempSync(join(tmpdir(), 'engram-completion-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));
for (const run of ['copy-a', 'recall-b']) fs.mkdirSync(join(folder, 'runs', run), { recursive: true });

const command = (name: string, takes: string, flags: Command['flags'] = {}): Command => ({
  name,
  takes,
  summary: '',
  flags,
  groups: name === 'train' ? { cell: 'settings' } : {},
  examples: [],
  positionals: { least: 0, most: 9 },
  run: async () => undefined,
});
const script = completionScript(
  [
    command('train', '<task>', {
      cell: { kind: 'text', describe: '' },
      engine: { kind: 'text', describe: '', values: ['compiled', 'eager'] },
      pictures: { kind: 'switch', describe: '' },
    }),
    command('runs', 'ls|show|rm [run...]'),
    command('new', 'cell|task <file>'),
  ],
  { cell: ['ntm', 'lstm'], task: ['copy', 'recall'], settings: { cell: ['--cell.slots'] } },
);

/** What the Tab key offers after these words, the last of which is begun. */
function offered(...words: string[]): string[] {
  const test = `${script}
cd ${folder}; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _engram; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const shown = execFileSync('bash', ['-c', test, 'bash', 'engram', ...words], { encoding: 'utf8' });
  return shown.split('\n').filter((word) => word !== '');
}

describe('completion', () => {
  it.each<[words: string[], offers: string[]]>([
    [['t'], ['train']],
    [[''], ['help', 'train', 'runs', 'new']],
    [['help', 'tr'], ['train']],
    [
      ['train', ''],
      ['copy', 'recall'],
    ],
    [['train', '--cell', 'l'], ['lstm']],
    [['train', '--cell', '=', 'n'], ['ntm']],
    [
      ['train', 'copy', '--engine', ''],
      ['compiled', 'eager'],
    ],
    [['train', '--engine', 'eager', 'r'], ['recall']],
    [['train', '--pictures', 'r'], ['recall']],
    [['train', '--cell.slots', '4', 'r'], ['recall']],
    [['train', 'copy', '--cell.'], ['--cell.slots']],
    [['train', 'copy', '--pi'], ['--pictures']],
    [['runs', 's'], ['show']],
    [
      ['runs', 'rm', ''],
      ['copy-a', 'recall-b'],
    ],
    [['runs', 'rm', 'copy-a', 'r'], ['recall-b']],
    [
      ['new', ''],
      ['cell', 'task'],
    ],
    [['new', 'cell', ''], []],
  ])('of %j', (words, offers) => {
    expect(offered(...words)).toEqual(offers);
  });

  it('offers for a flag what the configuration takes', () => {
    const { engine, backend } = configSchema.shape;
    expect(machineFlags.engine!.values).toEqual(engine.def.innerType.options);
    expect(machineFlags.backend!.values).toEqual(backend.def.innerType.options);
    expect(trainingFlags.preset!.values).toEqual(presets);
    const optimizers = optimizerSchema.options.map((option) => option.shape.name.value);
    expect([...trainingFlags.optimizer!.values!].sort()).toEqual(optimizers.sort());
  });
});
