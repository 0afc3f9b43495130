/**
 * A plane small enough for many beside each other, all on the same scales: two ticks along, a few up, and no names but
 * what stands over it. Made for a width of half a phone; nothing in it is smaller than a reader's print there.
 */
import { scaleLinear, scaleLog } from 'd3-scale';
import { area } from 'd3-shape';
import { shortNumber } from './color-bar.ts';
import type { Color } from './palette.ts';
import { element, escapeText, filled, number, type Panel, rule, shift, stroked, text } from './svg.ts';

/** A number that is not known from one to another; `low` and `high` may be the same. */
export interface Band {
  readonly x: number;
  readonly low: number;
  readonly high: number;
}

/** An axis: from where to where, and how. */
export interface Axis {
  readonly low: number;
  readonly high: number;
  readonly log?: boolean;
  readonly ticks: readonly number[];
  /** How a tick is written; two digits where it is left out. */
  words?(tick: number): string;
}

/** Where things are. */
export interface SmallPlane {
  readonly width: number;
  readonly height: number;
  x(value: number): number;
  y(value: number): number;
  /** Its lines, under what is drawn. */
  readonly grid: string;
}

/** Left of the plane, for its ticks: `100 %`. */
const LEFT = 34;
const TOP = 17;
const BOTTOM = 15;

/** A plane of this size with its ticks. */
export function smallPlane(
  size: { readonly width: number; readonly height: number },
  x: Axis,
  y: Axis,
): SmallPlane {
  const across = scaleOf(x, [0, size.width]);
  const up = scaleOf(y, [size.height, 0]);
  const grid = [
    ...y.ticks.map(
      (tick) =>
        rule([0, up(tick)], [size.width, up(tick)], stroked('rule', 0.5)) +
        text((y.words ?? shortNumber)(tick), {
          x: -4,
          y: up(tick) + 3,
          size: 9,
          anchor: 'end',
          color: 'soft',
        }),
    ),
    ...x.ticks.map((tick) => xTick(across(tick), (x.words ?? shortNumber)(tick), size)),
    rule([0, size.height], [size.width, size.height], stroked('soft', 0.8)),
  ].join('');
  return { ...size, x: across, y: up, grid };
}

/** A tick and its words, which stay within the plane. */
function xTick(x: number, words: string, size: { readonly width: number; readonly height: number }): string {
  const anchor = x < 10 ? 'start' : x > size.width - 10 ? 'end' : 'middle';
  return (
    rule([x, size.height], [x, size.height + 3], stroked('soft', 0.8)) +
    text(words, { x, y: size.height + 12, size: 9, anchor, color: 'soft' })
  );
}

/** Values outside are drawn on the edge. */
function scaleOf({ low, high, log = false }: Axis, range: [number, number]): (value: number) => number {
  return (log ? scaleLog() : scaleLinear()).domain([low, high]).range(range).clamp(true);
}

/** The panel of a plane: its name and a note over it, and what is drawn. */
export function namedPlane(
  { width, height, grid }: SmallPlane,
  drawn: string,
  [name, note]: readonly [string, string],
): Panel {
  const heading =
    text(name, { x: 0, y: -6, size: 10.5, bold: true }) +
    (note === '' ? '' : text(note, { x: width, y: -6, size: 9, anchor: 'end', color: 'soft' }));
  return {
    width: LEFT + width + 4,
    height: TOP + height + BOTTOM,
    body: shift(grid + drawn + heading, LEFT, TOP),
  };
}

/** What lies between the ends of bands, from each to the next; stepped where a value holds until the next. */
export function bandShape(bands: readonly Band[], plane: SmallPlane, color: Color, opacity = 0.55): string {
  const draw = area<Band>()
    .defined(({ low }) => Number.isFinite(low))
    .x(({ x }) => plane.x(x))
    .y0(({ low }) => plane.y(low))
    .y1(({ high }) => plane.y(high))
    .digits(1);
  return bands.length < 2
    ? ''
    : element('path', { d: draw(bands) ?? '', 'fill-opacity': opacity, ...filled(color) });
}

/** The corners of a line that goes level from each point to the next, and up or down there. */
export function stepped<B extends Band>(bands: readonly B[]): B[] {
  return bands.flatMap((band, i) => {
    const before = bands[i - 1];
    return before === undefined ? [band] : [{ ...before, x: band.x }, band];
  });
}

/** A panel as a picture within a page, as wide as its place there. */
export function inlineSvg({ width, height, body }: Panel, label: string): string {
  return element(
    'svg',
    {
      viewBox: `0 0 ${number(width)} ${number(height)}`,
      role: 'img',
      'aria-label': label,
      'font-family': "'DejaVu Sans', sans-serif",
    },
    `${element('title', {}, escapeText(label))}${body}`,
  );
}
