/**
 * Input, target, output and error of one sequence, aligned over time. Outputs are probabilities, shown on scored
 * steps only: elsewhere nothing is asked of the model, and what it says there means nothing. Of channels that are
 * symbols, only those that occur are shown, each by its name.
 */
import type { NamedArray } from '../core/contracts.ts';
import { outcome } from './answer.ts';
import { type Grid, heatMap, valuesOf } from './heat-map.ts';
import { type ColorScale, scaleFor } from './palette.ts';
import type { SequenceRecord } from './records.ts';
import { element, filled, type Panel } from './svg.ts';
import { runs, scoredMarks, type TimeAxis } from './time-axis.ts';

/** Bits and one-hot symbols from 0 to 1; what leaves that range has its own. */
function scaleOf(shown: Grid): ColorScale {
  const numbers = [...valuesOf(shown)];
  return numbers.every((value) => value >= 0 && value <= 1) ? SHARE : scaleFor(numbers);
}

const SHARE: ColorScale = { kind: 'amount', high: 1 };
const ERROR: ColorScale = { kind: 'error', high: 1 };
/** Pixels of a row that has a name beside it. */
const NAMED_ROW = 12;

interface Strip {
  readonly name: string;
  readonly grid: Grid;
  readonly names?: readonly string[] | undefined;
  readonly scale: ColorScale;
  /** What is not scored is gray. */
  readonly masked: boolean;
  readonly bar: boolean;
}

/** The four strips, top to bottom. */
export function strips(sequence: SequenceRecord, axis: TimeAxis): Panel[] {
  const { inputs, targets, outputs, mask, inputNames, outputNames } = sequence;
  const scored = (t: number) => mask.data[t]! > 0;
  const target = grid(targets);
  const output = grid(outputs);
  const error: Grid = {
    ...target,
    value: (row, t) => Math.abs(target.value(row, t) - output.value(row, t)),
  };
  const onlyScored = (all: Grid): Grid => ({
    ...all,
    value: (row, t) => (scored(t) ? all.value(row, t) : 0),
  });
  const draw = ({ name, grid: shown, names, scale, masked, bar }: Strip) => {
    const height = names ? NAMED_ROW : rowHeight(shown.rows);
    return heatMap({
      name,
      grid: shown,
      scale,
      cell: { width: axis.stepWidth, height },
      rowName: names ? 'symbol' : 'channel',
      rowNames: names,
      under: masked ? unscored(axis, shown.rows * height, scored) : '',
      over: scoredMarks(axis, shown.rows * height),
      bar,
    });
  };
  const shown = occurring(grid(inputs), inputNames);
  const asked = { names: outputNames, masked: true };
  const wrong = outcome(sequence);
  const values = sequence.loss === 'value';
  // Numbers have no range of their own: targets and outputs share the one they take.
  const scale = values ? scaleFor([...valuesOf(onlyScored(target)), ...valuesOf(onlyScored(output))]) : SHARE;
  return [
    draw({ ...shown, name: 'input', scale: scaleOf(shown.grid), masked: false, bar: true }),
    draw({ ...asked, name: 'target', grid: onlyScored(target), scale, bar: false }),
    draw({
      ...asked,
      name: values ? 'output' : 'output (probability)',
      grid: onlyScored(output),
      scale,
      bar: values,
    }),
    draw({
      ...asked,
      name: `error |target \u2212 output|${wrong === '' ? '' : `: ${wrong}`}`,
      grid: onlyScored(error),
      scale: values ? { ...ERROR, high: scale.high } : ERROR,
      bar: true,
    }),
  ];
}

/** A [T,C] array with channels down and time across. */
function grid({ shape, data }: NamedArray): Grid {
  const [columns = 0, rows = 0] = shape;
  return { rows, columns, value: (row, t) => data[t * rows + row]! };
}

/** The rows in which something is on, where rows have names; all of them otherwise. */
function occurring(all: Grid, names: readonly string[] | undefined): Pick<Strip, 'grid' | 'names'> {
  if (names === undefined) return { grid: all };
  const rows = Array.from({ length: all.rows }, (_, row) => row).filter((row) =>
    Array.from({ length: all.columns }, (_, t) => all.value(row, t)).some((value) => value !== 0),
  );
  return {
    grid: { ...all, rows: rows.length, value: (row, t) => all.value(rows[row]!, t) },
    names: rows.map((row) => names[row] ?? String(row)),
  };
}

function rowHeight(rows: number): number {
  return Math.min(10, Math.max(2, Math.floor(200 / Math.max(1, rows))));
}

/** Gray ground where nothing is scored. */
function unscored(axis: TimeAxis, height: number, scored: (t: number) => boolean): string {
  return runs(axis.steps, (t) => !scored(t))
    .map(([from, to]) =>
      element('rect', {
        x: from * axis.stepWidth,
        width: (to - from) * axis.stepWidth,
        height,
        ...filled('blank'),
      }),
    )
    .join('');
}
