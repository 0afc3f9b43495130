/**
 * What the pictures are drawn from: plain numbers, one sequence at a time, and the learning curve.
 * Probes carry whatever a cell shows; nothing here knows a cell. Arrays may hold NaN or infinity (they are drawn
 * as such), but lengths must agree: records are checked at the door, before anything is drawn.
 */
import type { LossKind, NamedArray, ProbeAbout } from '../core/contracts.ts';
import { UsageError } from '../core/errors.ts';
import { elements, showShape } from '../core/shape.ts';

/** One sequence, what the model answered, and what its memory did meanwhile. */
export interface SequenceRecord {
  /** For a person: `length 20`. */
  readonly name: string;
  /** What outputs are; probabilities when left out. */
  readonly loss?: LossKind;
  /** [T,I] */
  readonly inputs: NamedArray;
  /** [T,O] */
  readonly targets: NamedArray;
  /** [T,O], probabilities, or the numbers themselves */
  readonly outputs: NamedArray;
  /** [T], 1 where the output is scored */
  readonly mask: NamedArray;
  /** By name, each [T,...]: what the cell showed at every step. */
  readonly probes: Readonly<Record<string, NamedArray>>;
  /** What the probes are, where that is known. */
  readonly about?: Readonly<Record<string, ProbeAbout>>;
  /** What each input channel is called, where channels have names. Steps with one channel on are labeled by it. */
  readonly inputNames?: readonly string[];
  /** What each output channel is called. */
  readonly outputNames?: readonly string[];
}

/** A measurement after so many training sequences. */
export interface CurvePoint {
  readonly sequences: number;
  /** Of training until then, where that was recorded. */
  readonly seconds?: number;
  readonly value: number;
}

/** A level to compare with: chance, no binding, solved. */
export interface CurveLine {
  readonly name: string;
  readonly value: number;
}

/** How a model learned. */
export interface CurveRecord {
  /** What the values are: `bits per sequence`. */
  readonly measure: string;
  /** The running training loss, drawn thin; may be empty. */
  readonly training: readonly CurvePoint[];
  /** Measured on the fixed evaluation set. */
  readonly evaluation: readonly CurvePoint[];
  readonly lines: readonly CurveLine[];
  /** Logarithmic values; the default. */
  readonly log?: boolean;
  /** Training sequences after which the task was solved; ringed if there is an evaluation at it. */
  readonly solvedAt?: number;
}

/** What several runs are compared by. */
export interface Measure {
  /** What the values are: `bits per sequence`. */
  readonly name: string;
  readonly lines: readonly CurveLine[];
  /** Logarithmic values; the default. */
  readonly log?: boolean;
}

/** One of several runs. */
export interface ComparedRun {
  /** A letter that stands for it in the pictures and tables. */
  readonly key: string;
  readonly name: string;
  /** How it ended, in a few words. */
  readonly note: string;
  /** Its evaluations, by each measure of the comparison in turn. */
  readonly curves: readonly (readonly CurvePoint[])[];
}

/** Several runs beside each other. */
export interface ComparisonRecord {
  readonly title: string;
  readonly subtitle: string;
  readonly measures: readonly Measure[];
  readonly runs: readonly ComparedRun[];
  /** What differs: a name, and what it is in each run. */
  readonly table: readonly { readonly name: string; readonly values: readonly string[] }[];
}

/** How a model does on what it was not trained on. */
export interface GeneralizationRecord {
  readonly title: string;
  readonly subtitle: string;
  /** What grows: `length`. */
  readonly xName: string;
  /** What `wrong` is: `% of bits wrong`. */
  readonly measure: string;
  /** What it was trained on, in the same terms. */
  readonly trained: { readonly from: number; readonly to: number };
  /** In percent of outputs, and of sequences that are not right throughout. */
  readonly points: readonly { readonly at: number; readonly wrong: number; readonly inexact: number }[];
  readonly lines: readonly CurveLine[];
}

/** All that one report draws. */
export interface ReportRecord {
  readonly title: string;
  readonly subtitle: string;
  /** What a reader wants to know of the run, in order: `seed` -> `1`. */
  readonly facts?: Readonly<Record<string, string>>;
  readonly sequences: readonly SequenceRecord[];
  /** How it learned, by one measure or more. */
  readonly curves?: readonly CurveRecord[];
}

/**
 * Checks that all arrays of a sequence have their rank, their length and the same T.
 * @throws UsageError naming the array
 */
export function checkSequence(sequence: SequenceRecord): void {
  const { inputs, targets, outputs, mask, probes, name } = sequence;
  const length = mask.shape[0] ?? -1;
  checkArray(`${name}: mask`, mask, [length]);
  checkArray(`${name}: inputs`, inputs, [length, inputs.shape[1] ?? -1]);
  checkArray(`${name}: targets`, targets, [length, targets.shape[1] ?? -1]);
  checkArray(`${name}: outputs`, outputs, [length, targets.shape[1] ?? -1]);
  for (const [probe, array] of Object.entries(probes)) {
    checkArray(`${name}: probes.${probe}`, array, [length, ...array.shape.slice(1)]);
  }
}

function checkArray(where: string, { shape, data }: NamedArray, expected: readonly number[]): void {
  const fits = showShape(shape) === showShape(expected) && shape.every((n) => Number.isInteger(n) && n >= 0);
  if (!fits) {
    const wanted = showShape(expected).replaceAll('-1', '?');
    throw new UsageError(`report: ${where}: expected shape ${wanted}, got ${showShape(shape)}`);
  }
  if (data.length !== elements(shape)) {
    throw new UsageError(
      `report: ${where}: expected ${elements(shape)} numbers for ${showShape(shape)}, got ${data.length}`,
    );
  }
}
