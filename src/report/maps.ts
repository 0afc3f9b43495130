/** Maps over time: where every head points, and vectors such as usage. One panel a head, all on one scale. */
import { heatMap, valuesOf } from './heat-map.ts';
import { type ColorScale, scaleFor, shareScale } from './palette.ts';
import { overTime, type Trace } from './probes.ts';
import type { Panel } from './svg.ts';
import { scoredMarks, type TimeAxis } from './time-axis.ts';

/**
 * One panel for each trace, no map higher than `tallest` pixels. All `weights` share a scale, so that heads
 * compare, on which weights that are spread over all slots can still be seen; every other vector has its own.
 */
export function maps(traces: readonly Trace[], axis: TimeAxis, tallest = 256): Panel[] {
  const weights = traces.filter(({ kind }) => kind === 'weights');
  const shared = shareScale(
    weights.flatMap((trace) => [...numbersOf(trace)]),
    Math.max(1, ...weights.map(({ columns }) => columns)),
  );
  return traces.map((trace) => {
    const scale = trace.kind === 'weights' ? shared : scaleFor(numbersOf(trace));
    return map(trace, axis, { scale, tallest });
  });
}

function map(trace: Trace, axis: TimeAxis, look: { scale: ColorScale; tallest: number }): Panel {
  const grid = overTime(trace);
  const height = rowHeight(grid.rows, look.tallest);
  return heatMap({
    name: trace.name,
    grid,
    scale: look.scale,
    cell: { width: axis.stepWidth, height },
    rowName: trace.axes[1],
    rowNames: trace.labels,
    over: scoredMarks(axis, grid.rows * height),
    bar: true,
  });
}

function numbersOf(trace: Trace): Generator<number> {
  return valuesOf(overTime(trace));
}

/** Whole pixels, at least one while that stays bearable: rows of a part of a pixel flicker. */
function rowHeight(rows: number, tallest: number): number {
  if (rows > 512) return 512 / rows;
  return Math.max(1, Math.min(rows > 12 ? 8 : 10, Math.floor(tallest / rows)));
}
