/**
 * The learning curve: evaluations as a line with dots, the training loss thin behind it, and the levels to compare
 * with as dashed lines with their names. The logarithmic axis is cut a hundredth under the lowest reference line;
 * what lies lower is drawn on its edge, so that a solved task does not squeeze the rest.
 */
import { scaleLinear, scaleLog } from 'd3-scale';
import { line } from 'd3-shape';
import type { CurveLine, CurvePoint, CurveRecord } from './records.ts';
import { element, filled, type Panel, rule, shift, stroked, text } from './svg.ts';

const LEFT = 58;
const BOTTOM = 38;
const TOP = 22;
const RIGHT = 14;
/** A training loss of more points than this is thinned to its smallest and largest in each stretch. */
const MOST_POINTS = 800;

/** What a curve needs around its plane. */
export const AROUND: { readonly width: number; readonly height: number } = {
  width: LEFT + RIGHT,
  height: TOP + BOTTOM,
};

interface Plane {
  readonly width: number;
  readonly height: number;
  x(sequences: number): number;
  y(value: number): number;
  readonly xTicks: readonly (readonly [number, string])[];
  readonly yTicks: readonly (readonly [number, string])[];
}

/** The learning curve on a plane of this size in pixels. */
export function curve(record: CurveRecord, width: number, height: number): Panel {
  const plane = planeOf(record, width, height);
  const evaluation = finite(record.evaluation);
  const training = thinned(finite(record.training), MOST_POINTS);
  const references = referenceLines(record.lines, plane);
  const body = [
    axes(plane, record.measure),
    path(training, plane, stroked('training', 1)),
    ...references.map(({ level }) => level),
    path(evaluation, plane, stroked('series0', 2)),
    ...(evaluation.length > 60 ? [] : evaluation).map(({ sequences, value }) =>
      element('circle', { cx: plane.x(sequences), cy: plane.y(value), r: 2.4, ...filled('series0') }),
    ),
    evaluation.length + training.length === 0
      ? text('no measurements yet', {
          x: width / 2,
          y: height / 2,
          size: 11,
          anchor: 'middle',
          color: 'soft',
        })
      : legend(training.length > 0, evaluation.length > 0, width),
    // Last, so that a curve that runs along a line does not strike out its name.
    ...references.map(({ name }) => name),
  ];
  return {
    width: LEFT + width + RIGHT,
    height: TOP + height + BOTTOM,
    body: shift(body.join(''), LEFT, TOP),
  };
}

function finite(points: readonly CurvePoint[]): CurvePoint[] {
  return points.filter(({ sequences, value }) => Number.isFinite(sequences) && Number.isFinite(value));
}

function planeOf(record: CurveRecord, width: number, height: number): Plane {
  const points = finite([...record.training, ...record.evaluation]);
  const lines = record.lines.map(({ value }) => value).filter((value) => Number.isFinite(value) && value > 0);
  const values = points.map(({ value }) => value);
  const most = Math.max(10, maximum(points.map(({ sequences }) => sequences)));
  const top = maximum([...values, ...lines]) || 1;
  const x = scaleLinear().domain([0, most]).range([0, width]);
  const y =
    record.log === false
      ? scaleLinear()
          .domain([0, top * 1.05])
          .nice()
          .range([height, 0])
      : scaleLog()
          .domain([floorOf(values, lines, top), top * 1.25])
          .range([height, 0]);
  const [bottom] = y.domain();
  return {
    width,
    height,
    x: (sequences) => x(sequences),
    y: (value) => y(Math.max(value, bottom!)),
    xTicks: x
      .ticks(5)
      .map((tick) => [tick, tick > 0 && most >= 1e4 ? x.tickFormat(5, '~s')(tick) : String(tick)]),
    yTicks: (record.log === false ? y.ticks(5) : powersOfTen(bottom!, top)).map((tick) => [
      tick,
      plain(tick),
    ]),
  };
}

function maximum(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), 0);
}

/** Where the logarithmic axis ends: under all that is shown, yet not without end. */
function floorOf(values: readonly number[], lines: readonly number[], top: number): number {
  const lowestLine = Math.min(top, ...lines);
  const lowest = values.filter((value) => value > 0).reduce((a, b) => Math.min(a, b), lowestLine);
  return 0.8 * Math.max(lowest, lowestLine / 100, top / 1e6);
}

function powersOfTen(low: number, high: number): number[] {
  const first = Math.ceil(Math.log10(low));
  const count = Math.floor(Math.log10(high * 1.25)) - first + 1;
  const powers = Array.from({ length: Math.max(0, count) }, (_, i) => 10 ** (first + i));
  return powers.length >= 2 ? powers : scaleLog().domain([low, high]).ticks(4);
}

function plain(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function axes({ width, height, x, y, xTicks, yTicks }: Plane, measure: string): string {
  return [
    ...yTicks.map(
      ([tick, words]) =>
        rule([0, y(tick)], [width, y(tick)], stroked('rule', 0.5)) +
        text(words, { x: -7, y: y(tick) + 3.5, anchor: 'end', color: 'soft' }),
    ),
    ...xTicks.map(
      ([tick, words]) =>
        rule([x(tick), height], [x(tick), height + 4], stroked('rule')) +
        text(words, { x: x(tick), y: height + 15, anchor: 'middle', color: 'soft' }),
    ),
    rule([0, height], [width, height], stroked('soft')),
    rule([0, 0], [0, height], stroked('soft')),
    text('training sequences', { x: width / 2, y: height + 32, size: 11, anchor: 'middle' }),
    text(measure, { x: -42, y: height / 2, size: 11, anchor: 'middle', upward: true }),
  ].join('');
}

function path(points: readonly CurvePoint[], plane: Plane, style: ReturnType<typeof stroked>): string {
  const draw = line<CurvePoint>()
    .x(({ sequences }) => plane.x(sequences))
    .y(({ value }) => plane.y(value))
    .digits(1);
  return points.length < 2
    ? ''
    : element('path', { d: draw(points) ?? '', 'stroke-linejoin': 'round', ...style });
}

/** Dashed lines; names stand above their line at the right, and give way downward when two lines are close. */
function referenceLines(
  lines: readonly CurveLine[],
  { width, y }: Plane,
): { readonly level: string; readonly name: string }[] {
  const shown = lines.filter(({ value }) => Number.isFinite(value) && value >= 0);
  let lowest = Number.NEGATIVE_INFINITY;
  return [...shown]
    .sort((a, b) => b.value - a.value)
    .map(({ name, value }) => {
      const at = y(value);
      lowest = at - 4 < lowest + 12 ? Math.max(lowest + 12, at + 11) : at - 4;
      const place = { x: width - 2, y: lowest, anchor: 'end', color: 'level', rim: true } as const;
      return {
        level: rule([0, at], [width, at], stroked('level', 1.2, '5 3')),
        name: text(`${name} ${plain(value)}`, place),
      };
    });
}

function legend(training: boolean, evaluation: boolean, width: number): string {
  const entries = [
    ...(evaluation ? [['series0', 'evaluation'] as const] : []),
    ...(training ? [['training', 'training'] as const] : []),
  ];
  return entries
    .map(([color, words], i) => {
      const x = width - 90 * (entries.length - i);
      return (
        rule([x, -15], [x + 14, -15], stroked(color, 2)) + text(words, { x: x + 19, y: -11.5, color: 'soft' })
      );
    })
    .join('');
}

/** The smallest and the largest of each stretch, in their order, so that spikes stay. */
function thinned(points: readonly CurvePoint[], most: number): readonly CurvePoint[] {
  if (points.length <= most) return points;
  const stretch = Math.ceil((2 * points.length) / most);
  const kept: CurvePoint[] = [];
  for (let from = 0; from < points.length; from += stretch) {
    const part = points.slice(from, from + stretch);
    const low = part.reduce((a, b) => (b.value < a.value ? b : a));
    const high = part.reduce((a, b) => (b.value > a.value ? b : a));
    kept.push(...(low.sequences < high.sequences ? [low, high] : low === high ? [low] : [high, low]));
  }
  return kept;
}
