/** How a run stands, read from its files; a damaged run is said to be one, and never an error. */

import { openRun } from './folder.ts';
import { isLocked } from './lock.ts';
import { readMetrics } from './metrics.ts';

/** A line of `engram runs ls`. */
export interface RunSummary {
  readonly path: string;
  readonly task: string | null;
  readonly cell: string | null;
  readonly seed: number | null;
  readonly step: number | null;
  readonly sequences: number | null;
  /** Of the last evaluation. */
  readonly bitsPerSequence: number | null;
  readonly solved: { readonly sequences: number; readonly steps: number } | null;
  readonly created: string | null;
  readonly state: 'running' | 'solved' | 'stopped' | 'damaged';
}

/** Reads a run's summary. */
export function summarize(path: string): RunSummary {
  try {
    const { config, meta } = openRun(path);
    const lines = readMetrics(path);
    const last = lines.at(-1);
    const evaluation = lines.findLast((line) => line.kind === 'evaluation');
    const solved = evaluation?.solved ?? null;
    return {
      path,
      task: config.task.name,
      cell: config.cell.name,
      seed: config.seed,
      step: last?.step ?? 0,
      sequences: last?.sequences ?? 0,
      bitsPerSequence: evaluation?.scores.bitsPerSequence ?? null,
      solved,
      created: meta.created,
      state: isLocked(path) ? 'running' : solved ? 'solved' : 'stopped',
    };
  } catch {
    const unknown = {
      task: null,
      cell: null,
      seed: null,
      step: null,
      sequences: null,
      bitsPerSequence: null,
    };
    return { path, ...unknown, solved: null, created: null, state: 'damaged' };
  }
}
