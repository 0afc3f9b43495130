import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../../src/cli/shell/run.ts';
import type { Terminal } from '../../../src/cli/shell/terminal.ts';
import { CheckpointError, UsageError } from '../../../src/core/errors.ts';

const home = process.cwd();
const folder = fs.mkdtempSync(join(tmpdir(), 'engram-usage-'));
beforeAll(() => {
  process.chdir(folder);
  fs.writeFileSync('broken.yaml', 'task: copy\n  cell: [\n');
  fs.writeFileSync('list.yaml', '- 1\n- 2\n');
  const files = {
    unknown: 'task: copy\ncell: lstm\nbatchsize: 3\n',
    elsewhere: 'task: copy\nsteps: 3\n',
    slots: 'task: copy\nslots: 3\n',
    called: 'task: copy\nlr: 3\n',
    inCell: 'task: copy\ncell: {slot: 3}\n',
    wrong: 'task: copy\nbatchSize: 0\n',
    wrongCell: 'task: copy\ncell: {slots: 0}\n',
    preset: 'task: copy\npreset: tny\n',
    tab: 'task: copy\n\tcell: lstm\n',
    two: 'task: copy\n---\ntask: copy\n',
    alias: 'task: copy\nseed: *x\n',
    both: 'task: copy\nbatch: 3\nbatchSize: 3\n',
  };
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(`${name}.yaml`, text);
  const bomb = `a: &a [${'x,'.repeat(50)}]\nb: &b [${'*a,'.repeat(50)}]\nc: [${'*b,'.repeat(50)}]\n`;
  fs.writeFileSync('bomb.yaml', bomb);
  fs.mkdirSync('full');
  fs.writeFileSync('full/mine.txt', 'precious');
  fs.writeFileSync('file', 'precious');
});
afterAll(() => {
  process.chdir(home);
  fs.rmSync(folder, { recursive: true });
});

/** A terminal that must not be written to. */
const silent = new Proxy({} as Terminal, {
  get: (_, method) => () => expect.unreachable(`expected nothing to be said, got ${String(method)}`),
});
const words = (line: string) => line.split(' ').filter(Boolean);
const names = () => fs.readdirSync('.', { recursive: true }).sort();

describe('usage', () => {
  it.each<[string, RegExp | string]>([
    ['', /^expected a command, got nothing; see engram --help$/m],
    ['trian copy', 'expected a command, got trian; did you mean train?'],
    ['train', /^expected a task, got none; there are adding, associative-recall, .*, word-problem$/m],
    ['train cpoy', 'expected a task, got cpoy; did you mean copy?'],
    ['train copy recall', 'expected <task>, got recall beside it'],
    ['train copy --cell ntn', 'expected a cell, got ntn; did you mean ntm?'],
    ['train copy --cell', 'expected a value after --cell, got nothing'],
    ['train copy --preset tny', 'expected one of tiny, standard, paper, got tny; did you mean tiny?'],
    ['train copy --bacth 3', 'expected a flag of train, got --bacth; did you mean --batch?'],
    ['train copy --batch abc', '--batch: expected a finite number, got "abc"'],
    ['train copy --batch 0', '--batch: expected a number of at least 1, got 0'],
    ['train copy --batch -4', '--batch: expected a number of at least 1, got -4'],
    ['train copy --batch 1.5', '--batch: expected an integer, got 1.5'],
    ['train copy --batch 1e9', '--batch: expected a number of at most 65536, got 1000000000'],
    ['train copy --batch 1 --batch 2', 'expected --batch once, got it 2 times'],
    ['train copy --steps 0', '--steps: expected a number of at least 1, got 0'],
    ['train copy --sequences -1e3', '--sequences: expected a number of at least 1, got -1000'],
    ['train copy --seed -1', '--seed: expected a number of at least 0, got -1'],
    ['train copy --seed 99999999999', '--seed: expected a number of at most 4294967295'],
    [
      'train copy --seed 1e30',
      /^--seed: expected a number of at most 4294967295, got 1e\+30; see engram train --help$/,
    ],
    ['train copy --max-time 5x', '--max-time: expected a time such as 90s, 10m or 1h30m, got 5x'],
    ['train copy --engine fast', '--engine: expected one of auto, compiled, eager, got "fast"'],
    ['train copy --backend gpu', '--backend: expected one of auto, tensorflow, wasm, cpu, got "gpu"'],
    [
      'train copy --optimizer adma',
      '--optimizer: expected one of graves-rmsprop, rmsprop, adam, adamw, sgd, got "adma"',
    ],
    ['train copy --optimizer.rate -1e-3', '--optimizer.rate: expected a number of more than 0, got -0.001'],
    ['train copy --optimizer.rate 0', '--optimizer.rate: expected a number of more than 0, got 0'],
    [
      'train copy --optimizer.rte 1',
      'expected a known setting, got --optimizer.rte; did you mean optimizer.rate?',
    ],
    ['train copy --optimizer sgd --optimizer.beta1 0.9', 'expected a known setting, got --optimizer.beta1'],
    [
      'train copy --optimizer adam --optimizer.beta1 2',
      '--optimizer.beta1: expected a number of at most 1, got 2',
    ],
    ['train copy --cell.slots 0', '--cell.slots: expected a number of at least 1, got 0'],
    ['train copy --cell.slots 1e12', '--cell.slots: expected a number of at most 65536'],
    ['train copy --cell.slot 5', 'expected a known setting, got --cell.slot; did you mean cell.slots?'],
    ['train copy --cell lstm --cell.slots 5', 'expected a known setting, got --cell.slots'],
    ['train copy --lr 1e-3', /^expected a flag of train, got --lr; did you mean --optimizer.rate\?$/],
    ['train copy --learning-rate 1e-3', 'got --learning-rate; did you mean --optimizer.rate?'],
    ['train copy --learning_rate 1e-3', 'got --learning_rate; did you mean --optimizer.rate?'],
    ['train copy --batch-size 0', '--batch: expected a number of at least 1, got 0'],
    ['train copy --batchSize=0', '--batch: expected a number of at least 1, got 0'],
    ['train copy --batchSize 3 --batch 3', 'expected --batch once, got it 2 times; keep one'],
    ['train copy --evaluation.batch 0', 'evaluation.batchSize: expected a number of at least 1, got 0'],
    ['train copy --gpu', /got --gpu; every engine computes on the processor, .*: see engram doctor$/],
    ['eval run --use-gpu', /got --use-gpu; every engine computes on the processor/],
    ['train copy --cell.hidden 5', /got --cell.hidden; did you mean cell.controllerSize\?$/],
    ['train copy --cell lstm --cell.hiddenSize 5', /got --cell.hiddenSize; did you mean cell.size\?$/],
    ['train copy --optimizer.lr 5', /got --optimizer.lr; did you mean optimizer.rate\?$/],
    ['train --config both.yaml', 'expected batchSize once, got batch beside it; keep one'],
    [
      'resume run --optimizer.rate 1',
      /^expected a flag of resume, got --optimizer.rate; a run keeps its settings; begin another with its weights: engram train --init-from run --optimizer.rate \.\.\.$/,
    ],
    ['resume run --batchSize 3', /; begin another with its weights: .* --init-from run --batchSize \.\.\.$/],
    ['train copy --epochs 3', /got --epochs; did you mean --sequences\?$/],
    ['train copy --hidden 3', 'got --hidden; did you mean --cell.controllerSize or --cell.size?'],
    ['train copy --model lstm', /got --model; did you mean --cell\?$/],
    ['train copy --device cpu', /got --device; did you mean --backend\?$/],
    ['train copy --task copy', 'got --task; there are settings of the task: --task.maxLength 10'],
    ['resume run --lr 1e-3', /^expected a flag of resume, got --lr; see engram resume --help$/],
    ['resume run --iterations 3', /got --iterations; did you mean --steps\?$/],
    ['train copy --cel.slots 5', 'expected a flag of train, got --cel.slots; did you mean --cell?'],
    ['train copy --cell.__proto__.x 5', 'expected a dotted name such as cell.slots, got cell.__proto__.x'],
    [
      'train copy --cell.slots 2 --cell.shiftRange 1',
      'ntm: expected 2 shiftRange + 1 <= slots, got shiftRange 1 and slots 2',
    ],
    ['train copy --cell.addressStart uniform', 'ntm: expected slots that differ at the start'],
    ['train copy --task.minLength 9 --task.maxLength 3', 'expected at most maxLength 3, got 9'],
    ['train copy --task.width 0', '--task.width: expected a number of at least 1, got 0'],
    ['train key-value-retrieval --task.pairs 27', '--task.pairs: expected a number of at most 26, got 27'],
    ['train copy --evaluation.sequences 0', '--evaluation.sequences: expected a number of at least 1, got 0'],
    ['train copy --model.hiddenSize -1', '--model.hiddenSize: expected a number of at least 0, got -1'],
    ['train --config nowhere.yaml', '--config: expected a file that can be read, got nowhere.yaml (ENOENT)'],
    ['train --config broken.yaml', /^broken.yaml: expected YAML, got .* at line 1, column 7; mend the file$/],
    ['train --config tab.yaml', /^tab.yaml: expected YAML, got Tabs .* at line 2, column 1; mend the file$/],
    ['train --config two.yaml', /^two.yaml: expected YAML, got a second document at line 2, column 1; mend/],
    [
      'train --config alias.yaml',
      /^alias.yaml: expected YAML, got Unresolved alias .* at line 2, column 7; mend/,
    ],
    ['train --config list.yaml', 'list.yaml: expected settings by name, got a list'],
    [
      'train --config unknown.yaml',
      /^expected a known setting, got batchsize in unknown.yaml; did you mean batchSize\?$/,
    ],
    [
      'train --config elsewhere.yaml --steps 5',
      /^expected a known setting, got steps in elsewhere.yaml; did you mean budget.steps\?$/,
    ],
    ['train --config slots.yaml', 'got slots in slots.yaml; did you mean cell.slots?'],
    ['train --config called.yaml', 'got lr in called.yaml; did you mean optimizer.rate?'],
    ['train --config inCell.yaml', 'got cell.slot in inCell.yaml; did you mean cell.slots?'],
    ['train --config wrong.yaml', /^batchSize in wrong.yaml: expected a number of at least 1, got 0/],
    ['train --config wrong.yaml --batch -1', /^--batch: expected a number of at least 1, got -1/],
    [
      'train --config wrongCell.yaml',
      /^cell.slots in wrongCell.yaml: expected a number of at least 1, got 0/,
    ],
    [
      'train --config preset.yaml',
      /^preset in preset.yaml: expected one of tiny, standard, paper, got tny; did you mean tiny/,
    ],
    ['train --config bomb.yaml', 'bomb.yaml: expected YAML, got Excessive alias count'],
    ['train copy --out file', '--out: expected a folder that can be written, got ENOTDIR at file'],
    ['train copy --out file/deeper', '--out: expected a folder that can be written, got ENOTDIR'],
    [
      'train copy --out /proc/engram',
      '--out: expected a folder that can be written, got ENOENT at /proc/engram',
    ],
    ['resume', 'expected <run>, got nothing'],
    ['eval', 'expected <run|checkpoint>, got nothing'],
    ['runs', 'expected ls|show|rm [run...], got nothing'],
    ['runs sl', 'expected ls, show or rm, got sl; did you mean ls?'],
    ['runs show', 'expected one run to show, got 0'],
    ['runs rm', 'expected a run to remove, got none'],
    ['cells ntmm', 'expected a cell, got ntmm; did you mean ntm?'],
    ['tasks coppy', 'expected a task, got coppy; did you mean copy?'],
    ['doctor please', 'expected no argument, got please beside it'],
    [
      'train copy --out full',
      '--out: expected an empty or new folder, got full with mine.txt in it; give another folder',
    ],
    ['train copy --threads -1', '--threads: expected a number of at least 0, got -1'],
    ['train copy --relaxed-simd maybe', '--relaxed-simd: expected true or false, got "maybe"'],
    [
      'train copy --engine compiled --backend cpu',
      '--backend: expected auto or wasm with the compiled engine, got cpu',
    ],
  ])('engram %s', async (line, message) => {
    const before = names();
    const running = run(words(line), silent);
    await expect(running).rejects.toThrow(UsageError);
    await expect(running).rejects.toThrow(message);
    await expect(running).rejects.not.toThrow('\n');
    expect(names()).toEqual(before);
  });

  it('does not take an empty word for a name', async () => {
    await expect(run([''], silent)).rejects.toThrow(/^expected a command, got nothing; see engram --help$/);
    for (const command of ['train', 'resume', 'eval', 'tasks', 'cells', 'runs'])
      await expect(run([command, ''], silent)).rejects.toThrow(/, got an empty word; see engram \w+ --help$/);
  });

  it.each([
    'resume nowhere',
    'eval nowhere',
    'inspect nowhere',
    'runs show nowhere',
    'runs rm nowhere',
    'eval full',
    'eval file',
  ])('engram %s: no such run', async (line) => {
    const running = run(words(line), silent);
    await expect(running).rejects.toThrow(CheckpointError);
    await expect(running).rejects.toThrow(/^expected a run( or a checkpoint)?, got \w+; see engram runs ls$/);
  });
});
