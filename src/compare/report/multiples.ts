/**
 * A small picture for each cell on the same scales, its own curve and band in color before those of all others in gray:
 * read as well with three cells as with thirty, where lines over each other are not.
 */
import { line } from 'd3-shape';
import type { Axis, Band, SmallPlane } from '../../report/small-plane.ts';
import { bandShape, inlineSvg, namedPlane, smallPlane, stepped } from '../../report/small-plane.ts';
import { element, filled, rule, stroked } from '../../report/svg.ts';

/** A point of a curve with what it may as well be. */
export interface CurvePoint extends Band {
  readonly value: number;
}

/** The curve of a cell. */
export interface CellCurve {
  readonly cell: string;
  /** Over its picture, on the right. */
  readonly note: string;
  readonly points: readonly CurvePoint[];
}

/** What all pictures share. */
export interface Multiples {
  /** Their own on the page: the curves of all cells are drawn once under it, and shown in each. */
  readonly id: string;
  readonly what: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly curves: readonly CellCurve[];
  readonly levels: readonly { readonly name: string; readonly value: number }[];
  /** Whether a value holds until the next. */
  readonly steps?: boolean;
  /** Whether points are few, and marked. */
  readonly dots?: boolean;
  /** Up to where the x of training goes. */
  readonly trainedTo?: number;
}

const SIZE = { width: 130, height: 84 };

/** The pictures, in the order of the curves. */
export function multiples(shared: Multiples): string[] {
  const plane = smallPlane(SIZE, shared.x, shared.y);
  const all = shared.curves.map(({ points }) => lineOf(points, plane, stroked('rule', 0.9), shared.steps));
  const id = `all-${shared.id}`;
  return shared.curves.map(({ cell, note, points }, i) => {
    const drawn = [
      shared.trainedTo === undefined ? '' : trainedMark(shared.trainedTo, plane),
      i === 0 ? element('g', { id }, all.join('')) : element('use', { href: `#${id}` }),
      bandShape(shared.steps ? stepped(points) : points, plane, 'training'),
      ...shared.levels.map(({ value }) =>
        rule([0, plane.y(value)], [plane.width, plane.y(value)], stroked('level', 0.9, '3 2')),
      ),
      lineOf(points, plane, stroked('series0', 1.8), shared.steps),
      ...(shared.dots ? points.map((point) => dot(point, plane)) : []),
    ];
    return inlineSvg(namedPlane(plane, drawn.join(''), [cell, note]), `${shared.what}: ${cell}, ${note}`);
  });
}

function trainedMark(to: number, plane: SmallPlane): string {
  return element('rect', { width: plane.x(to), height: plane.height, ...filled('blank') });
}

function dot({ x, value }: CurvePoint, plane: SmallPlane): string {
  return element('circle', { cx: plane.x(x), cy: plane.y(value), r: 2.2, ...filled('series0') });
}

function lineOf(
  points: readonly CurvePoint[],
  plane: SmallPlane,
  style: ReturnType<typeof stroked>,
  steps = false,
): string {
  const corners = steps ? stepped(points) : points;
  const draw = line<CurvePoint>()
    .defined(({ value }) => Number.isFinite(value))
    .x(({ x }) => plane.x(x))
    .y(({ value }) => plane.y(value))
    .digits(1);
  return corners.length < 2
    ? ''
    : element('path', { d: draw(corners as CurvePoint[]) ?? '', 'stroke-linejoin': 'round', ...style });
}
