/** Draws what a trained model does: some sequences with what its memory did meanwhile, and how it learned. */
import * as fs from 'node:fs';
import { basename, join } from 'node:path';
import type { Terminal } from '../cli/shell/terminal.ts';
import type { Batch, EvalResult, Task } from '../core/contracts.ts';
import { UnavailableError, UsageError } from '../core/errors.ts';
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
import { readMetrics } from '../runs/metrics.ts';
import type { Target } from '../runs/target.ts';
import type { Machine } from './open-engine.ts';

/** How many kinds of sequences are drawn when none was asked for: as trained, and the next harder. */
const SHOWN = 2;
/** Marks a folder as a report's, which may be drawn again. */
const MARK = 'report.json';

/** What to draw, and where. */
export interface Drawing {
  readonly terminal: Terminal;
  readonly target: Target;
  readonly machine: Machine;
  readonly out: string;
  /** Of the sequences that are drawn. */
  readonly seed: number;
  /** Settings of the task to draw, by name; the first of its generalization grid by default. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/**
 * Draws every figure as SVG and PNG, and all on one page. A backend must be open.
 * @throws UsageError when the folder holds something else
 */
export async function draw(
  drawing: Drawing,
): Promise<{ readonly out: string; readonly files: readonly string[] }> {
  const { out } = drawing;
  const record = reportRecord(drawing);
  const drawn = figures(record);
  prepareFolder(out);
  const files: Record<string, string | Uint8Array> = Object.fromEntries(
    drawn.map(({ name, svg }) => [`${name}.svg`, svg]),
  );
  Object.assign(files, await bitmaps(drawn, drawing.terminal));
  files['index.html'] = page(record, drawn);
  for (const [name, content] of Object.entries(files)) fs.writeFileSync(join(out, name), content);
  const names = Object.keys(files);
  fs.writeFileSync(join(out, MARK), `${JSON.stringify({ schema: 'engram.report/1', files: names })}\n`);
  return { out, files: names };
}

function prepareFolder(out: string): void {
  fs.mkdirSync(out, { recursive: true });
  const names = fs.readdirSync(out);
  if (names.length > 0 && !names.includes(MARK))
    throw new UsageError(
      `--out: expected an empty folder or an earlier report, got ${out} with ${names[0]} in it; give another folder`,
    );
}

/** PNG needs an optional package; without it the report has the other formats, and one line says so. */
async function bitmaps(drawn: readonly Figure[], terminal: Terminal): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {};
  try {
    for (const { name, svg } of drawn) files[`${name}.png`] = await png(svg);
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    terminal.note(`engram: ${error.message}`);
  }
  return files;
}

function reportRecord(drawing: Drawing): ReportRecord {
  const { target, seed } = drawing;
  const { config, run } = target;
  const { task, settings } = assemble(config);
  const grid = drawing.settings ?? Object.fromEntries(Object.entries(task.harder(settings)).slice(0, SHOWN));
  const stream = rng(seed, 'inspect');
  const sequences = Object.entries(grid).map(([name, own]) => {
    const batch = task.sample(own, stream, 1);
    return sequenceRecord({ name, task, batch, result: probe(drawing, own, batch) });
  });
  const { name: cell, ...cellSettings } = config.cell;
  const facts = {
    task: told(config.task),
    cell: told({ name: cell, ...cellSettings }),
    seed: String(config.seed),
  };
  const curve = run && learningCurve(run.path, task, settings);
  return {
    title: `${task.name} with ${cell}`,
    subtitle: target.step === null ? basename(target.name) : `${basename(target.name)}, step ${target.step}`,
    facts: target.step === null ? facts : { ...facts, step: String(target.step) },
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

function probe({ target, machine }: Drawing, settings: unknown, batch: Batch): EvalResult {
  const { config, arrays } = target;
  const engine = machine.open(
    assemble({ ...config, task: { name: config.task.name, ...(settings as object) } }),
  );
  engine.load(arrays);
  const result = engine.evaluate(batch, true);
  engine.dispose();
  return result;
}

/** The metric of the task over training, with its reference lines; nothing before the first evaluation. */
function learningCurve(folder: string, task: Task, settings: unknown): CurveRecord | undefined {
  const lines = readMetrics(folder);
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
