/** One picture of a memory at work: what it was shown and answered, and what it did meanwhile. */
import type { NamedArray, NamedArrays } from '../src/core/contracts.ts';
import { elements } from '../src/core/shape.ts';
import { figure } from '../src/report/document.ts';
import { BAR_ROOM, type Grid, GUTTER, heatMap, valuesOf } from '../src/report/heat-map.ts';
import { maps } from '../src/report/maps.ts';
import { scaleFor } from '../src/report/palette.ts';
import { traces } from '../src/report/probes.ts';
import type { SequenceRecord } from '../src/report/records.ts';
import { strips } from '../src/report/strips.ts';
import { type Panel, stack, text } from '../src/report/svg.ts';
import { scoredHeader, scoredMarks, type TimeAxis, timeAxis, timeTicks } from '../src/report/time-axis.ts';
import { tracesOfInputs } from './traces-of-inputs.ts';
import { ANSWER, type Look, type View } from './views.ts';

/** Pixels of the row of a step. */
const STEP_HEIGHT = 13;
const TALLEST_MAP = 176;

/** What is drawn. */
export interface Sitter {
  readonly title: string;
  readonly view: View;
  /** Answers stand beside the probes. */
  readonly record: SequenceRecord;
  /** The same probes of the sequence without one of its inputs, [T,B,...]: see traces-of-inputs.ts. */
  readonly without: NamedArrays;
}

/** The picture as SVG. */
export function portrait(sitter: Sitter): string {
  const { title, view, record } = sitter;
  const axis = timeAxis(record);
  const [input, , output] = strips(record, axis);
  // Symbols that are shown stand under the picture.
  const shown = axis.stepNames === undefined ? [input!, output!] : [answers(record, axis)];
  const panels = [...shown, ...view.looks.flatMap((look) => panelsOf(look, sitter, axis))];
  const panel = stack([scoredHeader(axis), ...panels, timeTicks(axis)], 6);
  return figure({ name: 'memory', title, subtitle: view.caption, description: view.caption }, panel).svg;
}

/** The symbols that are answered, each where it is scored. */
function answers({ outputs, mask, outputNames = [] }: SequenceRecord, axis: TimeAxis): Panel {
  const size = outputs.shape[1]!;
  const words = [...mask.data].map((scored, t) => {
    const row = [...outputs.data.subarray(t * size, (t + 1) * size)];
    const name = scored > 0 ? outputNames[row.indexOf(Math.max(...row))] : undefined;
    const x = GUTTER + (t + 0.5) * axis.stepWidth;
    return text(name ?? '', { x, y: 11, size: 11, anchor: 'middle', bold: true });
  });
  const heading = text('answer', { x: GUTTER - 6, y: 11, size: 11, anchor: 'end' });
  return { width: GUTTER + axis.width + BAR_ROOM, height: 14, body: heading + words.join('') };
}

function panelsOf(look: Look, sitter: Sitter, axis: TimeAxis): Panel[] {
  const { record, without } = sitter;
  if ('map' in look) return [firstMap(look.map, sitter, axis)];
  if ('stepsBack' in look) {
    const newest = Number(record.about?.[look.stepsBack]?.labels?.at(-1));
    const grid = byStep(ofLayer(look.stepsBack, record.probes, sitter), newest);
    return [stepMap(look.title, axis, untilLastInput(grid, record))];
  }
  const whole = ofLayer(look.traces, record.probes, sitter);
  const all = tracesOfInputs(whole, ofLayer(look.traces, without, sitter));
  const grid = untilLastInput(look.traces === ANSWER ? sharesOfAnswers(all, record) : all, record);
  return [stepMap(look.title, axis, shareOfLargest(grid))];
}

/** A probe over time: of the layer that is shown, the first head. */
function firstMap(name: string, { view, record }: Sitter, axis: TimeAxis): Panel {
  const all = traces({ ...record, probes: { [name]: probeOf(name, record.probes) } });
  const own = all.find((one) => !/layer \d/.test(one.name) || one.name.includes(`layer ${view.layer} of`));
  return maps([own!], axis, TALLEST_MAP)[0]!;
}

/** A map of step by step: earlier steps downward, each by the symbol it showed. */
function stepMap(name: string, axis: TimeAxis, grid: Grid): Panel {
  return heatMap({
    name,
    grid,
    scale: scaleFor(valuesOf(grid)),
    cell: { width: axis.stepWidth, height: STEP_HEIGHT },
    rowName: axis.stepNames ? 'symbol' : 'input',
    rowNames: Array.from({ length: grid.rows }, (_, t) => axis.stepNames?.[t] ?? String(t)),
    over: scoredMarks(axis, grid.rows * STEP_HEIGHT),
    bar: true,
  });
}

/** Answers that are scored, each as shares of what weighs the most in it; nothing elsewhere. */
function sharesOfAnswers(grid: Grid, { mask }: SequenceRecord): Grid {
  const column = (t: number) => Array.from({ length: grid.rows }, (_, s) => grid.value(s, t));
  const largest = Array.from({ length: grid.columns }, (_, t) => Math.max(...column(t)) || 1);
  return { ...grid, value: (s, t) => (mask.data[t]! > 0 ? grid.value(s, t) / largest[t]! : 0) };
}

function shareOfLargest(grid: Grid): Grid {
  const largest = Math.max(...valuesOf(grid)) || 1;
  return { ...grid, value: (s, t) => grid.value(s, t) / largest };
}

/** Rows of the steps that show something. */
function untilLastInput(grid: Grid, { inputs }: SequenceRecord): Grid {
  const last = inputs.data.findLastIndex((value) => value !== 0);
  return { ...grid, rows: Math.floor(last / inputs.shape[1]!) + 1 };
}

/** Weights by steps back, of which the last is `newest`, as step by step. */
function byStep({ shape, data }: NamedArray, newest: number): Grid {
  const steps = shape[0]!;
  const width = data.length / steps;
  const at = (s: number, t: number) => data[(t + 1) * width - 1 - (t - s - newest)]!;
  return { rows: steps, columns: steps, value: (s, t) => (s + newest > t ? 0 : at(s, t)) };
}

function probeOf(name: string, probes: NamedArrays): NamedArray {
  const probe = probes[name];
  if (!probe) throw new Error(`expected a probe ${name}, got ${Object.keys(probes).join(', ')}`);
  return probe;
}

/** The layer that is shown of a probe of steps, or of steps and sequences: [T,...] or [T,B,...]. */
function ofLayer(name: string, probes: NamedArrays, { view, record }: Sitter): NamedArray {
  const { shape, data } = probeOf(name, probes);
  const axes = record.about?.[name]?.axes ?? [];
  if (axes[0] !== 'layer') return { shape, data };
  const outer = shape.slice(0, shape.length - axes.length);
  const [layers = 1, ...inner] = shape.slice(outer.length);
  const size = elements(inner);
  const own = new Float32Array(elements(outer) * size);
  for (let i = 0; i < elements(outer); i++) {
    const start = (i * layers + (view.layer ?? 1) - 1) * size;
    own.set(data.subarray(start, start + size), i * size);
  }
  return { shape: [...outer, ...inner], data: own };
}
