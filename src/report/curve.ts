/**
 * The learning curve: evaluations as a line with dots, the training loss thin behind it, a ring where the task was
 * solved, and the levels to compare with as dashed lines that are named in the margin.
 */
import { BOTTOM, finite, LEFT, type Plane, type Point, path, planeOf, thinned } from './plane.ts';
import type { CurvePoint, CurveRecord } from './records.ts';
import { element, filled, type Panel, rule, shift, stroked, text } from './svg.ts';

const TOP = 22;
/** A training loss of more points than this is thinned to its smallest and largest in each stretch. */
const MOST_POINTS = 800;
/** More evaluations than this stand too close for dots. */
const MOST_DOTS = 60;

/** The height that a curve needs around its plane. */
export const AROUND_HEIGHT: number = TOP + BOTTOM;

/** The learning curve on a plane of this size in pixels. */
export function curve(record: CurveRecord, width: number, height: number): Panel {
  const evaluation = finite(record.evaluation.map(bySequences));
  const measured = finite(record.training.map(bySequences));
  const plane = planeOf({
    width,
    height,
    points: [...measured, ...evaluation],
    levels: record.lines,
    log: record.log !== false,
    xName: 'training sequences',
    yName: record.measure,
  });
  const dots = evaluation.length > MOST_DOTS ? [] : evaluation;
  const solved = evaluation.find(({ x }) => x === record.solvedAt);
  const body = [
    plane.axes,
    path(thinned(measured, MOST_POINTS), plane, stroked('training', 1)),
    plane.levels,
    path(evaluation, plane, stroked('series0', 2)),
    ...dots.map((point) => element('circle', { ...place(point, plane), r: 2.4, ...filled('series0') })),
    solved === undefined ? '' : ring(place(solved, plane)),
    evaluation.length + measured.length === 0
      ? text('no measurements yet', {
          x: width / 2,
          y: height / 2,
          size: 11,
          anchor: 'middle',
          color: 'soft',
        })
      : legend([
          ...(evaluation.length > 0 ? [['evaluation', swatch('series0')] as const] : []),
          ...(measured.length > 0 ? [['training', swatch('training')] as const] : []),
          ...(solved === undefined
            ? []
            : [[`solved after ${grouped(solved.x)}`, ring({ cx: 7, cy: 0 })] as const]),
        ]),
  ];
  return {
    width: LEFT + width + plane.right,
    height: TOP + height + BOTTOM,
    body: shift(body.join(''), LEFT, TOP),
  };
}

function bySequences({ sequences, value }: CurvePoint): Point {
  return { x: sequences, value };
}

function place({ x, value }: Point, plane: Plane): { readonly cx: number; readonly cy: number } {
  return { cx: plane.x(x), cy: plane.y(value) };
}

function ring(at: { readonly cx: number; readonly cy: number }): string {
  return element('circle', { ...at, r: 5, ...stroked('ink', 1.4) });
}

function swatch(color: string): string {
  return rule([0, 0], [14, 0], stroked(color, 2));
}

/** Thousands in groups: `12,000`. */
export function grouped(value: number): string {
  return value.toLocaleString('en-US');
}

/** Signs and their words, above the plane from the left. */
function legend(entries: readonly (readonly [words: string, sign: string])[]): string {
  let x = 0;
  return entries
    .map(([words, sign]) => {
      const entry = shift(sign + text(words, { x: 19, y: 3.5, color: 'soft' }), x, -12);
      x += 38 + 6 * words.length;
      return entry;
    })
    .join('');
}
