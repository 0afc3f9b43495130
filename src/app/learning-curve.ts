/** How a model learned, as the pictures want it: from the lines of a run's log to curves by each measure of its task. */
import type { Scores, Task } from '../core/contracts.ts';
import { lossKinds, solvedBelow, toldInBits } from '../core/loss-kinds.ts';
import type { CurveLine, CurvePoint, CurveRecord } from '../report/index.ts';
import type { EvaluationEvent, StepEvent } from '../train/loop.ts';
import { namedLines } from './reference-lines.ts';

/** The log of a run's training, oldest first. */
export interface History {
  readonly metrics: readonly (StepEvent | EvaluationEvent)[];
  /** Seconds of training after so many steps, where that was recorded. */
  readonly timing?: readonly { readonly step: number; readonly seconds: number }[];
}

/** A number that is followed over training. */
export interface TaskMeasure {
  readonly name: string;
  readonly lines: readonly CurveLine[];
  readonly log: boolean;
  value(scores: Scores): number | undefined;
  /** Of a training step, where the loss is in this measure. */
  training?(line: StepEvent): number;
}

/**
 * The measures of a task: bits per sequence, in which the loss and the threshold for solved are, and before it, where
 * that is another, the measure in which chance is told.
 */
export function measuresOf(task: Task, settings: unknown): TaskMeasure[] {
  const lines = namedLines(task.lines(settings));
  const solved = { name: 'solved', value: solvedBelow(task, settings) };
  const bits: TaskMeasure = {
    name: 'bits per sequence',
    lines: toldInBits(task.loss) ? [...lines, solved] : [solved],
    log: true,
    value: ({ bitsPerSequence }) => bitsPerSequence,
    training: ({ bitsPerSequence }) => bitsPerSequence,
  };
  if (toldInBits(task.loss)) return [bits];
  const { measure, log } = lossKinds[task.loss];
  return [{ name: measure.name, lines, log, value: measure.of }, bits];
}

/** The evaluations of a run by one measure. */
export function evaluationsOf({ metrics, timing }: History, measure: TaskMeasure): CurvePoint[] {
  return metrics.flatMap((line) => {
    if (line.kind !== 'evaluation') return [];
    const seconds = secondsAt(timing, line.step);
    const value = measure.value(line.scores) ?? Number.NaN;
    return [{ sequences: line.sequences, value, ...(seconds !== undefined && { seconds }) }];
  });
}

/** The curve of each measure of a task; none before the first evaluation. */
export function learningCurves(history: History, task: Task, settings: unknown): CurveRecord[] {
  const solvedAt = solvedOf(history)?.sequences;
  return measuresOf(task, settings).flatMap((measure) => {
    const evaluation = evaluationsOf(history, measure);
    if (evaluation.length === 0) return [];
    const { name, lines, log, training } = measure;
    return [
      {
        measure: name,
        lines,
        log,
        evaluation,
        training: history.metrics.flatMap((line) =>
          training && line.kind === 'step' ? [{ sequences: line.sequences, value: training(line) }] : [],
        ),
        ...(solvedAt !== undefined && { solvedAt }),
      },
    ];
  });
}

/** When the task was solved, if it was. */
export function solvedOf({ metrics }: History): EvaluationEvent['solved'] {
  const last = metrics.findLast((line) => line.kind === 'evaluation');
  return last?.kind === 'evaluation' ? last.solved : null;
}

/** Seconds of training after a step: between two lines, in proportion to the steps; undefined after the last. */
export function secondsAt(timing: History['timing'] = [], step: number): number | undefined {
  const after = timing.findIndex((line) => line.step >= step);
  const next = timing[after];
  if (next === undefined) return undefined;
  const previous = timing[after - 1] ?? { step: 0, seconds: 0 };
  const share = (step - previous.step) / (next.step - previous.step);
  return previous.seconds + share * (next.seconds - previous.seconds);
}
