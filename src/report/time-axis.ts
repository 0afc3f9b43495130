/**
 * Time, shared by all panels that stand under each other: how wide a step is, its ticks, and where the answer is
 * scored. Steps count from 0.
 */
import { BAR_ROOM, GUTTER, wholeTicks } from './heat-map.ts';
import type { SequenceRecord } from './records.ts';
import { element, filled, type Panel, rule, shift, stroked, text } from './svg.ts';

/** The widest that all steps together become, in pixels, and the widest a single one does. */
const WIDEST = 720;
const WIDEST_STEP = 36;

/** A sequence's time in pixels. */
export interface TimeAxis {
  /** T */
  readonly steps: number;
  readonly stepWidth: number;
  readonly width: number;
  /** Runs of scored steps: from, to (not included). */
  readonly scored: readonly (readonly [number, number])[];
  /** What each step is called instead of its number, if anything. */
  readonly stepNames?: readonly string[];
}

/** The axis of a sequence; steps are whole pixels wide, or halves, while there are no more steps than pixels. */
export function timeAxis(sequence: SequenceRecord): TimeAxis {
  const steps = sequence.mask.shape[0]!;
  const share = WIDEST / Math.max(1, steps);
  const pixels = share >= 4 ? Math.min(WIDEST_STEP, Math.floor(share)) : Math.floor(2 * share) / 2;
  const stepWidth = share >= 1 ? pixels : share;
  const stepNames = namesOfSteps(sequence);
  return {
    steps,
    stepWidth,
    width: steps * stepWidth,
    scored: runs(steps, (t) => sequence.mask.data[t]! > 0),
    ...(stepNames && { stepNames }),
  };
}

/** Runs of neighbors for which something holds: from, to (not included). */
export function runs(length: number, holds: (i: number) => boolean): [number, number][] {
  const found: [number, number][] = [];
  for (let i = 0; i < length; i++) {
    if (!holds(i)) continue;
    const last = found.at(-1);
    if (last?.[1] === i) last[1] = i + 1;
    else found.push([i, i + 1]);
  }
  return found;
}

/** The name of the one channel that is on, for each step, if channels have names. */
function namesOfSteps({ inputs, inputNames }: SequenceRecord): string[] | undefined {
  if (inputNames === undefined) return undefined;
  const size = inputs.shape[1]!;
  return Array.from({ length: inputs.shape[0]! }, (_, t) => {
    const row = [...inputs.data.subarray(t * size, (t + 1) * size)];
    const on = row.flatMap((value, channel) => (value > 0.5 ? [channel] : []));
    return on.length === 1 ? (inputNames[on[0]!] ?? '') : '';
  });
}

/** Thin dashed lines where scoring begins and ends, over a panel of this height. */
export function scoredMarks(axis: TimeAxis, height: number): string {
  const edges = axis.scored.flat().filter((t) => t > 0 && t < axis.steps);
  // Scored steps that come and go would hide what is under the lines.
  if (edges.length > 8) return '';
  return edges
    .map((t) => rule([t * axis.stepWidth, 0], [t * axis.stepWidth, height], stroked('soft', 1, '2 2')))
    .join('');
}

/** A bar over the scored steps and the word for it: stands above the first panel. */
export function scoredHeader(axis: TimeAxis): Panel {
  const bars = axis.scored.map(([from, to]) =>
    element('rect', {
      x: from * axis.stepWidth,
      y: 13,
      width: (to - from) * axis.stepWidth,
      height: 3,
      ...filled('soft'),
    }),
  );
  const first = axis.scored[0];
  const words =
    first === undefined
      ? ''
      : text('scored', {
          x:
            axis.scored.length === 1
              ? ((first[0] + first[1]) / 2) * axis.stepWidth
              : first[0] * axis.stepWidth,
          y: 9,
          size: 9,
          color: 'soft',
          anchor: axis.scored.length === 1 ? 'middle' : 'start',
        });
  return { width: GUTTER + axis.width + BAR_ROOM, height: 16, body: shift(bars.join('') + words, GUTTER, 0) };
}

/** Ticks and the name of the axis: stands under the last panel. */
export function timeTicks(axis: TimeAxis): Panel {
  const at = (t: number) => (t + 0.5) * axis.stepWidth;
  const label = (t: number, words: string) =>
    rule([at(t), 1], [at(t), 4], stroked('rule')) +
    text(words, { x: at(t), y: 14, size: 9, anchor: 'middle', color: 'soft' });
  const named = axis.stepNames !== undefined && axis.stepWidth >= 10;
  const ticks = named
    ? axis.stepNames.map((name, t) => label(t, name))
    : (axis.steps === 1 ? [0] : wholeTicks(axis.steps, Math.floor(axis.width / 60))).map((t) =>
        label(t, String(t)),
      );
  const title = text(named ? 'symbol shown at each step' : 'time step', {
    x: axis.width / 2,
    y: 28,
    size: 10,
    anchor: 'middle',
    color: 'soft',
  });
  return {
    width: GUTTER + axis.width + BAR_ROOM,
    height: 30,
    body: shift(ticks.join('') + title, GUTTER, 0),
  };
}
