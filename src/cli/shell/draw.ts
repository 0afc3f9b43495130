/** The pictures of a trained model, drawn into a folder. */
import { basename, resolve } from 'node:path';
import type { NamedSettings, TrainedModel } from '../../app/evaluate.ts';
import type { History } from '../../app/learning-curve.ts';
import type { Machine } from '../../app/open-engine.ts';
import { type Comparison, overlay } from '../../app/overlay.ts';
import { pictureFiles, reportFiles } from '../../app/record.ts';
import { comparisonFigures, comparisonPage } from '../../report/index.ts';
import { newestState } from '../../runs/checkpoint.ts';
import { metricsProblem, readMetrics } from '../../runs/metrics.ts';
import { writeReport } from '../../runs/report-folder.ts';
import type { Target } from '../../runs/target.ts';
import { readTiming, timingProblem } from '../../runs/timing.ts';
import type { Terminal } from './terminal.ts';

/** What to draw, and where. */
export interface DrawOptions {
  readonly terminal: Terminal;
  readonly target: Target & TrainedModel;
  readonly machine: Machine;
  readonly out: string;
  /** Of the sequences that are drawn. */
  readonly seed: number;
  readonly settings?: NamedSettings | undefined;
}

/**
 * Draws a report, and returns the names of its files. A backend must be open.
 * @throws UsageError when the folder holds something else
 */
export async function draw(options: DrawOptions): Promise<readonly string[]> {
  const { terminal, target, machine, out, seed, settings } = options;
  const { files, missing } = await reportFiles({
    model: target,
    name: basename(target.run?.path ?? resolve(target.name)),
    step: target.step,
    machine,
    seed,
    history: readHistory(target, terminal),
    ...(settings && { settings }),
  });
  writeReport(out, files);
  if (missing !== undefined) terminal.note(`engram: ${missing}`);
  return Object.keys(files);
}

/**
 * Draws runs over each other, and returns what was found and the names of the files.
 * @throws UsageError when they are of several tasks, or the folder holds something else
 */
export async function drawComparison(options: {
  readonly terminal: Terminal;
  readonly models: readonly (Target & TrainedModel)[];
  readonly names: readonly string[];
  readonly out: string;
}): Promise<{ readonly comparison: Comparison; readonly files: readonly string[] }> {
  const { terminal, models, names, out } = options;
  const comparison = overlay(
    models.map((model, i) => ({ model, name: names[i]!, history: readHistory(model, terminal) })),
  );
  const drawn = comparisonFigures(comparison.record);
  const { files, missing } = await pictureFiles(drawn, comparisonPage(comparison.record, drawn));
  writeReport(out, files);
  if (missing !== undefined) terminal.note(`engram: ${missing}`);
  return { comparison, files: Object.keys(files) };
}

/** The log of a model's training, empty where there is none; what is wrong with it is told. */
function readHistory({ folder, run }: Pick<Target, 'folder' | 'run'>, terminal: Terminal): History {
  const state = run && newestState(run.path);
  for (const line of [metricsProblem(folder, state), timingProblem(folder)])
    if (line !== undefined) terminal.note(`engram inspect: ${line}`);
  const timing = readTiming(folder);
  // What is trained after the last line of the log, or in a run too short to have one, only the checkpoint knows.
  const rest = state && state.step > (timing.at(-1)?.step ?? 0);
  const end = rest ? [{ step: state.step, seconds: state.wallSeconds }] : [];
  return { metrics: readMetrics(folder), timing: [...timing, ...end] };
}
