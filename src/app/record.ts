/** What is drawn of a trained model: some sequences with what its memory did meanwhile, and how it learned. */
import type { Batch, EvalResult } from '../core/contracts.ts';
import { UnavailableError } from '../core/errors.ts';
import { rng } from '../core/rng.ts';
import { type Assembly, assemble } from '../registry.ts';
import {
  type CurveRecord,
  type Figure,
  figures,
  page,
  png,
  type ReportRecord,
  sequenceRecord,
} from '../report/index.ts';
import type { NamedSettings, TrainedModel } from './evaluate.ts';
import { type History, learningCurves } from './learning-curve.ts';
import type { Machine } from './open-engine.ts';
import { grouped, parametersOf } from './overlay.ts';

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
  readonly history?: History;
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
  return pictureFiles(drawn, page(record, drawn));
}

/** Figures as SVG and PNG, with their page. PNG needs an optional package; without it one line says so. */
export async function pictureFiles(drawn: readonly Figure[], html: string): Promise<ReportFiles> {
  const files: Record<string, string | Uint8Array> = Object.fromEntries(
    drawn.map(({ name, svg }) => [`${name}.svg`, svg]),
  );
  let missing: string | undefined;
  try {
    for (const { name, svg } of drawn) files[`${name}.png`] = await png(svg);
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    missing = error.message;
  }
  files['index.html'] = html;
  return { files, ...(missing !== undefined && { missing }) };
}

function reportRecord(drawing: Drawing): ReportRecord {
  const { model, name, step, history, seed } = drawing;
  const { config } = model;
  const { task, settings } = assemble(config, model.known);
  const grid = drawing.settings ?? Object.fromEntries(Object.entries(task.harder(settings)).slice(0, SHOWN));
  const stream = rng(seed, 'inspect');
  const sequences = Object.entries(grid).map(([row, own]) => {
    const batch = task.sample(own, stream, 1);
    const assembly = assemble(
      { ...config, task: { name: config.task.name, ...(own as object) } },
      model.known,
    );
    const { probes: about } = assembly.model;
    const result = probe(drawing, assembly, batch);
    return sequenceRecord({
      name: row,
      loss: task.loss,
      symbols: task.symbols?.(own),
      batch,
      result,
      ...(about && { about }),
    });
  });
  const curves = history ? learningCurves(history, task, settings) : [];
  return {
    title: `${task.name} with ${config.cell.name}`,
    subtitle: step === null ? name : `${name}, step ${step}`,
    facts: {
      task: told(config.task),
      cell: told(config.cell),
      parameters: grouped(parametersOf(model)),
      seed: String(config.seed),
      ...(step !== null && { step: String(step) }),
      ...(curves[0] && { learned: howFar(curves[0]) }),
    },
    sequences,
    curves,
  };
}

/** How training went, in a few words. */
function howFar({ measure, evaluation, solvedAt }: CurveRecord): string {
  if (solvedAt !== undefined) return `solved after ${grouped(solvedAt)} sequences`;
  const best = evaluation.reduce((least, { value }) => Math.min(least, value), Number.POSITIVE_INFINITY);
  return `not solved; at best ${Number(best.toPrecision(3))} ${measure}`;
}

function told(settings: Readonly<Record<string, unknown>>): string {
  const { name, ...rest } = settings;
  return [name, ...Object.entries(rest).map(([key, value]) => `${key} ${JSON.stringify(value)}`)]
    .join(', ')
    .replaceAll('"', '');
}

function probe({ model, machine }: Drawing, assembly: Assembly, batch: Batch): EvalResult {
  const engine = machine.open(assembly);
  engine.load(model.arrays);
  const result = engine.evaluate(batch, true);
  engine.dispose();
  return result;
}
