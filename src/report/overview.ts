/**
 * One picture of a trained memory: what it was shown and answered, where its heads pointed meanwhile, how it
 * learned, and what its memory held when the answer began.
 */
import { contents, moments } from './contents.ts';
import { curve } from './curve.ts';
import { maps } from './maps.ts';
import { traces } from './probes.ts';
import type { CurveRecord, SequenceRecord } from './records.ts';
import { strips } from './strips.ts';
import { beside, type Panel, stack, text } from './svg.ts';
import { scoredHeader, timeAxis, timeTicks } from './time-axis.ts';

/** More heads than this make a picture too high to take in at once. */
const MOST_MAPS = 4;

/** Strips and weights on the left; the learning curve and the memory on the right, where they are there. */
export function overview(sequence: SequenceRecord, record: CurveRecord | undefined): Panel {
  const axis = timeAxis(sequence);
  const all = traces(sequence.probes);
  const weights = all.filter(({ kind }) => kind === 'weights').slice(0, MOST_MAPS);
  const left = stack(
    [scoredHeader(axis), ...strips(sequence, axis), ...maps(weights, axis), timeTicks(axis)],
    4,
  );
  const memory = all.find(({ kind }) => kind === 'contents');
  const asked = moments(axis).find(({ name }) => name === 'before the answer') ?? moments(axis).at(-1);
  const right: Panel[] = [
    ...(record === undefined ? [] : [named('learning curve', curve(record, 360, 230))]),
    ...(memory === undefined || asked === undefined ? [] : [named(memory.name, contents(memory, [asked]))]),
  ];
  return right.length === 0 ? left : beside([left, stack(right, 22)], 16);
}

function named(name: string, panel: Panel): Panel {
  return stack([{ width: 0, height: 14, body: text(name, { x: 0, y: 11, size: 12, bold: true }) }, panel], 4);
}
