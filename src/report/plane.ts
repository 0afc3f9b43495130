/**
 * The plane of a learning curve: its two scales, their ticks, and the levels to compare with, whose names stand in the
 * margin on the right, where no curve can run through them. A logarithmic axis of values is cut a hundredth under the
 * lowest level; what lies lower is drawn on its edge, so that a solved task does not squeeze the rest.
 */
import { scaleLinear, scaleLog } from 'd3-scale';
import { line } from 'd3-shape';
import type { Color } from './palette.ts';
import type { CurveLine } from './records.ts';
import { element, rule, stroked, text } from './svg.ts';

/** Left of a plane: the name of its values and their ticks. */
export const LEFT = 58;
/** Under a plane: ticks and what runs along it. */
export const BOTTOM = 38;
/** A plane without levels still leaves room for half of its last tick. */
const LEAST_RIGHT = 18;
/** Between two names in the margin. */
const NAME_HEIGHT = 12;

/** A point of a curve; `x` in whatever runs along the plane. */
export interface Point {
  readonly x: number;
  readonly value: number;
}

/** What a plane is made for. */
export interface PlaneOptions {
  readonly width: number;
  readonly height: number;
  /** Everything that is drawn; what is not finite is passed over. */
  readonly points: readonly Point[];
  readonly levels: readonly CurveLine[];
  /** Logarithmic values. */
  readonly log: boolean;
  /** Where the linear axis ends; left out, at a round number above all that is shown. */
  readonly top?: number;
  /** Logarithmic `x`, for runs of very different lengths. */
  readonly logX?: boolean;
  /** Of the levels; the default is a color that no curve has when it is alone. */
  readonly levelColor?: Color;
  /** Pixels to keep free between the plane and the names of its levels. */
  readonly free?: number;
  readonly xName: string;
  readonly yName: string;
}

/** Where things are on a plane, in pixels from its top left corner. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  /** Room that the names of the levels take on the right. */
  readonly right: number;
  x(value: number): number;
  y(value: number): number;
  /** Axes with their ticks. */
  readonly axes: string;
  /** Dashed levels and their names. */
  readonly levels: string;
}

/** The points that can be drawn. */
export function finite<P extends Point>(points: readonly P[]): P[] {
  return points.filter(({ x, value }) => Number.isFinite(x) && Number.isFinite(value));
}

/** The plane that shows all points and levels. */
export function planeOf(options: PlaneOptions): Plane {
  const { width, height, log, free = 0, levelColor = 'level' } = options;
  const points = finite(options.points);
  const shown = options.levels.filter(({ value }) => Number.isFinite(value) && value >= 0);
  const values = points.map(({ value }) => value);
  const levels = shown.map(({ value }) => value).filter((value) => value > 0);
  const top = maximum([...values, ...levels]) || 1;
  const across = xScale(
    points.map(({ x }) => x),
    options,
  );
  const y = log
    ? scaleLog()
        .domain([floorOf(values, levels, top), top * 1.25])
        .range([height, 0])
    : (options.top === undefined
        ? scaleLinear()
            .domain([0, top * 1.05])
            .nice()
        : scaleLinear().domain([0, options.top])
      ).range([height, 0]);
  const [bottom] = y.domain() as [number];
  const ticks = log ? powersOfTen(bottom, top) : y.ticks(Math.max(2, Math.min(5, Math.floor(height / 40))));
  const plane = { width, height, x: across.x, y: (value: number) => y(Math.max(value, bottom)) };
  return {
    ...plane,
    right: Math.max(LEAST_RIGHT, ...shown.map((level) => free + 14 + 6.2 * nameOf(level).length)),
    axes: axes(plane, {
      xTicks: across.ticks,
      yTicks: ticks,
      xName: options.logX ? `${options.xName}, logarithmic` : options.xName,
      yName: options.yName,
    }),
    levels: levelLines(shown, plane, { free, color: levelColor }),
  };
}

function xScale(xs: readonly number[], { width, logX = false }: PlaneOptions) {
  const most = maximum(xs) || 10;
  const least = xs.filter((x) => x > 0).reduce((a, b) => Math.min(a, b), most);
  const scale = logX
    ? scaleLog()
        .domain([least * 0.9, most])
        .range([0, width])
    : scaleLinear().domain([0, most]).range([0, width]);
  const at = logX ? powersOfTen(least * 0.9, most) : scale.ticks(Math.min(5, Math.floor(width / 60)));
  const words = (tick: number) =>
    tick > 0 && most >= 1e4 ? scaleLinear().domain([0, most]).tickFormat(5, '~s')(tick) : plain(tick);
  const [first] = scale.domain() as [number];
  return {
    x: (value: number) => scale(Math.max(value, first)),
    ticks: at.map((tick) => [tick, words(tick)] as const),
  };
}

/** The largest, 0 where there are none. */
export function maximum(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), 0);
}

/** Where the logarithmic axis ends: under all that is shown, yet not without end. */
function floorOf(values: readonly number[], levels: readonly number[], top: number): number {
  const lowestLevel = Math.min(top, ...levels);
  const lowest = values.filter((value) => value > 0).reduce((a, b) => Math.min(a, b), lowestLevel);
  return 0.8 * Math.max(lowest, lowestLevel / 100, top / 1e6);
}

function powersOfTen(low: number, high: number): number[] {
  const first = Math.ceil(Math.log10(low));
  const count = Math.floor(Math.log10(high * 1.25)) - first + 1;
  const powers = Array.from({ length: Math.max(0, count) }, (_, i) => 10 ** (first + i));
  return powers.length >= 2 ? powers : scaleLog().domain([low, high]).ticks(4);
}

/** Three significant digits, without trailing zeros. */
export function plain(value: number): string {
  return String(Number(value.toPrecision(3)));
}

type Bare = Pick<Plane, 'width' | 'height' | 'x' | 'y'>;

interface Ticks extends Pick<PlaneOptions, 'xName' | 'yName'> {
  readonly xTicks: readonly (readonly [number, string])[];
  readonly yTicks: readonly number[];
}

function axes({ width, height, x, y }: Bare, { xTicks, yTicks, xName, yName }: Ticks): string {
  return [
    ...yTicks.map(
      (tick) =>
        rule([0, y(tick)], [width, y(tick)], stroked('rule', 0.5)) +
        text(plain(tick), { x: -7, y: y(tick) + 3.5, anchor: 'end', color: 'soft' }),
    ),
    ...xTicks.map(
      ([tick, words]) =>
        rule([x(tick), height], [x(tick), height + 4], stroked('rule')) +
        text(words, { x: x(tick), y: height + 15, anchor: 'middle', color: 'soft' }),
    ),
    rule([0, height], [width, height], stroked('soft')),
    rule([0, 0], [0, height], stroked('soft')),
    text(xName, { x: width / 2, y: height + 32, size: 11, anchor: 'middle' }),
    text(yName, { x: -42, y: height / 2, size: 11, anchor: 'middle', upward: true }),
  ].join('');
}

function nameOf({ name, value }: CurveLine): string {
  return `${name} ${plain(value)}`;
}

/** Dashed lines, each led to its name in the margin; names of close levels give way to each other. */
function levelLines(
  levels: readonly CurveLine[],
  { width, height, y }: Bare,
  { free, color }: { readonly free: number; readonly color: Color },
): string {
  const sorted = [...levels].sort((a, b) => b.value - a.value);
  const places = spread(
    sorted.map(({ value }) => y(value)),
    { gap: NAME_HEIGHT, low: 0, high: height },
  );
  return sorted
    .map((level, i) => {
      const at = y(level.value);
      const place = places[i]!;
      return (
        rule([0, at], [width + free, at], stroked(color, 1.2, '5 3')) +
        rule([width + free, at], [width + free + 7, place], stroked(color, 0.8)) +
        text(nameOf(level), { x: width + free + 10, y: place + 3.5, color })
      );
    })
    .join('');
}

/** Places from above to below, moved as little as makes each `gap` away from the next, within low ... high if they fit. */
export function spread(
  places: readonly number[],
  { gap, low, high }: { readonly gap: number; readonly low: number; readonly high: number },
): number[] {
  const moved: number[] = [];
  for (const place of places)
    moved.push(Math.max(place, low, (moved.at(-1) ?? Number.NEGATIVE_INFINITY) + gap));
  for (let i = moved.length - 1, below = high + gap; i >= 0; i--) {
    moved[i] = Math.min(moved[i]!, below - gap);
    below = moved[i]!;
  }
  return moved;
}

/** A line through the points, in this style; nothing for less than two of them. */
export function path(points: readonly Point[], plane: Bare, style: ReturnType<typeof stroked>): string {
  const draw = line<Point>()
    .x(({ x }) => plane.x(x))
    .y(({ value }) => plane.y(value))
    .digits(1);
  return points.length < 2
    ? ''
    : element('path', { d: draw(points) ?? '', 'stroke-linejoin': 'round', ...style });
}

/** At most about `most` points: the smallest and the largest of each stretch, in their order, so that spikes stay. */
export function thinned(points: readonly Point[], most: number): readonly Point[] {
  if (points.length <= most) return points;
  const stretch = Math.ceil((2 * points.length) / most);
  const kept: Point[] = [];
  for (let from = 0; from < points.length; from += stretch) {
    const part = points.slice(from, from + stretch);
    const low = part.reduce((a, b) => (b.value < a.value ? b : a));
    const high = part.reduce((a, b) => (b.value > a.value ? b : a));
    kept.push(...(low.x < high.x ? [low, high] : low === high ? [low] : [high, low]));
  }
  return kept;
}
