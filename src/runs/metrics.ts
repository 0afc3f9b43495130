/**
 * metrics.jsonl: one line an event, appended and never rewritten but for what lies past a checkpoint that is gone back to.
 * Lines hold no times, so that two runs with one seed, or a resumed and an uninterrupted one, write the same bytes.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import type { EvaluationEvent, LoopState, StepEvent } from '../train/loop.ts';
import { writing } from './storage.ts';

/** What is logged. */
export type MetricsLine = StepEvent | EvaluationEvent;

/** An open log. */
export interface MetricsLog {
  append(line: MetricsLine): void;
  /** Puts on disk what a checkpoint is about to build on. */
  sync(): void;
  close(): void;
}

/** Where a run's metrics are. */
export function metricsPath(folder: string): string {
  return join(folder, 'metrics.jsonl');
}

/** Opens a run's log at its end. */
export function openMetrics(folder: string): MetricsLog {
  const path = metricsPath(folder);
  const file = writing(path, () => fs.openSync(path, 'a'));
  return {
    append: (line) => writing(path, () => fs.writeFileSync(file, `${JSON.stringify(line)}\n`)),
    sync: () => writing(path, () => fs.fsyncSync(file)),
    close: () => fs.closeSync(file),
  };
}

/**
 * Removes what was logged after a checkpoint was made, and a last line that was torn. `state` is the checkpoint's; without
 * one, everything goes. Returns how many lines are left: `state.events`, unless somebody has edited the file.
 */
export function cutMetrics(folder: string, state: LoopState | undefined): number {
  const path = metricsPath(folder);
  if (!fs.existsSync(path)) return 0;
  const text = fs.readFileSync(path, 'utf8');
  const kept = text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '' && state !== undefined && isBefore(line, state));
  const cut = kept.map((line) => `${line}\n`).join('');
  if (cut !== text)
    writing(path, () => {
      fs.writeFileSync(`${path}.tmp`, cut);
      fs.renameSync(`${path}.tmp`, path);
    });
  return kept.length;
}

/** At the checkpoint's own step the training line comes before it, and the evaluation if the state knows of it. */
function isBefore(text: string, state: LoopState): boolean {
  const line = parseLine(text);
  if (!line) return false;
  if (line.step !== state.step) return line.step < state.step;
  return line.kind === 'step' || state.evaluated?.step === line.step;
}

/** The lines of a run's log, oldest first; lines that are no events are left out. */
export function readMetrics(folder: string): MetricsLine[] {
  return textLines(folder).flatMap((line) => parseLine(line) ?? []);
}

/** A run's evaluations and its last event, without a look at the training lines, which are nearly all of a log. */
export function readEvaluations(folder: string): {
  readonly evaluations: readonly EvaluationEvent[];
  readonly last: MetricsLine | undefined;
} {
  const lines = textLines(folder);
  const parsed = lines
    .filter((line) => line.startsWith('{"kind":"evaluation"'))
    .flatMap((line) => parseLine(line) ?? []);
  const evaluations = parsed.filter((line) => line.kind === 'evaluation');
  // A last line may be torn; the one before it is whole.
  const last = lines.slice(-3).findLast((line) => parseLine(line) !== undefined);
  return { evaluations, last: last === undefined ? undefined : parseLine(last) };
}

function textLines(folder: string): string[] {
  const path = metricsPath(folder);
  return fs.existsSync(path) ? fs.readFileSync(path, 'utf8').split('\n') : [];
}

function parseLine(text: string): MetricsLine | undefined {
  try {
    const line = JSON.parse(text) as Partial<MetricsLine> | null;
    const known = line?.kind === 'step' || line?.kind === 'evaluation';
    return known && typeof line.step === 'number' ? (line as MetricsLine) : undefined;
  } catch {
    return undefined;
  }
}
