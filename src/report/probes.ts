/**
 * What to do with a probe. A cell may say what its axes count; of one that does not, name and shape alone decide, so
 * that a new cell draws without a line here:
 *   a matrix at each step: called memory, square, or with more rows than heads ever come in -> contents, at a few times
 *   weights over slots                                -> weights: a map over time for each head, all on one scale
 *   any other vector longer than there are colors     -> vectors: a map over time for each head, on its own scale
 *   everything smaller (gates, strengths, shifts)     -> controls: lines over time, each in its color
 */
import type { NamedArray, ProbeAbout } from '../core/contracts.ts';
import { elements } from '../core/shape.ts';
import type { Grid } from './heat-map.ts';
import { SERIES } from './palette.ts';
import type { SequenceRecord } from './records.ts';

/** A matrix of more rows than this is no list of heads. */
const MOST_HEADS = 16;
/** Axes whose places are drawn apart. */
const APART = /^(head|layer)$/;

/** How a probe is drawn. */
export type ProbeKind = 'weights' | 'controls' | 'vectors' | 'contents';

/** One thing to draw: a head of a probe, or the whole probe. */
export interface Trace {
  /** For a person: `read weights, head 1 of 2`. */
  readonly name: string;
  readonly kind: ProbeKind;
  /** T */
  readonly steps: number;
  /** Numbers in a row of the grid at one step; rows is 1 but for contents. */
  readonly rows: number;
  readonly columns: number;
  /** What the rows of contents count, and what the columns do. */
  readonly axes: readonly [rows: string, columns: string];
  /** What each column is called, where its number does not say it. */
  readonly labels?: readonly string[];
  at(step: number, row: number, column: number): number;
}

/** All there is to draw in a sequence's probes, in their order; probes with nothing in them are left out. */
export function traces({ probes, about = {} }: Pick<SequenceRecord, 'probes' | 'about'>): Trace[] {
  return Object.entries(probes).flatMap(([name, array]) => {
    if (array.data.length === 0) return [];
    const said = Object.hasOwn(about, name) ? about[name] : undefined;
    // Words that do not fit the shape are of another probe.
    const fits = said !== undefined && said.axes.length === array.shape.length - 1;
    return split(name, array, fits ? said : undefined);
  });
}

function split(name: string, { shape, data }: NamedArray, about: ProbeAbout | undefined): Trace[] {
  const [steps = 0, ...rest] = shape;
  const kind = about === undefined ? guessKind(name, rest) : kindOf(about, rest);
  const inner = kind === 'contents' ? rest.slice(-2) : rest.slice(-1);
  const columns = inner.at(-1) ?? 1;
  const rows = kind === 'contents' ? inner[0]! : 1;
  const outer = rest.slice(0, rest.length - (kind === 'contents' ? 2 : 1));
  const parts = elements(outer);
  const title = about?.title ?? words(name);
  const axes = about === undefined ? guessAxes(name, kind, rows === columns) : axesOf(about);
  const labels = about?.labels ?? numbered(about?.axes.at(-1), columns);
  return Array.from({ length: parts }, (_, index) => ({
    name: [title, ...places(outer, index, about)].join(', '),
    kind,
    steps,
    rows,
    columns,
    axes,
    ...(labels?.length === columns && { labels }),
    at: (step, row, column) => data[((step * parts + index) * rows + row) * columns + column]!,
  }));
}

/** Where one of several parts stands: `layer 1 of 2`, `head 3 of 4`; axes of one place are not counted. */
function places(outer: readonly number[], index: number, about: ProbeAbout | undefined): string[] {
  return outer.flatMap((count, axis) => {
    if (count === 1) return [];
    const place = Math.floor(index / elements(outer.slice(axis + 1))) % count;
    const part = about?.axes[axis]?.match(APART)?.[0] ?? 'head';
    return [`${part} ${place + 1} of ${count}`];
  });
}

/** One number for each head: its heads by name. */
function numbered(axis: string | undefined, count: number): string[] | undefined {
  if (axis === undefined || !APART.test(axis) || count === 1) return undefined;
  return Array.from({ length: count }, (_, index) => `${axis} ${index + 1}`);
}

/** @param rest the shape of one step */
function kindOf({ axes }: ProbeAbout, rest: readonly number[]): ProbeKind {
  const inner = axes.filter((axis) => !APART.test(axis));
  if (inner.length >= 2) return 'contents';
  if (axes.includes('head') && inner[0] === 'slot') return 'weights';
  // Places of a memory are seen side by side however few they are.
  if (inner[0] === 'slot' || inner[0] === 'steps back') return 'vectors';
  return (rest.at(-1) ?? 1) <= SERIES ? 'controls' : 'vectors';
}

function axesOf({ axes }: ProbeAbout): readonly [string, string] {
  const inner = axes.filter((axis) => !APART.test(axis));
  return [inner.at(-2) ?? '', inner.at(-1) ?? ''];
}

/** @param rest the shape of one step */
function guessKind(name: string, rest: readonly number[]): ProbeKind {
  const columns = rest.at(-1) ?? 1;
  const rows = rest.at(-2) ?? 1;
  const matrix = rows > MOST_HEADS || (rows === columns && columns > SERIES);
  if (rest.length >= 2 && (matrix || /memory$/i.test(name))) return 'contents';
  if (rest.length >= 2 && /weights$/i.test(name)) return 'weights';
  return columns <= SERIES ? 'controls' : 'vectors';
}

function guessAxes(name: string, kind: ProbeKind, square: boolean): readonly [string, string] {
  if (kind === 'contents') return square || !/memory$/i.test(name) ? ['row', 'column'] : ['slot', 'entry'];
  return ['', kind === 'weights' || /usage/i.test(name) ? 'slot' : 'entry'];
}

/** `readWeights` -> `read weights`. */
export function words(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/[_.-]+/g, ' ')
    .toLowerCase();
}

/** A trace over time: a row for each number, a column for each step. */
export function overTime(trace: Trace): Grid {
  return {
    rows: trace.columns,
    columns: trace.steps,
    value: (row, column) => trace.at(column, 0, row),
  };
}

/** A matrix at one step. */
export function snapshot(trace: Trace, step: number): Grid {
  return {
    rows: trace.rows,
    columns: trace.columns,
    value: (row, column) => trace.at(step, row, column),
  };
}
