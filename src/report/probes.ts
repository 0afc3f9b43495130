/**
 * What to do with a probe, from its name and shape alone, so that a new cell draws without a line here:
 *   [T,a,b] called memory, square, or with more rows than heads ever come in -> contents, at a few times
 *   [T,h,n] called weights                           -> weights: a map over time for each head, all on one scale
 *   any other [T,n] or [T,h,n] longer than colors    -> vectors: a map over time for each head, on its own scale
 *   everything smaller (gates, strengths, shifts)    -> controls: lines over time, each in its color
 */
import type { NamedArray } from '../core/contracts.ts';
import type { Grid } from './heat-map.ts';
import { SERIES } from './palette.ts';

/** A matrix of more rows than this is no list of heads. */
const MOST_HEADS = 16;

/** How a probe is drawn. */
export type ProbeKind = 'weights' | 'controls' | 'vectors' | 'contents';

/** One thing to draw: a head of a probe, or the whole probe. */
export interface Trace {
  /** For a person: `read weights, head 1`. */
  readonly name: string;
  readonly kind: ProbeKind;
  /** T */
  readonly steps: number;
  /** Numbers in a row of the grid at one step; rows is 1 but for contents. */
  readonly rows: number;
  readonly columns: number;
  at(step: number, row: number, column: number): number;
}

/** All there is to draw in the probes, in their order; probes with nothing in them are left out. */
export function traces(probes: Readonly<Record<string, NamedArray>>): Trace[] {
  return Object.entries(probes).flatMap(([name, array]) =>
    array.data.length === 0 ? [] : split(name, array),
  );
}

function split(name: string, { shape, data }: NamedArray): Trace[] {
  const [steps = 0, ...rest] = shape;
  const kind = kindOf(name, rest);
  const inner = kind === 'contents' ? rest.slice(-2) : rest.slice(-1);
  const columns = inner.at(-1) ?? 1;
  const rows = kind === 'contents' ? inner[0]! : 1;
  const heads = data.length / (steps * rows * columns);
  return Array.from({ length: heads }, (_, head) => ({
    name: words(name) + (heads > 1 ? `, head ${head}` : ''),
    kind,
    steps,
    rows,
    columns,
    at: (step, row, column) => data[((step * heads + head) * rows + row) * columns + column]!,
  }));
}

/** @param rest the shape of one step */
function kindOf(name: string, rest: readonly number[]): ProbeKind {
  const columns = rest.at(-1) ?? 1;
  const rows = rest.at(-2) ?? 1;
  const matrix = rows > MOST_HEADS || (rows === columns && columns > SERIES);
  if (rest.length >= 2 && (matrix || /memory$/i.test(name))) return 'contents';
  if (rest.length >= 2 && /weights$/i.test(name)) return 'weights';
  return columns <= SERIES ? 'controls' : 'vectors';
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
