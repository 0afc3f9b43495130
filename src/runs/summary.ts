/**
 * How a run stands, read from its files without its weights, so that hundreds are listed in a second. A run that is
 * damaged or cannot be read is said to be one, and never an error.
 */
import { join } from 'node:path';
import type { Config } from '../train/config.ts';
import type { EvaluationEvent } from '../train/loop.ts';
import { checkpointSteps } from './checkpoint.ts';
import { openRun } from './folder.ts';
import { FormatError } from './format.ts';
import { isLocked } from './lock.ts';
import { readEvaluations } from './metrics.ts';
import { readPlainFile } from './plain-file.ts';
import { readShapes } from './safetensors.ts';
import { StorageError } from './storage.ts';

/** What `engram runs` tells of a run; null where its files do not say. */
export interface RunSummary {
  readonly path: string;
  readonly task: string | null;
  readonly cell: string | null;
  readonly seed: number | null;
  /** As configured; a schedule may have lowered it. */
  readonly learningRate: number | null;
  /** How many numbers are learned. */
  readonly parameters: number | null;
  readonly step: number | null;
  readonly sequences: number | null;
  /** Time spent in training, over all sessions. */
  readonly wallSeconds: number | null;
  /** Of the last evaluation. */
  readonly bitsPerSequence: number | null;
  /** Of the best evaluation. */
  readonly bestBitsPerSequence: number | null;
  readonly solved: { readonly sequences: number; readonly steps: number } | null;
  readonly created: string | null;
  /** Unreadable is what the disk refuses, or a newer Engram wrote: it may be whole. */
  readonly state: 'running' | 'solved' | 'stopped' | 'damaged' | 'unreadable';
}

/** A run's summary, and its configuration where that can be read. */
export interface SummarizedRun {
  readonly summary: RunSummary;
  readonly config: Config | null;
}

/** Reads a run's summary. */
export function summarize(path: string): SummarizedRun {
  try {
    const { config, meta } = openRun(path);
    const { evaluations, last } = readEvaluations(path);
    const solved = evaluations.at(-1)?.solved ?? null;
    const summary: RunSummary = {
      path,
      task: config.task.name,
      cell: config.cell.name,
      seed: config.seed,
      learningRate: config.optimizer.rate,
      ...lastCheckpoint(path),
      step: last?.step ?? 0,
      sequences: last?.sequences ?? 0,
      bitsPerSequence: evaluations.at(-1)?.scores.bitsPerSequence ?? null,
      bestBitsPerSequence: best(evaluations),
      solved,
      created: meta.created,
      state: isLocked(path) ? 'running' : solved ? 'solved' : 'stopped',
    };
    return { summary, config };
  } catch (error) {
    const closed = error instanceof StorageError || error instanceof FormatError;
    return { summary: { ...nothing, path, state: closed ? 'unreadable' : 'damaged' }, config: null };
  }
}

const nothing: Omit<RunSummary, 'path' | 'state'> = {
  task: null,
  cell: null,
  seed: null,
  learningRate: null,
  parameters: null,
  step: null,
  sequences: null,
  wallSeconds: null,
  bitsPerSequence: null,
  bestBitsPerSequence: null,
  solved: null,
  created: null,
};

function best(evaluations: readonly EvaluationEvent[]): number | null {
  const all = evaluations.map(({ scores }) => scores.bitsPerSequence);
  return all.length === 0 ? null : Math.min(...all);
}

/** What the newest checkpoint knows beside its weights; a damaged one is found out when it is used. */
function lastCheckpoint(path: string): Pick<RunSummary, 'parameters' | 'wallSeconds'> {
  const step = checkpointSteps(path).at(-1);
  const unknown = { parameters: null, wallSeconds: null };
  if (step === undefined) return unknown;
  const folder = join(path, 'checkpoints', `step-${step}`);
  try {
    const shapes = Object.values(readShapes(join(folder, 'weights.safetensors')));
    const { state } = JSON.parse(readPlainFile(join(folder, 'state.json'), 'document').toString());
    return {
      parameters: shapes.reduce((sum, shape) => sum + shape.reduce((size, n) => size * n, 1), 0),
      wallSeconds: typeof state?.wallSeconds === 'number' ? state.wallSeconds : null,
    };
  } catch {
    return unknown;
  }
}
