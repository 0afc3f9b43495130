/** What is drawn of a trained model: some sequences with what its memory did meanwhile, and how it learned. */
import type { Batch, EvalResult, Task } from '../core/contracts.ts';
import { UnavailableError } from '../core/errors.ts';
import { rng } from '../core/rng.ts';
import { assemble } from '../registry.ts';
import {
  type CurveRecord,
  type Figure,
  figures,
  page,
  png,
  type ReportRecord,
  sequenceRecord,
} from '../report/index.ts';
import type { EvaluationEvent, StepEvent } from '../train/loop.ts';
import type { NamedSettings, TrainedModel } from './evaluate.ts';
import type { Machine } from './open-engine.ts';

/** How many kinds of sequences are drawn when none was asked for: as trained, and the next harder. */
const SHOWN = 2;

/** What to draw. */
export interface Drawing {
  readonly model: TrainedModel;
  /** As it is called in the picture: the last word of its folder. */
  readonly name: string;
  /** Training step of the parameters; null where it is not known. */
  readonly step: number | null;
  /** How it learned, where that was recorded. */
  readonly history?: readonly (StepEvent | EvaluationEvent)[];
  readonly machine: Machine;
  /** Of the sequences that are drawn. */
  readonly seed: number;
  /** Settings of the task to draw, by name; the first of its generalization grid by default. */
  readonly settings?: NamedSettings;
}

/** The files of a report by name. */
export interface ReportFiles {
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  /** Why there are no bitmaps, in one line, where there are none. */
  readonly missing?: string;
}

/** Draws every figure as SVG and PNG, and all on one page. A backend must be open. */
export async function reportFiles(drawing: Drawing): Promise<ReportFiles> {
  const record = reportRecord(drawing);
  const drawn = figures(record);
  const vectors = Object.fromEntries(drawn.map(({ name, svg }) => [`${name}.svg`, svg]));
  const { files: pixels, missing } = await bitmaps(drawn);
  const files = { ...vectors, ...pixels, 'index.html': page(record, drawn) };
  return { files, ...(missing !== undefined && { missing }) };
}

/** PNG needs an optional package; without it the report has the other formats, and one line says so. */
async function bitmaps(drawn: readonly Figure[]): Promise<ReportFiles> {
  const files: Record<string, Uint8Array> = {};
  try {
    for (const { name, svg } of drawn) files[`${name}.png`] = await png(svg);
    return { files };
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    return { files, missing: error.message };
  }
}

function reportRecord(drawing: Drawing): ReportRecord {
  const { model, name, step, history, seed } = drawing;
  const { config } = model;
  const { task, settings } = assemble(config, model.known);
  const grid = drawing.settings ?? Object.fromEntries(Object.entries(task.harder(settings)).slice(0, SHOWN));
  const stream = rng(seed, 'inspect');
  const sequences = Object.entries(grid).map(([row, own]) => {
    const batch = task.sample(own, stream, 1);
    return sequenceRecord({ name: row, task, batch, result: probe(drawing, own, batch) });
  });
  const { name: cell, ...cellSettings } = config.cell;
  const facts = {
    task: told(config.task),
    cell: told({ name: cell, ...cellSettings }),
    seed: String(config.seed),
  };
  const curve = history && learningCurve(history, task, settings);
  return {
    title: `${task.name} with ${cell}`,
    subtitle: step === null ? name : `${name}, step ${step}`,
    facts: step === null ? facts : { ...facts, step: String(step) },
    sequences,
    ...(curve && { curve }),
  };
}

function told(settings: Readonly<Record<string, unknown>>): string {
  const { name, ...rest } = settings;
  return [name, ...Object.entries(rest).map(([key, value]) => `${key} ${JSON.stringify(value)}`)]
    .join(', ')
    .replaceAll('"', '');
}

function probe({ model, machine }: Drawing, settings: unknown, batch: Batch): EvalResult {
  const { config, arrays, known } = model;
  const engine = machine.open(
    assemble({ ...config, task: { name: config.task.name, ...(settings as object) } }, known),
  );
  engine.load(arrays);
  const result = engine.evaluate(batch, true);
  engine.dispose();
  return result;
}

/** The metric of the task over training, with its reference lines; nothing before the first evaluation. */
function learningCurve(
  lines: NonNullable<Drawing['history']>,
  task: Task,
  settings: unknown,
): CurveRecord | undefined {
  const bits = task.loss === 'bits';
  const evaluation = lines.flatMap((line) =>
    line.kind === 'evaluation'
      ? [
          {
            sequences: line.sequences,
            value: (bits ? line.scores.bitsPerSequence : line.scores.errorPercent) ?? Number.NaN,
          },
        ]
      : [],
  );
  if (evaluation.length === 0) return undefined;
  // The training loss is in bits and has no place on an axis of percents.
  const training = lines.flatMap((line) =>
    bits && line.kind === 'step' ? [{ sequences: line.sequences, value: line.bitsPerSequence }] : [],
  );
  const { chance, noBinding, optimum } = task.lines(settings);
  const reference = { chance, 'no binding': noBinding, optimum, ...(bits && { solved: task.solvedBits }) };
  return {
    measure: bits ? 'bits per sequence' : 'answers wrong, %',
    training,
    evaluation,
    lines: Object.entries(reference).flatMap(([name, value]) =>
      value === undefined ? [] : [{ name, value }],
    ),
    log: bits,
  };
}
