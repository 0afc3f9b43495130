/**
 * How far a model goes beyond what it was trained on: the share of wrong outputs and of sequences with any error, over
 * the setting that grows. What it was trained on is shaded, and a line stands where that ends.
 */
import { figure } from './document.ts';
import type { Color } from './palette.ts';
import { BOTTOM, finite, LEFT, type Plane, path, planeOf } from './plane.ts';
import type { GeneralizationRecord } from './records.ts';
import { element, type Figure, filled, type Panel, rule, shift, stroked, text } from './svg.ts';

const WIDTH = 560;
const HEIGHT = 300;
/** Over the plane: the legend, and under it what the shade means. */
const TOP = 42;
const INEXACT = '% of sequences with any error';

/** The picture of a grid of evaluations. */
export function generalizationFigure(record: GeneralizationRecord): Figure {
  const { title, subtitle, xName, measure, trained, points } = record;
  const told = points
    .map(({ at, wrong, inexact }) => `${at}: ${percent(wrong)} and ${percent(inexact)}`)
    .join('; ');
  return figure(
    {
      name: 'generalization',
      title: 'Beyond what it was trained on',
      subtitle: [title, subtitle].join(' \u00b7 '),
      description: `${measure}, and percentage of sequences with any error, by ${xName}; trained on ${range(trained)}. ${told}.`,
    },
    panel(record),
  );
}

function percent(value: number): string {
  return Number.isFinite(value) ? `${Number(value.toPrecision(3))} %` : 'not known';
}

function range({ from, to }: GeneralizationRecord['trained']): string {
  return from === to ? String(to) : `${from} to ${to}`;
}

function panel({ xName, measure, trained, points, lines }: GeneralizationRecord): Panel {
  const wrong = finite(points.map(({ at, wrong: value }) => ({ x: at, value })));
  // One answer a sequence is wrong as often as its sequence: a second line would only hide under the first.
  const same = points.every((point) => point.wrong === point.inexact) && points.some(({ wrong: w }) => w > 0);
  const inexact = same ? [] : finite(points.map(({ at, inexact: value }) => ({ x: at, value })));
  const plane = planeOf({
    width: WIDTH,
    height: HEIGHT,
    points: [...wrong, ...inexact],
    levels: lines,
    log: false,
    top: 100,
    xName,
    yName: '%',
  });
  const body = [
    shade(trained, plane),
    plane.axes,
    plane.levels,
    ...dotted(inexact, plane, { color: 'series2', dashes: '7 3' }),
    ...dotted(wrong, plane, { color: 'series0' }),
    rule([plane.x(trained.to), 0], [plane.x(trained.to), HEIGHT], stroked('ink', 1, '2 2')),
    text(`trained on ${range(trained)}`, {
      x: plane.x(trained.to),
      y: -5,
      anchor: plane.x(trained.to) < WIDTH / 4 ? 'start' : 'end',
    }),
    entry(0, measure, stroked('series0', 2)),
    same ? '' : entry(38 + 6.4 * measure.length, INEXACT, stroked('series2', 2, '7 3')),
  ];
  return {
    width: LEFT + WIDTH + plane.right,
    height: TOP + HEIGHT + BOTTOM,
    body: shift(body.join(''), LEFT, TOP),
  };
}

function shade({ from, to }: GeneralizationRecord['trained'], plane: Plane): string {
  const left = plane.x(from);
  return element('rect', {
    x: left,
    width: Math.max(1, plane.x(to) - left),
    height: plane.height,
    ...filled('blank'),
  });
}

function dotted(
  points: readonly { readonly x: number; readonly value: number }[],
  plane: Plane,
  { color, dashes }: { readonly color: Color; readonly dashes?: string },
): string[] {
  return [
    path(points, plane, stroked(color, 2, dashes)),
    ...points.map(({ x, value }) =>
      element('circle', { cx: plane.x(x), cy: plane.y(value), r: 3, ...filled(color) }),
    ),
  ];
}

function entry(x: number, words: string, line: ReturnType<typeof stroked>): string {
  return shift(rule([0, 0], [18, 0], line) + text(words, { x: 23, y: 3.5, color: 'soft' }), x, -30);
}
