/** Small numbers over time (gates, strengths, sharpening): one low chart for each, a line for each number. */
import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import { shortNumber } from './color-bar.ts';
import { BAR_ROOM, GUTTER, NAME_ROOM } from './heat-map.ts';
import { SERIES } from './palette.ts';
import type { Trace } from './probes.ts';
import { element, type Panel, rule, shift, stroked, text } from './svg.ts';
import { scoredMarks, type TimeAxis } from './time-axis.ts';

const HEIGHT = 56;

/** A chart of one trace under the shared time axis. */
export function lineChart(trace: Trace, axis: TimeAxis): Panel {
  const names = seriesNames(trace);
  const y = scaleLinear()
    .domain(range(trace))
    .range([HEIGHT - 2, 2]);
  const draw = line<number>()
    .defined((value) => Number.isFinite(value))
    .x((_, t) => (t + 0.5) * axis.stepWidth)
    .y((value) => y(value))
    .digits(1);
  const lines = names.map((_, column) => {
    const values = Array.from({ length: trace.steps }, (_, t) => trace.at(t, 0, column));
    return element('path', {
      d: draw(values) ?? '',
      'stroke-linejoin': 'round',
      'stroke-linecap': 'round',
      ...stroked(`series${column % SERIES}`, 1.6),
    });
  });
  const grid = y
    .ticks(2)
    .map(
      (tick) =>
        rule([0, y(tick)], [axis.width, y(tick)], stroked('rule', 0.5)) +
        text(shortNumber(tick), { x: -6, y: y(tick) + 3, size: 9, anchor: 'end', color: 'soft' }),
    );
  const body = [
    ...grid,
    element('rect', { x: -0.5, y: -0.5, width: axis.width + 1, height: HEIGHT + 1, ...stroked('rule') }),
    scoredMarks(axis, HEIGHT),
    ...lines,
    names.length > 1 ? legend(names, axis.width + 8) : '',
  ];
  return {
    width: GUTTER + axis.width + BAR_ROOM,
    height: NAME_ROOM + HEIGHT,
    body: text(trace.name, { x: GUTTER, y: 11, size: 11 }) + shift(body.join(''), GUTTER, NAME_ROOM),
  };
}

/** 0 ... 1 for shares, otherwise all finite values with round ends; never empty. */
function range(trace: Trace): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let t = 0; t < trace.steps; t++) {
    for (let column = 0; column < trace.columns; column++) {
      const value = trace.at(t, 0, column);
      if (!Number.isFinite(value)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  if (low > high || (low >= 0 && high <= 1)) return [0, 1];
  const [bottom, top] = scaleLinear()
    .domain([Math.min(0, low), Math.max(0, high)])
    .nice(4)
    .domain();
  return [bottom!, top!];
}

/** What the numbers are called. */
function seriesNames({ labels, columns }: Trace): readonly string[] {
  return labels ?? Array.from({ length: columns }, (_, column) => String(column));
}

function legend(names: readonly string[], x: number): string {
  const step = Math.min(12, (HEIGHT + 8) / names.length);
  return names
    .map((name, i) => {
      const y = 4 + i * step;
      return (
        rule([x, y], [x + 10, y], stroked(`series${i % SERIES}`, 1.6)) +
        text(name, { x: x + 14, y: y + 3, size: 9, color: 'soft' })
      );
    })
    .join('');
}
