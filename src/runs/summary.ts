/**
 * How a run stands, read from its files without its weights, so that hundreds are listed in a second. A run that is
 * damaged or cannot be read is said to be one, and never an error.
 */
import { join } from 'node:path';
import { CheckpointError } from '../core/errors.ts';
import type { Config } from '../train/config.ts';
import type { EvaluationEvent } from '../train/loop.ts';
import { checkpointSteps, lostCheckpoint } from './checkpoint.ts';
import { parameterCount, readState } from './checkpoint-folder.ts';
import { configHashes } from './config-hash.ts';
import { openRun, type Run } from './folder.ts';
import { FormatError } from './format.ts';
import { isLocked } from './lock.ts';
import { metricsProblem, readEvaluations } from './metrics.ts';
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
  /** What is wrong with its files, one line each. */
  readonly problems: readonly string[];
}

/** Reads a run's summary. */
export function summarize(path: string): SummarizedRun {
  try {
    const run = openRun(path);
    const { config, meta } = run;
    const { known, problems } = newestCheckpoint(run);
    const { evaluations, last } = readEvaluations(path);
    const solved = evaluations.at(-1)?.solved ?? null;
    const summary: RunSummary = {
      path,
      task: config.task.name,
      cell: config.cell.name,
      seed: config.seed,
      learningRate: config.optimizer.rate,
      ...known,
      step: last?.step ?? 0,
      sequences: last?.sequences ?? 0,
      bitsPerSequence: evaluations.at(-1)?.scores.bitsPerSequence ?? null,
      bestBitsPerSequence: best(evaluations),
      solved,
      created: meta.created,
      state: isLocked(path) ? 'running' : solved ? 'solved' : 'stopped',
    };
    return { summary, config, problems };
  } catch (error) {
    const closed = error instanceof StorageError || error instanceof FormatError;
    const problems = [error instanceof Error ? error.message : String(error)];
    return {
      summary: { ...nothing, path, state: closed ? 'unreadable' : 'damaged' },
      config: null,
      problems,
    };
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

/** What the newest checkpoint knows beside its weights, and what is wrong with the files that tell it. */
function newestCheckpoint({ path, config }: Run): {
  readonly known: Pick<RunSummary, 'parameters' | 'wallSeconds'>;
  readonly problems: readonly string[];
} {
  const step = checkpointSteps(path).at(-1);
  const problems: string[] = [];
  const tell = (line: string | undefined) => line !== undefined && problems.push(line);
  const part = <R>(read: () => R): R | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof StorageError || error instanceof CheckpointError)) throw error;
      tell(error.message);
      return undefined;
    }
  };
  const folder = join(path, 'checkpoints', `step-${step}`);
  const content = step === undefined ? undefined : part(() => readState(folder));
  tell(lostCheckpoint(path, content));
  tell(metricsProblem(path, content?.state));
  if (content && !configHashes(config).includes(content.configHash))
    tell(
      `${join(path, 'config.json')}: expected the configuration of the checkpoints, got another; put back what it was`,
    );
  const parameters = content && part(() => parameterCount(folder, content));
  return {
    known: { parameters: parameters ?? null, wallSeconds: content?.state.wallSeconds ?? null },
    problems,
  };
}
