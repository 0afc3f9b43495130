/** Maps over time: where every head points, and vectors such as usage. One panel a head, all on one scale. */
import { heatMap } from './heat-map.ts';
import { type ColorScale, scaleFor } from './palette.ts';
import { overTime, type Trace, valuesOf } from './probes.ts';
import type { Panel } from './svg.ts';
import { scoredMarks, type TimeAxis } from './time-axis.ts';

/** One panel for each trace; traces of the same probe kind `weights` share a scale, so that heads compare. */
export function maps(traces: readonly Trace[], axis: TimeAxis): Panel[] {
  const shared = scaleFor(traces.flatMap((trace) => (trace.kind === 'weights' ? [...numbersOf(trace)] : [])));
  return traces.map((trace) =>
    map(trace, axis, trace.kind === 'weights' ? shared : scaleFor(numbersOf(trace))),
  );
}

function map(trace: Trace, axis: TimeAxis, scale: ColorScale): Panel {
  const grid = overTime(trace);
  const height = rowHeight(grid.rows);
  return heatMap({
    name: trace.name,
    grid,
    scale,
    cell: { width: axis.stepWidth, height },
    rowName: trace.kind === 'weights' || /usage/.test(trace.name) ? 'slot' : 'unit',
    over: scoredMarks(axis, grid.rows * height),
    bar: true,
  });
}

function numbersOf(trace: Trace): Generator<number> {
  return valuesOf(overTime(trace));
}

/** Whole pixels; a map of 128 slots is 256 high. */
export function rowHeight(rows: number): number {
  return rows > 256 ? 256 / rows : Math.min(8, Math.floor(256 / rows));
}
