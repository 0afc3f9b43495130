/** What a search varies, as it is typed: `rate=1e-4..1e-2:4`, four learning rates a factor apart; `cell.size=32,64`. */
import { settingsCalled } from '../app/aliases.ts';
import { readValue } from '../app/layers.ts';
import { UsageError } from '../core/errors.ts';

/** From one number to another. */
export interface Range {
  readonly low: number;
  readonly high: number;
  /** Whether equal steps are equal factors or equal differences. */
  readonly scale: 'log' | 'linear';
  readonly isInteger: boolean;
}

/** A setting and the values it takes in turn. */
export interface Axis {
  /** Dotted: `optimizer.rate`. */
  readonly path: string;
  readonly values: readonly unknown[];
  /** What the values are taken from, where they are numbers of a range. */
  readonly range?: Range;
}

/** One value for each axis, by its path. */
export type Point = Readonly<Record<string, unknown>>;

/** The most points of a grid: whoever means more wants another method. */
export const MOST_POINTS = 1000;

/** How many values of a range are tried where nobody says. */
export const USUAL_COUNT = 3;

/**
 * Reads axes, separated by commas or spaces; a piece without `=` is one more value of the axis before it.
 * @throws UsageError on what is none
 */
export function readAxes(text: string): Axis[] {
  const axes: { path: string; values: unknown[]; range?: Range }[] = [];
  for (const piece of text.split(/[,\s]+/).filter(Boolean)) {
    const [, name, typed = piece] = /^([\w.-]+)=(.+)$/.exec(piece) ?? [];
    if (name !== undefined) axes.push({ path: pathOf(name), values: [] });
    const axis = axes.at(-1);
    if (axis === undefined) throw malformed(piece);
    const { values, range } = readValues(typed);
    // A range among other values is its values.
    const isWhole = axis.values.length === 0 && range !== undefined;
    axis.values.push(...values);
    if (isWhole) axis.range = range;
    else delete axis.range;
  }
  if (axes.length === 0) throw malformed(text);
  checkAxes(axes);
  return axes;
}

/** The values of a range, a count of them at equal steps, its ends included. */
export function rangeAxis(path: string, range: Range, count: number): Axis {
  return {
    path,
    range,
    values: [...new Set(Array.from({ length: count }, (_, i) => valueIn(range, i / (count - 1))))],
  };
}

/** The value of a range at a share of the way from its low end; of numbers that are not whole three digits. */
function valueIn({ low, high, scale, isInteger }: Range, share: number): number {
  const value = scale === 'log' ? low * (high / low) ** share : low + (high - low) * share;
  return isInteger ? Math.round(value) : Number(value.toPrecision(3));
}

/** Every combination of values, the last axis fastest; one empty point where there is no axis. */
export function gridOf(axes: readonly Axis[]): Point[] {
  return axes.reduce<Point[]>(
    (points, { path, values }) =>
      points.flatMap((point) => values.map((value) => ({ ...point, [path]: value }))),
    [{}],
  );
}

/** @throws UsageError on a setting that is there twice, or too many points */
export function checkAxes(axes: readonly Axis[]): void {
  const paths = axes.map(({ path }) => path);
  const twice = paths.find((path, i) => paths.indexOf(path) !== i);
  if (twice !== undefined)
    throw new UsageError(`--search: expected ${twice} once, got it twice; list its values behind one =`);
  const points = axes.reduce((product, { values }) => product * values.length, 1);
  if (points > MOST_POINTS)
    throw new UsageError(
      `--search: expected at most ${MOST_POINTS} points, got ${points}; give fewer values`,
    );
}

/** `rate` is `optimizer.rate`: by a name that is used for one setting, or by its last part. */
export function pathOf(name: string): string {
  const short: Readonly<Record<string, string>> = {
    rate: 'optimizer.rate',
    clip: 'optimizer.clipNorm',
    batch: 'batchSize',
  };
  if (Object.hasOwn(short, name)) return short[name]!;
  const [called, ...more] = name.includes('.') ? [] : settingsCalled(name);
  return called !== undefined && more.length === 0 ? called : name;
}

/** `1e-4..1e-2:4` is four numbers from the one to the other, each the same factor above the one before. */
function readValues(text: string): Pick<Axis, 'values' | 'range'> {
  const typed = /^(.+?)\.\.(.+?)(?::(\d+))?$/.exec(text);
  if (!typed) return { values: [readValue(text)] };
  const [low, high, count] = [Number(typed[1]), Number(typed[2]), Number(typed[3] ?? USUAL_COUNT)];
  if (!(low > 0 && high > low && Number.isFinite(high) && count >= 2 && count <= MOST_POINTS))
    throw new UsageError(
      `--search: expected a range such as 1e-4..1e-2:4 (from, to, how many; a factor apart), got ${text}; zero and less can be listed: 0,1,2`,
    );
  const isInteger = [typed[1], typed[2]].every((end) => /^\d+$/.test(end!));
  return rangeAxis('', { low, high, scale: 'log', isInteger }, count);
}

function malformed(text: string): UsageError {
  return new UsageError(
    `--search: expected a setting and its values such as rate=1e-4..1e-2:4 or cell.size=32,64, got ${text || 'nothing'}; see engram train --help`,
  );
}
