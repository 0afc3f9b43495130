/** Several runs of one task beside each other: what differs between them, and how each one learned. */
import { UsageError } from '../core/errors.ts';
import { elements } from '../core/shape.ts';
import { assemble, registry } from '../registry.ts';
import type { ComparisonRecord, CurveLine } from '../report/index.ts';
import { PARAMS } from '../train/engine.ts';
import { settingsOf } from './differences.ts';
import type { TrainedModel } from './evaluate.ts';
import {
  evaluationsOf,
  type History,
  measuresOf,
  secondsAt,
  solvedOf,
  type TaskMeasure,
} from './learning-curve.ts';

/** What is longer, such as a hash, is cut short in the table. */
const LONGEST_VALUE = 24;

/** A run to compare. */
export interface ComparedModel {
  readonly model: TrainedModel;
  /** As a person calls it. */
  readonly name: string;
  readonly history: History;
}

/** How a run did, for a program. */
export interface RunResult {
  readonly key: string;
  readonly run: string;
  readonly parameters: number;
  readonly sequences: number;
  /** Of the best evaluation, by the first measure. */
  readonly best: number | null;
  readonly solvedAtSequences: number | null;
  readonly solvedAtSeconds: number | null;
  readonly seconds: number | null;
}

/** What comes of it. */
export interface Comparison {
  readonly record: ComparisonRecord;
  readonly task: string;
  /** What `best` is counted in. */
  readonly measure: string;
  readonly results: readonly RunResult[];
  /** Each setting that is not the same in all runs, with its value in each; null where a run has no such setting. */
  readonly differing: Readonly<Record<string, readonly unknown[]>>;
}

/**
 * Lays runs of one task over each other.
 * @throws UsageError when they are of several tasks, whose numbers do not compare
 */
export function overlay(runs: readonly ComparedModel[]): Comparison {
  const tasks = [...new Set(runs.map(({ model }) => model.config.task.name))];
  const [task] = tasks as [string];
  if (tasks.length > 1)
    throw new UsageError(
      `expected runs of one task to lay over each other, got ${tasks.join(' and ')}; compare the runs of each task by themselves`,
    );
  const measures = runs.map(({ model }) => {
    const assembly = assemble(model.config, model.known);
    return measuresOf(assembly.task, assembly.settings);
  });
  const results = runs.map((run, i) => resultOf(run, measures[i]![0]!, keyOf(i)));
  const differing = differencesOf(runs.map(({ model }) => model));
  const names = runs.map(({ name }) => name);
  const [{ name: measure }] = measures[0] as [TaskMeasure];
  const record: ComparisonRecord = {
    title: `${task}: ${runs.length} runs compared`,
    subtitle: names.join(', '),
    measures: measures[0]!.map(({ name, log }, at) => ({
      name,
      log,
      lines: commonLines(measures.map((own) => own[at]!.lines)),
    })),
    runs: runs.map(({ name, history }, i) => ({
      key: keyOf(i),
      name,
      note: noteOf(results[i]!, measure),
      curves: measures[i]!.map((own) => evaluationsOf(history, own)),
    })),
    table: tableOf(differing, results, measure),
  };
  return { record, task, measure, results, differing };
}

function keyOf(index: number): string {
  return String.fromCharCode(65 + index);
}

function resultOf({ model, name, history }: ComparedModel, measure: TaskMeasure, key: string): RunResult {
  const values = evaluationsOf(history, measure)
    .map(({ value }) => value)
    .filter(Number.isFinite);
  const solved = solvedOf(history);
  return {
    key,
    run: name,
    parameters: parametersOf(model),
    sequences: history.metrics.at(-1)?.sequences ?? 0,
    best: values.length === 0 ? null : values.reduce((a, b) => Math.min(a, b)),
    solvedAtSequences: solved?.sequences ?? null,
    solvedAtSeconds: (solved && secondsAt(history.timing, solved.steps)) ?? null,
    seconds: history.timing?.at(-1)?.seconds ?? null,
  };
}

/** How many numbers a model has learned. */
export function parametersOf({ arrays }: Pick<TrainedModel, 'arrays'>): number {
  return Object.entries(arrays)
    .map(([name, { shape }]) => (name.startsWith(PARAMS) ? elements(shape) : 0))
    .reduce((a, b) => a + b, 0);
}

function noteOf({ best, solvedAtSequences, solvedAtSeconds }: RunResult, measure: string): string {
  const time = solvedAtSeconds === null ? '' : `, ${significant(solvedAtSeconds)} s`;
  if (solvedAtSequences !== null) return `solved after ${grouped(solvedAtSequences)} sequences${time}`;
  return best === null ? 'not evaluated yet' : `not solved, best ${significant(best)} ${measure}`;
}

/** A level of all runs once; one that differs, because their settings do, once for each value, with its runs' letters. */
function commonLines(byRun: readonly (readonly CurveLine[])[]): CurveLine[] {
  const keys = new Map<string, { readonly line: CurveLine; readonly runs: string[] }>();
  byRun.forEach((lines, i) => {
    for (const line of lines) {
      const same = keys.get(`${line.name} ${line.value}`) ?? { line, runs: [] };
      same.runs.push(keyOf(i));
      keys.set(`${line.name} ${line.value}`, same);
    }
  });
  return [...keys.values()].map(({ line, runs }) =>
    runs.length === byRun.length ? line : { ...line, name: `${line.name} ${runs.join(' ')}` },
  );
}

/**
 * Settings by dotted name that are not alike in all configurations. Where cells differ, their name says what a default
 * would: a setting that not all of them have is told only where it is none.
 */
function differencesOf(models: readonly TrainedModel[]): Record<string, unknown[]> {
  const flat = models.map(({ config }) => new Map(Object.entries(settingsOf(config))));
  const usual = models.map((model) => new Map(Object.entries(settingsOf({ cell: cellDefaults(model) }))));
  const names = [...new Set(flat.flatMap((settings) => [...settings.keys()]))];
  const groups = [...new Set(names.map(groupOf))];
  const differs = (name: string) => new Set(flat.map((settings) => text(settings.get(name)))).size > 1;
  const expected = (name: string) =>
    flat.some((settings) => !settings.has(name)) &&
    flat.every(
      (settings, i) => !settings.has(name) || text(settings.get(name)) === text(usual[i]!.get(name)),
    );
  return Object.fromEntries(
    groups
      .flatMap((group) => names.filter((name) => groupOf(name) === group))
      .filter((name) => differs(name) && !expected(name))
      .map((name) => [name, flat.map((settings) => settings.get(name) ?? null)]),
  );
}

function text(value: unknown): string {
  return JSON.stringify(value ?? null);
}

function groupOf(name: string): string {
  return name.split('.', 1)[0]!;
}

/** What a model's cell has where nothing is said; nothing where something must be said. */
function cellDefaults({ config, known = registry }: TrainedModel): object {
  const defaults = known.cells[config.cell.name]?.settings.safeParse({});
  return defaults?.success ? (defaults.data as object) : {};
}

function tableOf(
  differing: Comparison['differing'],
  results: readonly RunResult[],
  measure: string,
): ComparisonRecord['table'] {
  const row = (
    name: string,
    value: (result: RunResult) => number | null,
    show: (value: number) => string,
  ) => ({
    name,
    values: results.map((result) => {
      const own = value(result);
      return own === null ? '-' : show(own);
    }),
  });
  const timed = results.some(({ seconds }) => seconds !== null);
  return [
    ...Object.entries(differing).map(([name, values]) => ({ name, values: values.map(shown) })),
    row('parameters', ({ parameters }) => parameters, grouped),
    row('trained, sequences', ({ sequences }) => sequences, grouped),
    ...(timed ? [row('trained, seconds', ({ seconds }) => seconds, significant)] : []),
    row(`best, ${measure}`, ({ best }) => best, significant),
    row('solved after, sequences', ({ solvedAtSequences }) => solvedAtSequences, grouped),
    ...(timed ? [row('solved after, seconds', ({ solvedAtSeconds }) => solvedAtSeconds, significant)] : []),
  ];
}

function shown(value: unknown): string {
  if (value === null) return '-';
  const words = typeof value === 'string' ? value : JSON.stringify(value);
  return words.length <= LONGEST_VALUE ? words : `${words.slice(0, LONGEST_VALUE - 3)}...`;
}

/** Thousands in groups: `12,000`. */
export function grouped(value: number): string {
  return value.toLocaleString('en-US');
}

function significant(value: number): string {
  return String(Number(value.toPrecision(3)));
}
