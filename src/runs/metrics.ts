/**
 * metrics.jsonl: one line an event, appended and never rewritten but for what lies past a checkpoint that is gone back to.
 * Lines hold no times, so that two runs with one seed, or a resumed and an uninterrupted one, write the same bytes.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { type EvaluationEvent, type LoopState, type StepEvent, scoresSchema } from '../train/loop.ts';
import { cutLines, type LineLog, lineProblem, openLines, readLines, textLines } from './lines.ts';

/** What is logged. */
export type MetricsLine = StepEvent | EvaluationEvent;

/** An open log. */
export interface MetricsLog extends LineLog {
  append(line: MetricsLine): void;
}

/** Where a run's metrics are. */
export function metricsPath(folder: string): string {
  return join(folder, 'metrics.jsonl');
}

/** Opens a run's log at its end. */
export function openMetrics(folder: string): MetricsLog {
  return openLines(metricsPath(folder));
}

/**
 * Removes what was logged after a checkpoint was made, and a last line that was torn. `state` is the checkpoint's; without
 * one, everything goes. Returns how many lines are left: `state.events`, unless somebody has edited the file.
 */
export function cutMetrics(folder: string, state: LoopState | undefined): number {
  return cutLines(metricsPath(folder), (line) => state !== undefined && isBefore(line, state));
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
  return readLines(metricsPath(folder), parseLine);
}

/** A run's evaluations and its last event, without a look at the training lines, which are nearly all of a log. */
export function readEvaluations(folder: string): {
  readonly evaluations: readonly EvaluationEvent[];
  readonly last: MetricsLine | undefined;
} {
  const lines = textLines(metricsPath(folder));
  const parsed = lines
    .filter((line) => line.startsWith('{"kind":"evaluation"'))
    .flatMap((line) => parseLine(line) ?? []);
  const evaluations = parsed.filter((line) => line.kind === 'evaluation');
  // A last line may be torn, and others a stranger's.
  const last = lines.findLast((line) => parseLine(line) !== undefined);
  return { evaluations, last: last === undefined ? undefined : parseLine(last) };
}

/** A training line as it is written: recognized without being parsed, for nearly all of a log are such. */
const STEP_LINE =
  /^\{"kind":"step","step":\d+,"sequences":\d+,"bitsPerSequence":-?\d[\d.e+-]*,"gradientNorm":\d[\d.e+-]*\}$/;

/**
 * One line where a run's log is not what it was: lines that are no events, or fewer or others than a checkpoint counted.
 * @param state the newest checkpoint's, read before the log may have grown; nothing of a model that ships
 */
export function metricsProblem(folder: string, state?: LoopState): string | undefined {
  const path = metricsPath(folder);
  const wrong = lineProblem(path, (line) => STEP_LINE.test(line) || parseLine(line) !== undefined);
  if (wrong !== undefined || !state) return wrong;
  const lines = textLines(path);
  const { events, step } = state;
  const [before, after] = [lines[events - 1], lines[events]];
  const whole = events === 0 || (before !== undefined && isBefore(before, state));
  if (whole && (after === undefined || !isBefore(after, state))) return undefined;
  const kept = lines.filter((line) => isBefore(line, state)).length;
  const got = kept === events ? 'them in another order' : kept;
  return `${path}: expected ${events} lines up to step ${step}, got ${got}; what is there is told`;
}

const at = { step: z.int().min(0), sequences: z.int().min(0) };
const solved = z.strictObject({ sequences: z.int().min(0), steps: z.int().min(0) });
/** What a line is; a norm that overflowed is written as null. */
const lineSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('step'),
    ...at,
    bitsPerSequence: z.number(),
    gradientNorm: z.number().nullable(),
  }),
  z.strictObject({ kind: z.literal('evaluation'), ...at, scores: scoresSchema, solved: solved.nullable() }),
]);

function parseLine(text: string): MetricsLine | undefined {
  try {
    const { data } = lineSchema.safeParse(JSON.parse(text));
    return data as MetricsLine | undefined;
  } catch {
    return undefined;
  }
}
