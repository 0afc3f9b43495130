/**
 * Input, target, output and error of one sequence, aligned over time. Outputs are probabilities, shown on scored
 * steps only: elsewhere nothing is asked of the model, and what it says there means nothing.
 */
import type { NamedArray } from '../core/contracts.ts';
import { type Grid, heatMap } from './heat-map.ts';
import type { ColorScale } from './palette.ts';
import type { SequenceRecord } from './records.ts';
import { element, filled, type Panel } from './svg.ts';
import { runs, scoredMarks, type TimeAxis } from './time-axis.ts';

const SHARE: ColorScale = { kind: 'amount', high: 1 };
const ERROR: ColorScale = { kind: 'error', high: 1 };

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
  const strip = (name: string, shown: Grid, names: readonly string[] | undefined, isError = false) =>
    heatMap({
      name,
      grid: shown,
      scale: isError ? ERROR : SHARE,
      cell: { width: axis.stepWidth, height: rowHeight(shown.rows) },
      rowName: inputNames || outputNames ? '' : 'channel',
      rowNames: names,
      under: name === 'input' ? '' : unscored(axis, shown.rows * rowHeight(shown.rows), scored),
      over: scoredMarks(axis, shown.rows * rowHeight(shown.rows)),
      bar: name === 'input' || isError,
    });
  const onlyScored = (all: Grid): Grid => ({
    ...all,
    value: (row, t) => (scored(t) ? all.value(row, t) : 0),
  });
  return [
    strip('input', grid(inputs), inputNames),
    strip('target', onlyScored(target), outputNames),
    strip('output (probability)', onlyScored(output), outputNames),
    strip('error |target \u2212 output|', onlyScored(error), outputNames, true),
  ];
}

/** A [T,C] array with channels down and time across. */
function grid({ shape, data }: NamedArray): Grid {
  const [columns = 0, rows = 0] = shape;
  return { rows, columns, value: (row, t) => data[t * rows + row]! };
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
