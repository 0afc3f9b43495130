/** Lines over a plane, each with its name: what an experiment measured over what was varied, and levels to compare with. */
import { figure, type Heading } from './document.ts';
import { SERIES } from './palette.ts';
import { BOTTOM, finite, LEFT, type Plane, type Point, path, planeOf } from './plane.ts';
import type { CurveLine } from './records.ts';
import { element, type Figure, filled, type Panel, rule, shift, stack, stroked, text } from './svg.ts';

const WIDTH = 520;
const HEIGHT = 280;
const DASHES = [undefined, '7 3', '2 2.5', '9 3 2 3'];
const LINE = 16;

/** One plane with its lines. */
export interface LinesRecord {
  readonly xName: string;
  readonly yName: string;
  readonly lines: readonly { readonly name: string; readonly points: readonly Point[] }[];
  readonly levels?: readonly CurveLine[];
  /** Where the values end; a round number above all of them where it is left out. */
  readonly top?: number;
  readonly logX?: boolean;
  readonly logY?: boolean;
}

/** The picture of one plane, or of several under each other. */
export function linesFigure(heading: Heading, ...records: readonly LinesRecord[]): Figure {
  return figure(heading, stack(records.map(panel), 16));
}

function panel({ xName, yName, lines, levels = [], top, logX = false, logY = false }: LinesRecord): Panel {
  const shown = lines.map(({ points }) => finite(points));
  const plane = planeOf({
    width: WIDTH,
    height: HEIGHT,
    points: shown.flat(),
    levels,
    log: logY,
    logX,
    ...(top !== undefined && { top }),
    levelColor: 'soft',
    xName,
    yName,
  });
  const legend = lines.length > 1 ? lines.map(({ name }, i) => entry(name, i)).join('') : '';
  const above = (lines.length > 1 ? LINE * lines.length : 0) + 8;
  const body = [plane.axes, plane.levels, ...shown.map((points, i) => drawn(points, plane, i))];
  return {
    width: LEFT + WIDTH + plane.right,
    height: above + HEIGHT + BOTTOM,
    body: shift(legend, LEFT, 0) + shift(body.join(''), LEFT, above),
  };
}

function look(i: number) {
  return stroked(`series${i % SERIES}`, 1.8, DASHES[i % DASHES.length]);
}

function entry(name: string, i: number): string {
  const y = 8 + LINE * i;
  return rule([0, y - 3.5], [26, y - 3.5], look(i)) + text(name, { x: 34, y, size: 11 });
}

function drawn(points: readonly Point[], plane: Plane, i: number): string {
  const dots = points.map(({ x, value }) =>
    element('circle', { cx: plane.x(x), cy: plane.y(value), r: 2.4, ...filled(`series${i % SERIES}`) }),
  );
  return path(points, plane, look(i)) + dots.join('');
}
