/** Every kind of bad cell and bad task is told in exactly one line, with the words that say what to do. */
import { describe, expect, it } from 'vitest';
import { type CheckReport, checkCell, checkTask } from '../../../../src/app/check/check.ts';
import type { CellKind, Task } from '../../../../src/core/contracts.ts';
import * as tf from '../../../../src/core/tf.ts';

const at = (file: string) => `^test/support/fixtures/cells/${file}\\.ts:\\d+: `;

/** The one check that is wrong, and how its line goes. */
const badCells: Record<string, readonly [check: string, line: RegExp]> = {
  'math-random': [
    'init',
    new RegExp(
      `${at('math-random')}init: expected numbers from the stream it is given, got Math\\.random, .*; draw from rng$`,
    ),
  ],
  unseeded: [
    'init',
    new RegExp(`${at('unseeded')}randomNormal: expected .* got an operation that no seed reaches; in init`),
  ],
  variable: ['step', new RegExp(`${at('variable')}variable: expected tensors, got a variable, .* by init`)],
  dropped: ['step', new RegExp(`${at('dropped')}dropout: expected .*; give the cell a noiseSize`)],
  counting: [
    'repeats',
    /^step: expected the same output for the same input and state, got two that differ; a step is a pure/,
  ],
  still: [
    'state',
    /^state\.h: expected a state that a step changes, got the same after 5 steps; return the new one/,
  ],
  idle: [
    'gradient',
    /^params\.cell\.gain: expected a gradient, got zeros at every size; use the parameter in step, or/,
  ],
  mixing: [
    'compiles',
    new RegExp(`${at('mixing')}\\w+ of .*: expected an operation that treats every example alike, got`),
  ],
  probing: [
    'step',
    /^probe\.sum: expected a tensor with the batch as first axis, got \[\] for 2 examples; give it/,
  ],
  misnamed: [
    'step',
    /^probes\.hidden: expected a name for each of 1 axes beside the batch, got 2; mend axes$/,
  ],
  'wrong-gradient': [
    'differences',
    /^gradient of params\.cell\.kernel: expected the slope of the loss, got .*; mend the gradFunc/,
  ],
  unfit: [
    'step',
    new RegExp(
      `${at('unfit')}expected the operation to run, got "Error in matMul: inner shapes .*"; mend that line$`,
    ),
  ],
  reading: [
    'compiles',
    new RegExp(`${at('reading')}trace: expected a pure function of tensors, got one that reads a value`),
  ],
  'no-gradient': [
    'gradient',
    new RegExp(
      `${at('no-gradient')}FlipLeftRight: expected an operation with a gradient, got .* withoutGradient`,
    ),
  ],
  'no-kernel': [
    'compiles',
    new RegExp(`${at('no-kernel')}MirrorPad: expected a kernel the compiler knows, got .*--engine eager$`),
  ],
  growing: [
    'step',
    /^step: expected a state of the initial state's form \(h \[2,5\]\), got h \[2,10\]; return every part/,
  ],
  infinite: ['step', /^output: expected finite numbers, got NaN or infinity at time 0; keep logarithms/],
  wide: [
    'step',
    /^step: expected an output of \[2,5\], examples and outputSize, got \[2,10\]; mend outputSize/,
  ],
  silent: ['step', /^step: expected \{ output, state \}, got undefined; return both$/],
  numbers: [
    'init',
    /^plain: expected tensors as parameters, got 7 for kernel; give init's result a tensor there$/,
  ],
  mistaken: [
    'step',
    new RegExp(`${at('mistaken')}expected step to run, got "TypeError: Cannot read properties of undefined`),
  ],
};

const badTasks: Record<string, readonly [check: string, line: RegExp]> = {
  'math-random': [
    'repeats',
    /tasks\/math-random\.ts:\d+: sample: expected numbers from the stream .*, got Math\.random/,
  ],
  long: ['sample', /^sample: expected at most maxLength 1 steps, got 2; raise maxLength in sizes$/],
  unscored: ['sample', /^sample: expected every sequence to be scored somewhere, got one with an empty mask/],
  outside: ['sample', /^sample: expected targets from 0 to 1, got 2; they are probabilities$/],
  'not-one-hot': [
    'sample',
    /^sample: expected one-hot targets, as the loss is symbol, got a row that adds up to 4/,
  ],
  wider: ['grid', /^harder: expected as many channels as in training \(4 and 4\), got 8 and 8 in 'wider'/],
  breaking: ['extremes', /^width 64: expected a batch or a refusal, got "Cannot read .*"; bound the setting/],
};

const wrongOf = ({ checks }: CheckReport) => checks.filter(({ verdict }) => verdict === 'wrong');
const loaded = async <T>(path: string) => ((await import(path)) as { default: T }).default;

describe('a bad cell', () => {
  it.each(Object.entries(badCells))('%s', async (file, [check, line]) => {
    const kind = await loaded<CellKind>(`../../../support/fixtures/cells/${file}.ts`);
    const before = tf.memory().numTensors;
    const report = await checkCell(kind);
    expect(wrongOf(report)).toHaveLength(1);
    expect(wrongOf(report)[0]!.name).toBe(check);
    expect(wrongOf(report)[0]!.detail).toMatch(line);
    expect(wrongOf(report)[0]!.detail).not.toMatch(/\n/);
    expect(report.ok).toBe(false);
    expect(tf.memory().numTensors - before).toBe(0);
  });
});

describe('a bad task', () => {
  it.each(Object.entries(badTasks))('%s', async (file, [check, line]) => {
    const report = checkTask(await loaded<Task>(`../../../support/fixtures/tasks/${file}.ts`));
    expect(wrongOf(report).map(({ name }) => name)).toEqual([check]);
    expect(wrongOf(report)[0]!.detail).toMatch(line);
  });
});

describe('what is as it should be', () => {
  it('is a cell, and every check says so', async () => {
    const report = await checkCell(await loaded<CellKind>('../../../support/fixtures/cells/plain.ts'));
    expect(report.ok).toBe(true);
    expect(report.checks.map(({ name, verdict }) => `${name} ${verdict}`)).toEqual([
      'init ok',
      'step ok',
      'repeats ok',
      'state ok',
      'gradient ok',
      'compiles ok',
      'examples ok',
      'engines agree ok',
      'differences ok',
      'speed ok',
    ]);
    expect(report.checks.at(-1)!.detail).toMatch(/^[\d.]+ ms a training step of 16 sequences of 20 steps/);
  });

  it('is a task, and every check says so', async () => {
    const report = checkTask(await loaded<Task>('../../../support/fixtures/tasks/plain.ts'));
    expect(report.checks.filter(({ verdict }) => verdict !== 'ok')).toEqual([]);
    expect(report.checks).toHaveLength(7);
  });
});

it('settings that the cell does not take are refused', async () => {
  const kind = await loaded<CellKind>('../../../support/fixtures/cells/plain.ts');
  await expect(checkCell(kind, { settings: { size: 3 } })).rejects.toThrow(
    /^expected a known setting, got cell\.size/,
  );
});
