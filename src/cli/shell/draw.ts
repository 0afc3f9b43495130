/** The pictures of a trained model, drawn into a folder. */
import { basename } from 'node:path';
import type { NamedSettings, TrainedModel } from '../../app/evaluate.ts';
import type { Machine } from '../../app/open-engine.ts';
import { reportFiles } from '../../app/record.ts';
import { readMetrics } from '../../runs/metrics.ts';
import { writeReport } from '../../runs/report-folder.ts';
import type { Target } from '../../runs/target.ts';
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
    name: basename(target.name),
    step: target.step,
    machine,
    seed,
    ...(target.run && { history: readMetrics(target.run.path) }),
    ...(settings && { settings }),
  });
  writeReport(out, files);
  if (missing !== undefined) terminal.note(`engram: ${missing}`);
  return Object.keys(files);
}
