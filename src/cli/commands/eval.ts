/** `engram eval`: how a trained model does, on its own distribution, on the task's grid, or on settings of choice. */

import type { EvaluationRow, NamedSettings, TrainedModel } from '../../app/evaluate.ts';
import type { Scores } from '../../core/contracts.ts';
import { UsageError } from '../../core/errors.ts';
import type { Target } from '../../runs/target.ts';
import type { Command, Input } from '../shell/command.ts';
import { oneLine, type Terminal } from '../shell/terminal.ts';
import { batchFlag, machineFlags, sourceFlags } from '../shell/training-flags.ts';

/** The command. */
export const command: Command = {
  name: 'eval',
  takes: '<run|checkpoint>',
  summary:
    'Evaluate a trained model. Of a run the best checkpoint is taken; give checkpoints/step-N for another.',
  flags: {
    grid: { kind: 'switch', describe: "on the task's generalization grid: longer, more items" },
    pictures: { kind: 'switch', describe: 'with --grid: draw the scores over length, and tell where' },
    sequences: { kind: 'text', describe: 'sequences for each row (default 1000)' },
    seed: {
      kind: 'text',
      describe: "seed of the sequences (default the run's: the first ones are the set it was evaluated on)",
    },
    batch: {
      ...batchFlag,
      describe:
        'sequences computed at a time (default as in training); which ones they are, and the scores, stay',
    },
    ...machineFlags,
    ...sourceFlags,
  },
  groups: { task: 'on these settings: --task.minLength 120 --task.maxLength 120' },
  examples: [
    ['engram eval runs/copy-ntm-... --grid --pictures', 'on lengths it was not trained on, with a plot'],
    [
      'engram eval runs/copy-ntm-... --task.minLength 120 --task.maxLength 120 --json',
      'on one of them, for a program',
    ],
  ],
  positionals: { least: 1, most: 1 },
  run,
};

async function run(input: Input, terminal: Terminal): Promise<void> {
  const { z } = await import('zod');
  const { openTarget } = await import('../../runs/target.ts');
  const { evaluateModel } = await import('../../app/evaluate.ts');
  const { openMachine } = await import('../../app/open-engine.ts');
  const { kindsOfRun } = await import('../shell/own-kinds.ts');
  const { host } = await import('../shell/host.ts');
  const { typedMachine, typedNumber, typedSeed } = await import('../shell/typed-settings.ts');
  const { positionals, flags } = input;
  if (flags.pictures && !flags.grid)
    throw new UsageError(
      '--pictures: expected --grid beside it, got one row, which makes no plot; add --grid',
    );
  const target = openTarget(positionals[0]!);
  for (const line of target.damaged) terminal.note(`engram eval: ${line}`);
  const { known } = await kindsOfRun(target, flags, (line) => terminal.note(`engram eval: ${line}`));
  const model = { ...target, known };
  const { config } = target;
  const rows = evaluateModel(model, {
    sequences: typedNumber(flags, 'sequences', z.int().min(1).max(10_000_000)) ?? 1000,
    seed: typedSeed(config, flags),
    batchSize: typedNumber(flags, 'batch', z.int().min(1).max(65_536)) ?? config.evaluation.batchSize,
    rows: await rowsAskedFor(model, flags),
  });
  const machine = await openMachine(typedMachine(config, flags), host);
  const results: EvaluationRow[] = [];
  for (const evaluate of rows) {
    terminal.status(`${results.length} of ${rows.length} rows`);
    results.push(evaluate(machine));
  }
  const { task, cell } = target.config;
  const drawn = flags.pictures ? await drawGrid(model, results, terminal) : undefined;
  const told = { task: task.name, cell: cell.name, step: target.step, ...drawn };
  if (flags.json) return terminal.result(JSON.stringify({ schema: 'engram.eval/1', ...told, results }));
  const { headedTable } = await import('../../report/table.ts');
  const step = target.step === null ? '' : `, step ${target.step}`;
  terminal.result(oneLine(`${task.name} with ${cell.name}: ${target.name}${step}`));
  const lines = [heading(results[0]!), ...results.map(columns)];
  terminal.result(headedTable(lines, [1, 2, 3, 4, 5], terminal.columns));
  if (drawn) terminal.note(`drew the grid into ${drawn.out}: look at ${drawn.out}/generalization.svg`);
}

/** Draws the scores over what grows along the grid, beside the run's own report. */
async function drawGrid(
  model: Target & TrainedModel,
  rows: readonly EvaluationRow[],
  terminal: Terminal,
): Promise<{ readonly out: string; readonly files: readonly string[] }> {
  const { generalizationRecord } = await import('../../app/generalization.ts');
  const { pictureFiles } = await import('../../app/record.ts');
  const { generalizationFigure, page } = await import('../../report/index.ts');
  const { writeReport } = await import('../../runs/report-folder.ts');
  const { shownPath } = await import('../shell/shown-path.ts');
  const { basename, join, resolve } = await import('node:path');
  const name = basename(model.run?.path ?? resolve(model.name));
  const record = generalizationRecord(model, { name, step: model.step }, rows);
  if (record === undefined)
    throw new UsageError(
      `--pictures: expected a grid along which a number grows, got none of task ${model.config.task.name}; leave --pictures out`,
    );
  const figures = [generalizationFigure(record)];
  const { files, missing } = await pictureFiles(figures, page({ ...record, sequences: [] }, figures));
  const folder = model.run ? join(model.run.path, 'report-grid') : resolve('reports', `${name}-grid`);
  writeReport(folder, files);
  if (missing !== undefined) terminal.note(`engram: ${missing}`);
  const out = shownPath(folder);
  return { out, files: Object.keys(files) };
}

/** The grid, the settings that were typed, or the training distribution. */
async function rowsAskedFor(model: TrainedModel, flags: Input['flags']): Promise<NamedSettings> {
  const { gridRows, rowOf } = await import('../../app/evaluate.ts');
  const { typedGroup } = await import('../shell/typed-settings.ts');
  const typed = typedGroup(flags, 'task');
  if (flags.grid && typed !== undefined)
    throw new UsageError('expected --grid or --task settings, got both; give one of them');
  return flags.grid ? gridRows(model) : rowOf(model, typed);
}

function heading(row: Scores): string[] {
  return ['', 'sequences', ...measured(row).map(([name]) => name), '% exact'];
}

function columns(row: EvaluationRow): string[] {
  const measures = measured(row).map(([, value = Number.NaN]) => value.toFixed(3));
  return [row.name, String(row.sequences), ...measures, (100 * row.exactAccuracy).toFixed(1)];
}

/** The scores that fit the task's loss, under the headings of their columns. */
function measured(row: Scores): readonly (readonly [heading: string, value: number | undefined])[] {
  const { bitsPerSequence, bitErrorsPerSequence, wrongBitsPercent, errorPercent, squaredError } = row;
  const bits = ['bits/sequence', bitsPerSequence] as const;
  if (bitErrorsPerSequence !== undefined)
    return [bits, ['wrong bits', bitErrorsPerSequence], ['% of bits wrong', wrongBitsPercent]];
  const wrong = ['% wrong', errorPercent] as const;
  return squaredError === undefined ? [bits, wrong] : [['squared error', squaredError], wrong];
}
