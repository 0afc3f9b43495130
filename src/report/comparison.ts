/**
 * Several runs in one picture: their evaluations over training sequences, and over seconds where these were recorded.
 * A run has a color, a dash and a letter at the end of its line, so that none of them must be told by color alone.
 */
import { figure } from './document.ts';
import { SERIES } from './palette.ts';
import { BOTTOM, finite, LEFT, type Plane, type Point, path, planeOf, spread } from './plane.ts';
import type { ComparedRun, ComparisonRecord, CurvePoint, Measure } from './records.ts';
import { element, type Figure, filled, type Panel, rule, shift, stack, stroked, text } from './svg.ts';

const WIDTH = 640;
const HEIGHT = 320;
/** From the end of a line to its letter, and letter to letter. */
const LETTER = 13;
const DASHES = [undefined, '7 3', '2 2.5', '9 3 2 3'];
/** Runs whose lengths differ more than this are drawn over logarithmic time. */
const LOG_RATIO = 30;

/** What runs along the plane. */
interface Across {
  readonly name: string;
  readonly title: string;
  readonly xName: string;
  x(point: CurvePoint): number;
}

const bySequences: Across = {
  name: 'curves',
  title: 'Learning curves by training sequences',
  xName: 'training sequences',
  x: ({ sequences }) => sequences,
};

const bySeconds: Across = {
  name: 'curves-by-seconds',
  title: 'Learning curves by time',
  xName: 'seconds of training',
  x: ({ seconds }) => seconds ?? Number.NaN,
};

/** The pictures of a comparison: by sequences, and by seconds where two runs or more have them. */
export function comparisonFigures(record: ComparisonRecord): Figure[] {
  const timed = record.runs.filter(({ curves }) =>
    curves.flat().some(({ seconds }) => seconds !== undefined),
  );
  return [bySequences, ...(timed.length >= 2 ? [bySeconds] : [])].map((across) =>
    figure(
      {
        name: across.name,
        title: across.title,
        subtitle: record.title,
        description: described(record, across),
      },
      stack([legend(record.runs, across), ...record.measures.map((_, i) => overlay(record, i, across))], 14),
    ),
  );
}

function described({ measures, runs }: ComparisonRecord, { xName }: Across): string {
  const told = runs.map(({ key, name, note }) => `${key}: ${name}, ${note}`).join('; ');
  return `${measures.map(({ name }) => name).join(' and ')} over ${xName} for ${runs.length} runs, with reference lines. ${told}.`;
}

function look(i: number) {
  return stroked(`series${i % SERIES}`, 1.8, DASHES[i % DASHES.length]);
}

/** A line for each run: its sign, its letter, its name and how it ended. */
function legend(runs: readonly ComparedRun[], across: Across): Panel {
  const longest = Math.max(...runs.map(({ name }) => name.length));
  const lines = runs.map(({ key, name, note, curves }, i) => {
    const y = 10 + 16 * i;
    const points = finite((curves[0] ?? []).map((point) => ({ x: point.sequences, value: point.value })));
    const shown = finite((curves[0] ?? []).map((point) => ({ x: across.x(point), value: point.value })));
    const untimed = points.length > 0 && shown.length === 0;
    return [
      rule([0, y - 3.5], [30, y - 3.5], look(i)),
      text(key, { x: 38, y, size: 11, bold: true }),
      text(name, { x: 56, y, size: 11 }),
      text(untimed ? `${note}; no line here: ${across.xName} not recorded` : note, {
        x: 70 + 7 * longest,
        y,
        size: 11,
        color: 'soft',
      }),
    ].join('');
  });
  const notes = Math.max(...runs.map(({ note }) => note.length));
  return { width: 70 + 7 * longest + 6.6 * notes, height: 16 * runs.length, body: lines.join('') };
}

function overlay({ runs, measures }: ComparisonRecord, index: number, across: Across): Panel {
  const { name, lines, log } = measures[index] as Measure;
  const curves = runs.map(({ curves: all }) =>
    finite((all[index] ?? []).map((point) => ({ x: across.x(point), value: point.value }))),
  );
  const ends = curves.flatMap((points) => points.at(-1)?.x ?? []).filter((x) => x > 0);
  const plane = planeOf({
    width: WIDTH,
    height: measures.length > 1 ? HEIGHT * 0.7 : HEIGHT,
    points: curves.flat(),
    levels: lines,
    log: log !== false,
    logX: Math.max(...ends) > LOG_RATIO * Math.min(...ends),
    // Orange is a run's here.
    levelColor: 'soft',
    free: LETTER + 4,
    xName: across.xName,
    yName: name,
  });
  const body = [
    plane.axes,
    plane.levels,
    ...curves.map((points, i) => path(points, plane, look(i))),
    ...curves.map((points, i) => (points.length === 1 ? dot(points[0]!, plane, i) : '')),
    ...letters(runs, curves, plane),
  ];
  return {
    width: LEFT + WIDTH + plane.right,
    height: 8 + plane.height + BOTTOM,
    body: shift(body.join(''), LEFT, 8),
  };
}

function dot({ x, value }: Point, plane: Plane, i: number): string {
  return element('circle', { cx: plane.x(x), cy: plane.y(value), r: 3, ...filled(`series${i % SERIES}`) });
}

/** Each run's letter where its line ends; those that end at one place stand under each other. */
function letters(
  runs: readonly ComparedRun[],
  curves: readonly (readonly Point[])[],
  plane: Plane,
): string[] {
  const ends = curves
    .flatMap((points, i) => {
      const last = points.at(-1);
      return last === undefined ? [] : [{ i, x: plane.x(last.x), y: plane.y(last.value) }];
    })
    .sort((a, b) => a.x - b.x);
  const groups: (typeof ends)[] = [];
  for (const end of ends) {
    const group = groups.at(-1);
    if (group !== undefined && end.x - group.at(-1)!.x < LETTER) group.push(end);
    else groups.push([end]);
  }
  return groups.flatMap((group) => {
    const sorted = [...group].sort((a, b) => a.y - b.y);
    const places = spread(
      sorted.map(({ y }) => y),
      { gap: LETTER - 1, low: 0, high: plane.height },
    );
    return sorted.map(({ i, x }, at) =>
      text(runs[i]!.key, {
        x: x + 4,
        y: places[at]! + 4,
        size: 11,
        bold: true,
        color: `series${i % SERIES}`,
        rim: true,
      }),
    );
  });
}
