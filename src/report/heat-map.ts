/**
 * A grid of numbers as colors. A map of 41 steps by 128 slots would be 5,248 rectangles; instead each of the
 * ramp's shades is one path of merged runs in whole cells, scaled once, and cells in the color of the paper are
 * not drawn. Rows count downward from 0.
 */
import { scaleLinear } from 'd3-scale';
import { colorBar, invalidMark } from './color-bar.ts';
import { type ColorScale, colorOf } from './palette.ts';
import { element, type Panel, shift, stroked, text } from './svg.ts';

/** Numbers by row and column. */
export interface Grid {
  readonly rows: number;
  readonly columns: number;
  value(row: number, column: number): number;
}

/** The colored cells of a grid, one unit wide and high each: every run is a stroke along the middle of its row. */
export function cells(grid: Grid, scale: ColorScale): string {
  const pens = new Map<string, { row: number; column: number; path: string }>();
  for (let row = 0; row < grid.rows; row++) {
    for (const { start, end, color } of runsOf(grid, row, scale)) {
      const pen = pens.get(color) ?? { row: -1, column: 0, path: '' };
      const move = pen.row === row ? `m${start - pen.column} 0` : `M${start} ${row}`;
      pens.set(color, { row, column: end, path: `${pen.path}${move}h${end - start}` });
    }
  }
  const strokes = [...pens]
    .sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
    .map(([color, { path }]) => element('path', { d: path, ...stroked(color) }));
  return shift(strokes.join(''), 0, 0.5);
}

/** Neighbors of one color in a row, without those in the color of the paper. */
function* runsOf(grid: Grid, row: number, scale: ColorScale) {
  let start = 0;
  let color = grid.columns > 0 ? colorOf(grid.value(row, 0), scale) : undefined;
  for (let column = 1; column <= grid.columns; column++) {
    const next = column < grid.columns ? colorOf(grid.value(row, column), scale) : undefined;
    if (next === color && column < grid.columns) continue;
    if (color !== undefined) yield { start, end: column, color };
    start = column;
    color = next;
  }
}

/** Left of every map: the numbers of the rows, and what rows are. */
export const GUTTER = 46;
/** Right of every map: the color bar. */
export const BAR_ROOM = 56;
/** Above every map: its name. */
export const NAME_ROOM = 18;

/** Labels of rows closer than this would touch. */
const LABEL_HEIGHT = 9;

/** A grid with its name, the numbers of its rows and, if asked for, the scale of its colors. */
export interface HeatMap {
  readonly name: string;
  readonly grid: Grid;
  readonly scale: ColorScale;
  /** Pixels of a cell. */
  readonly cell: { readonly width: number; readonly height: number };
  /** What a row is: `slot`. */
  readonly rowName: string;
  /** What each row is called, instead of its number. */
  readonly rowNames?: readonly string[] | undefined;
  readonly bar?: boolean;
  /** Drawn under the cells, in pixels: what is not there to be seen. */
  readonly under?: string;
  /** Drawn over the cells, in pixels. */
  readonly over?: string;
}

/** A heat map as a panel: gutter, map, room for the color bar. */
export function heatMap(map: HeatMap): Panel {
  const { grid, cell, scale } = map;
  const width = grid.columns * cell.width;
  const height = grid.rows * cell.height;
  const painted = element(
    'g',
    {
      transform: `scale(${cell.width} ${cell.height})`,
      'shape-rendering': Math.min(cell.width, cell.height) >= 1 ? 'crispEdges' : undefined,
    },
    cells(grid, scale),
  );
  const body = [
    text(map.name, { x: GUTTER, y: 11, size: 11 }),
    shift(
      [
        map.under ?? '',
        painted,
        map.over ?? '',
        element('rect', { x: -0.5, y: -0.5, width: width + 1, height: height + 1, ...stroked('rule') }),
        rowLabels(map),
        map.bar === true ? shift(bar(map, height), width + 12, 0) : '',
      ].join(''),
      GUTTER,
      NAME_ROOM,
    ),
  ];
  return {
    width: GUTTER + Math.max(width + BAR_ROOM, 6.8 * map.name.length),
    height: NAME_ROOM + height,
    body: body.join(''),
  };
}

/** The scale, and what gray means if there is any. */
function bar({ grid, scale }: HeatMap, height: number): string {
  const tall = Math.min(Math.max(height, 24), 120);
  const invalid = [...valuesOf(grid)].some((value) => !Number.isFinite(value));
  return colorBar(scale, tall) + (invalid ? invalidMark(tall + 10) : '');
}

/** Every number of a grid. */
export function* valuesOf(grid: Grid): Generator<number> {
  for (let row = 0; row < grid.rows; row++) {
    for (let column = 0; column < grid.columns; column++) yield grid.value(row, column);
  }
}

/** Numbers or names beside the rows, as many as fit, and what a row is. */
function rowLabels({ grid, cell, rowName, rowNames }: HeatMap): string {
  const height = grid.rows * cell.height;
  const all = rowNames !== undefined && cell.height >= LABEL_HEIGHT;
  const rows = all
    ? Array.from({ length: grid.rows }, (_, row) => row)
    : apart(wholeTicks(grid.rows, Math.floor(height / 22)), LABEL_HEIGHT / cell.height);
  const labels = rows.map((row) =>
    text(rowNames?.[row] ?? String(row), {
      x: -6,
      y: (row + 0.5) * cell.height + 3,
      size: 9,
      anchor: 'end',
      color: 'soft',
    }),
  );
  const room = rows.every((row) => (rowNames?.[row] ?? '').length <= 3) && height >= 6 * rowName.length;
  const title = room
    ? text(rowName, { x: -34, y: height / 2, size: 9, anchor: 'middle', color: 'soft', upward: true })
    : '';
  return labels.join('') + title;
}

/** The ticks, or the first alone where they are closer than `least`. */
function apart(ticks: readonly number[], least: number): readonly number[] {
  const [first = 0, second = Number.POSITIVE_INFINITY] = ticks;
  return second - first < least ? ticks.slice(0, 1) : ticks;
}

/** About `count` round numbers among 0 ... size-1. */
export function wholeTicks(size: number, count: number): number[] {
  if (size < 2) return [];
  return scaleLinear()
    .domain([0, size - 1])
    .ticks(Math.max(1, Math.min(count, 8)))
    .filter((tick) => Number.isInteger(tick));
}
