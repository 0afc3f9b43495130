/** What a search varies, as it is typed: `rate=1e-4..1e-2:4`, four learning rates a factor apart; `cell.size=32,64`. */
import { settingsCalled } from '../app/aliases.ts';
import { readValue } from '../app/layers.ts';
import { UsageError } from '../core/errors.ts';

/** A setting and the values it takes in turn. */
export interface Axis {
  /** Dotted: `optimizer.rate`. */
  readonly path: string;
  readonly values: readonly unknown[];
}

/** One value for each axis, by its path. */
export type Point = Readonly<Record<string, unknown>>;

/** The most points of a grid: whoever means more wants another method. */
const MOST_POINTS = 1000;

/**
 * Reads axes, separated by commas or spaces; a piece without `=` is one more value of the axis before it.
 * @throws UsageError on what is none
 */
export function readAxes(text: string): Axis[] {
  const axes: { path: string; values: unknown[] }[] = [];
  for (const piece of text.split(/[,\s]+/).filter(Boolean)) {
    const [, name, typed = piece] = /^([\w.-]+)=(.+)$/.exec(piece) ?? [];
    if (name !== undefined) axes.push({ path: pathOf(name), values: [] });
    const axis = axes.at(-1);
    if (axis === undefined) throw malformed(piece);
    axis.values.push(...valuesOf(typed));
  }
  if (axes.length === 0) throw malformed(text);
  checkAxes(axes);
  return axes;
}

/** Every combination of values, the last axis fastest; one empty point where there is no axis. */
export function gridOf(axes: readonly Axis[]): Point[] {
  return axes.reduce<Point[]>(
    (points, { path, values }) =>
      points.flatMap((point) => values.map((value) => ({ ...point, [path]: value }))),
    [{}],
  );
}

function checkAxes(axes: readonly Axis[]): void {
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
function pathOf(name: string): string {
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
function valuesOf(text: string): unknown[] {
  const range = /^(.+?)\.\.(.+?)(?::(\d+))?$/.exec(text);
  if (!range) return [readValue(text)];
  const [from, to, count] = [Number(range[1]), Number(range[2]), Number(range[3] ?? 3)];
  if (!(from > 0 && to > from && Number.isFinite(to) && count >= 2 && count <= MOST_POINTS))
    throw new UsageError(
      `--search: expected a range such as 1e-4..1e-2:4 (from, to, how many; a factor apart), got ${text}; zero and less can be listed: 0,1,2`,
    );
  return Array.from({ length: count }, (_, i) =>
    Number((from * (to / from) ** (i / (count - 1))).toPrecision(3)),
  );
}

function malformed(text: string): UsageError {
  return new UsageError(
    `--search: expected a setting and its values such as rate=1e-4..1e-2:4 or cell.size=32,64, got ${text || 'nothing'}; see engram train --help`,
  );
}
