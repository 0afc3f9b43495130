/**
 * timing.jsonl: beside each training line of metrics.jsonl, how fast training went. It holds the clock's numbers, so that
 * metrics.jsonl holds none and is the same to the byte for the same seed.
 */
import { join } from 'node:path';
import type { Engine } from '../core/contracts.ts';
import type { OptimizerConfig } from '../train/config.ts';
import type { LoopState, StepEvent } from '../train/loop.ts';
import { rateAt } from '../train/schedule.ts';
import { cutLines, lineProblem, openLines, readLines } from './lines.ts';

/** One line. */
export interface TimingLine {
  readonly step: number;
  /** Spent in training so far, over all sessions, evaluations and saving included. */
  readonly seconds: number;
  /** Since the line before, evaluations and saving left out. */
  readonly sequencesPerSecond: number;
  /** At this step. */
  readonly learningRate: number;
}

/** A session's clock, running. */
export interface TimingLog {
  /** The same engine, its evaluations timed. */
  watch(engine: Engine): Engine;
  /** Does something that is no training. */
  besides<R>(work: () => R): R;
  append(event: StepEvent): void;
  close(): void;
}

/** What the clock begins with. */
export interface TimingOptions {
  readonly folder: string;
  readonly optimizer: OptimizerConfig;
  /** Where the session begins. */
  readonly state: Pick<LoopState, 'sequences' | 'wallSeconds'>;
  /** A clock in milliseconds. */
  readonly now?: (() => number) | undefined;
}

/** Where a run's timing is. */
function timingPath(folder: string): string {
  return join(folder, 'timing.jsonl');
}

/** Starts the clock, and opens the log at its end. */
export function openTiming({
  folder,
  optimizer,
  state,
  now = () => performance.now(),
}: TimingOptions): TimingLog {
  const log = openLines(timingPath(folder));
  const startMs = now();
  const last = { ms: startMs, sequences: state.sequences, besidesMs: 0 };
  const besides = <R>(work: () => R): R => {
    const began = now();
    const result = work();
    last.besidesMs += now() - began;
    return result;
  };
  return {
    watch: (engine) => ({
      name: engine.name,
      backend: engine.backend,
      parameterCount: engine.parameterCount,
      trainStep: (batch) => engine.trainStep(batch),
      evaluate: (batch, probe) => besides(() => engine.evaluate(batch, probe)),
      save: () => engine.save(),
      load: (arrays) => engine.load(arrays),
      dispose: () => engine.dispose(),
    }),
    besides,
    append({ step, sequences }) {
      const ms = now();
      const trainingMs = ms - last.ms - last.besidesMs;
      const line: TimingLine = {
        step,
        seconds: rounded(state.wallSeconds + (ms - startMs) / 1000),
        sequencesPerSecond: rounded((1000 * (sequences - last.sequences)) / Math.max(trainingMs, 1e-3)),
        learningRate: rateAt(optimizer, step),
      };
      log.append(line);
      Object.assign(last, { ms, sequences, besidesMs: 0 });
    },
    close: () => log.close(),
  };
}

/** A clock tells no more than this. */
function rounded(value: number): number {
  return Number(value.toFixed(3));
}

/** Removes what was logged after a checkpoint was made. */
export function cutTiming(folder: string, state: LoopState | undefined): void {
  cutLines(timingPath(folder), (text) => {
    const line = parseTiming(text);
    return line !== undefined && state !== undefined && line.step <= state.step;
  });
}

/** The lines of a run's timing, oldest first. */
export function readTiming(folder: string): TimingLine[] {
  return readLines(timingPath(folder), parseTiming);
}

/** One line where some of a run's timing is nothing. */
export function timingProblem(folder: string): string | undefined {
  return lineProblem(timingPath(folder), (line) => parseTiming(line) !== undefined);
}

function parseTiming(text: string): TimingLine | undefined {
  try {
    const line = JSON.parse(text) as Partial<TimingLine> | null;
    const told = [line?.step, line?.seconds, line?.sequencesPerSecond, line?.learningRate];
    return told.every((value) => typeof value === 'number') ? (line as TimingLine) : undefined;
  } catch {
    return undefined;
  }
}
