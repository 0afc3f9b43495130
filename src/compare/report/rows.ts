/** Pictures with a row for each cell: its name, and beside it numbers with their intervals, each column on a scale of its own. */
import { scaleLinear, scaleLog } from 'd3-scale';
import { element, filled, type Panel, rule, shift, stroked, text } from '../../report/svg.ts';

/** A number and what it may as well be; nothing where there is none. */
export interface Estimate {
  readonly at: number;
  readonly low: number;
  /** Infinite where it is open. */
  readonly high: number;
  readonly words: string;
}

/** A column of numbers. */
export interface Column {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  readonly log?: boolean;
  readonly ticks: readonly (readonly [number, string])[];
  /** For each row. */
  readonly estimates: readonly (Estimate | undefined)[];
  /** What stands where there is none. */
  readonly missing?: string;
}

const ROW = 17;
const TOP = 34;
const BOTTOM = 16;
/** Of a phone, less its margins. */
const WIDTH = 340;
const LETTER = 6.3;
const GAP = 14;
/** Right of a scale, for the words of its estimates. */
const WORDS = 38;

/** The picture of all rows. */
export function rowsPanel(names: readonly string[], columns: readonly Column[]): Panel {
  const left = Math.ceil(LETTER * Math.max(4, ...names.map((name) => Math.min(18, name.length)))) + 6;
  const each = (WIDTH - left - GAP * (columns.length - 1)) / columns.length;
  const height = TOP + ROW * names.length + BOTTOM;
  const body = [
    ...names.map((name, i) =>
      text(name.length > 18 ? `${name.slice(0, 17)}\u2026` : name, {
        x: 0,
        y: TOP + ROW * i + 12,
        size: 10.5,
      }),
    ),
    ...names
      .slice(1)
      .map((_, i) => rule([0, TOP + ROW * (i + 1)], [WIDTH, TOP + ROW * (i + 1)], stroked('rule', 0.4))),
    ...columns.map((column, i) => shift(columnBody(column, each, names.length), left + i * (each + GAP), 0)),
  ];
  return { width: WIDTH, height, body: body.join('') };
}

function columnBody(column: Column, width: number, rows: number): string {
  const { name, low, high, log = false, ticks, estimates, missing = '' } = column;
  const end = width - WORDS;
  const scale = (log ? scaleLog() : scaleLinear()).domain([low, high]).range([0, end]).clamp(true);
  const bottom = TOP + ROW * rows;
  return [
    text(name, { x: 0, y: 11, size: 10, bold: true }),
    ...ticks.map(([tick, words]) => {
      const x = scale(tick);
      return (
        rule([x, TOP - 4], [x, bottom], stroked('rule', 0.5)) +
        text(words, { x, y: TOP - 8, size: 9, anchor: 'middle', color: 'soft' })
      );
    }),
    ...estimates.map((estimate, i) => {
      const y = TOP + ROW * i + ROW / 2;
      if (estimate === undefined)
        return text(missing, { x: width, y: y + 3.5, size: 9.5, anchor: 'end', color: 'soft' });
      const open = !Number.isFinite(estimate.high);
      const [from, at, to] = [scale(estimate.low), scale(estimate.at), open ? end : scale(estimate.high)];
      return [
        rule([from, y], [to, y], stroked('series0', 2)),
        open
          ? element('path', {
              d: `M${to - 3} ${y - 3}L${to + 2} ${y}L${to - 3} ${y + 3}Z`,
              ...filled('series0'),
            })
          : '',
        Number.isFinite(estimate.at)
          ? element('circle', { cx: at, cy: y, r: 3.2, ...filled('series0') })
          : '',
        text(estimate.words, { x: width, y: y + 3.5, size: 9.5, anchor: 'end' }),
      ].join('');
    }),
  ].join('');
}
