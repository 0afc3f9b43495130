/**
 * One picture of a trained memory: what it was shown and answered, where its heads pointed meanwhile, how it
 * learned, and what its memory held before the answer and at the end.
 */
import { contents, moments } from './contents.ts';
import { AROUND_HEIGHT, curve } from './curve.ts';
import { maps } from './maps.ts';
import { type Trace, traces } from './probes.ts';
import type { CurveRecord, SequenceRecord } from './records.ts';
import { strips } from './strips.ts';
import { beside, type Panel, stack, text } from './svg.ts';
import { scoredHeader, type TimeAxis, timeAxis, timeTicks } from './time-axis.ts';

/** More heads than this make a picture too high to take in at once. */
const MOST_MAPS = 4;
const TALLEST_MAP = 160;
/** Units are many and alike: their maps may be lower. */
const TALLEST_VECTOR = 112;
const CURVE_WIDTH = 350;

/** Strips and weights on the left; the learning curves and the memory on the right, where they are there. */
export function overview(sequence: SequenceRecord, records: readonly CurveRecord[]): Panel {
  const axis = timeAxis(sequence);
  const all = traces(sequence);
  const shown = shownOf(all);
  const left = stack(
    [
      scoredHeader(axis),
      ...strips(sequence, axis),
      ...maps(shown, axis, shown[0]?.kind === 'weights' ? TALLEST_MAP : TALLEST_VECTOR),
      timeTicks(axis),
    ],
    4,
  );
  const memory = all.find(({ kind }) => kind === 'contents');
  const below = memory === undefined ? [] : [named(memory.name, twice(memory, axis))];
  // The curves take what height is left, within reason.
  const room = left.height - below.reduce((sum, { height }) => sum + height + 20, 0) - 18;
  const each = room / Math.max(1, records.length) - AROUND_HEIGHT;
  const height = Math.min(records.length > 1 ? 240 : 400, Math.max(records.length > 1 ? 130 : 190, each));
  const curves = stack(
    records.map((record) => curve(record, CURVE_WIDTH, height)),
    6,
  );
  const above = records.length === 0 ? [] : [named('learning curve', curves)];
  const right = [...above, ...below];
  return right.length === 0 ? left : beside([left, stack(right, 20)], 16);
}

/** Where heads point and, beside it, which slots are in use; of a cell without heads, the vectors that it keeps. */
function shownOf(all: readonly Trace[]): Trace[] {
  const weights = all.filter(({ kind }) => kind === 'weights');
  const vectors = all.filter(({ kind }) => kind === 'vectors');
  const usage = vectors.filter(({ axes }) => axes[1] === 'slot');
  return (weights.length > 0 ? [...weights, ...usage] : vectors).slice(0, MOST_MAPS);
}

function twice(memory: Trace, axis: TimeAxis): Panel {
  const all = moments(axis);
  const worthIt = all.filter(({ name }) => name === 'before the answer' || name === 'at the end');
  return contents(memory, worthIt);
}

function named(name: string, panel: Panel): Panel {
  return stack([{ width: 0, height: 14, body: text(name, { x: 0, y: 11, size: 12, bold: true }) }, panel], 4);
}
