/** What a memory holds at a few moments: after the first step, while and when the input ends, and at the end. */
import { heatMap, valuesOf } from './heat-map.ts';
import { scaleFor } from './palette.ts';
import { snapshot, type Trace } from './probes.ts';
import { beside, type Panel } from './svg.ts';
import type { TimeAxis } from './time-axis.ts';

/** A step worth looking at, and why. */
export interface Moment {
  readonly step: number;
  readonly name: string;
}

/** At most five moments, in order, none twice; the last of those that fall together gives the name. */
export function moments({ steps, scored }: TimeAxis): Moment[] {
  const last = steps - 1;
  const answer = scored.at(-1)?.[0] ?? steps;
  const asked = Math.max(0, answer - 1);
  const all: Moment[] = [
    { step: 0, name: 'after the first step' },
    { step: Math.floor(asked / 2), name: 'during the input' },
    { step: asked, name: 'before the answer' },
    { step: Math.floor((answer + last) / 2), name: 'during the answer' },
    { step: last, name: 'at the end' },
  ];
  const byStep = new Map(all.map((moment) => [moment.step, moment]));
  return [...byStep.values()].sort((a, b) => a.step - b.step);
}

/** A row of snapshots on one scale. */
export function contents(trace: Trace, at: readonly Moment[]): Panel {
  const scale = scaleFor(at.flatMap(({ step }) => [...valuesOf(snapshot(trace, step))]));
  const square = trace.rows === trace.columns;
  const cell = {
    width: cellSize(trace.columns, square ? 160 : 130, 10),
    height: cellSize(trace.rows, square ? 160 : 256, square ? 10 : 8),
  };
  const panels = at.map(({ step, name }, i) =>
    heatMap({
      name: `${name} (step ${step})`,
      grid: snapshot(trace, step),
      scale,
      cell,
      rowName: i > 0 ? '' : trace.axes[0],
      bar: i === at.length - 1,
    }),
  );
  return beside(panels.map(widened), 0);
}

/** Whole pixels while there are more pixels than numbers. */
function cellSize(count: number, pixels: number, most: number): number {
  return count > pixels ? pixels / count : Math.min(most, Math.floor(pixels / count));
}

/** Narrow memories still leave room for their names. */
function widened(panel: Panel): Panel {
  return { ...panel, width: Math.max(panel.width, 200) };
}
