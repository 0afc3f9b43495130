/**
 * One picture of a trained memory: what it was shown and answered, where its heads pointed meanwhile, how it
 * learned, and what its memory held before the answer and at the end.
 */
import { contents, moments } from './contents.ts';
import { AROUND, curve } from './curve.ts';
import { maps } from './maps.ts';
import { type Trace, traces } from './probes.ts';
import type { CurveRecord, SequenceRecord } from './records.ts';
import { strips } from './strips.ts';
import { beside, type Panel, stack, text } from './svg.ts';
import { scoredHeader, type TimeAxis, timeAxis, timeTicks } from './time-axis.ts';

/** More heads than this make a picture too high to take in at once. */
const MOST_MAPS = 4;
const TALLEST_MAP = 160;
const CURVE_WIDTH = 350;

/** Strips and weights on the left; the learning curve and the memory on the right, where they are there. */
export function overview(sequence: SequenceRecord, record: CurveRecord | undefined): Panel {
  const axis = timeAxis(sequence);
  const all = traces(sequence.probes);
  const weights = all.filter(({ kind }) => kind === 'weights');
  // A cell without heads shows the vectors that it keeps.
  const shown = weights.length > 0 ? weights : all.filter(({ kind }) => kind === 'vectors');
  const left = stack(
    [
      scoredHeader(axis),
      ...strips(sequence, axis),
      ...maps(shown.slice(0, MOST_MAPS), axis, TALLEST_MAP),
      timeTicks(axis),
    ],
    4,
  );
  const memory = all.find(({ kind }) => kind === 'contents');
  const below = memory === undefined ? [] : [named(memory.name, twice(memory, axis))];
  // The curve takes what height is left, within reason.
  const room = left.height - below.reduce((sum, { height }) => sum + height + 20, 0) - AROUND.height - 18;
  const curveHeight = Math.min(400, Math.max(190, room));
  const above =
    record === undefined ? [] : [named('learning curve', curve(record, CURVE_WIDTH, curveHeight))];
  const right = [...above, ...below];
  return right.length === 0 ? left : beside([left, stack(right, 20)], 16);
}

function twice(memory: Trace, axis: TimeAxis): Panel {
  const all = moments(axis);
  const worthIt = all.filter(({ name }) => name === 'before the answer' || name === 'at the end');
  return contents(memory, worthIt);
}

function named(name: string, panel: Panel): Panel {
  return stack([{ width: 0, height: 14, body: text(name, { x: 0, y: 11, size: 12, bold: true }) }, panel], 4);
}
