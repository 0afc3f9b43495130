/** The checks of a cell's gradients: eager, compiled and by differences; and what a compiled step takes. */

import type { Batch } from '../../core/contracts.ts';
import { allFinite } from '../../core/finite.ts';
import { constantsSoFar } from '../../core/gradients.ts';
import { rng } from '../../core/rng.ts';
import type * as tf from '../../core/tf.ts';
import { leaves } from '../../core/tree.ts';
import { type CompiledModel, compile, type ModelGraphs } from '../../jit/index.ts';
import { emptyGradient, type Interpreted, interpretedLoss } from '../../jit/interpreted-loss.ts';
import { batchTensors } from '../../train/batch-tensors.ts';
import { lossAndGradient } from '../../train/gradient.ts';
import { rowLosses } from '../../train/loss.ts';
import { schedule } from '../../train/schedule.ts';
import { sgd } from '../../train/transforms.ts';
import { type Found, note, wrong } from './steps.ts';
import {
  apart,
  type CheckedCell,
  disposeOf,
  type Named,
  SEED,
  type Size,
  type Subject,
  subjectOf,
  valuesOf,
} from './subject.ts';

/** What is timed. */
const timed: Size = { inputSize: 9, batchSize: 16, length: 20 };
/** Compiled and eager sum in different orders, in float32. */
const ENGINES_APART = 1e-3;
/** The interpreter's float64 against central differences. */
const DIFFERENCES_APART = 1e-4;

/** Loss and gradient by path. */
function eagerGradient({ model, params, batch }: Subject): { loss: number; gradient: Named } {
  let loss = 0;
  const paths = leaves<tf.Tensor>(params).map(([path]) => path);
  const gradient = valuesOf(() => {
    const found = lossAndGradient({ model, loss: 'bits', params, tensors: batchTensors(batch) });
    loss = found.loss.dataSync()[0]!;
    return [...found.gradients];
  });
  return { loss, gradient: Object.fromEntries(paths.map((path, i) => [path, gradient[i]!])) };
}

/** Every parameter has a gradient, somewhere; some are there for some sizes only. */
export function checkGradients(subjects: readonly Subject[]): string {
  const all = subjects.map((subject) => eagerGradient(subject).gradient);
  const paths = [...new Set(all.flatMap(Object.keys))];
  const of = (path: string) => all.flatMap((gradient) => gradient[path] ?? []);
  const none = paths.filter((path) => of(path).every((values) => values.every((value) => value === 0)));
  if (none.length > 0)
    wrong(
      `${none.map((path) => `params.${path}`).join(', ')}: expected a gradient, got zeros at every size; use the parameter in step, or take it out of init`,
    );
  const bad = paths.find((path) => of(path).some((values) => !allFinite(values)));
  if (bad !== undefined)
    wrong(
      `gradient of params.${bad}: expected finite numbers, got NaN or infinity; keep both branches of where finite`,
    );
  return `every one of ${paths.length} parameters has one`;
}

/** The program of a model whose parameters stay where they are. */
export function compiled({ model, params }: Subject): CompiledModel {
  return compile(model, (logits, answers) => rowLosses('bits', logits, answers), {
    params,
    optimizer: sgd(schedule({ rate: 0 })),
  });
}

/** The largest component. */
const largest = (values: ArrayLike<number>) =>
  Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** Loss and every gradient of both engines, relative to each tensor's largest component. */
export function checkEngines(subjects: readonly Subject[], programs: readonly CompiledModel[]): string {
  let most = 0;
  const compare = (
    name: string,
    [found, expected]: [ArrayLike<number>, ArrayLike<number>],
    floor: number,
  ) => {
    const difference = apart(found, expected, floor);
    if (!(difference <= ENGINES_APART))
      wrong(
        `${name}: expected the same from both engines, got ${difference.toExponential(1)} between them; look for cancelling sums and quotients by nearly nothing`,
      );
    most = Math.max(most, difference);
  };
  subjects.forEach((subject, i) => {
    const program = programs[i]!;
    const eager = eagerGradient(subject);
    compare('loss', [[program.measure(subject.batch).loss], [eager.loss]], 1e-3);
    const flat = program.gradient;
    const floor = 1e-3 * Math.max(...Object.values(eager.gradient).map(largest));
    let offset = 0;
    for (const [path, values] of Object.entries(eager.gradient)) {
      const own = flat.subarray(offset, offset + values.length);
      compare(`gradient of params.${path}`, [own, values], floor);
      offset += values.length;
    }
  });
  return `loss and every gradient, within ${most.toExponential(1)}`;
}

/** Each parameter's gradient along one random direction, against the loss on both sides, all in float64. */
export function checkDifferences(subject: Subject, graphs: ModelGraphs): string | Found {
  const before = constantsSoFar();
  eagerGradient(subject);
  const constants = constantsSoFar() > before;
  const named = leaves<tf.Tensor>(subject.params);
  const params = Object.fromEntries(
    named.map(([path, leaf]) => [`params.${path}`, [Float64Array.from(leaf.dataSync())]]),
  );
  const interpreted: Interpreted = { graphs, params };
  const gradient = emptyGradient(graphs);
  interpretedLoss(interpreted, subject.batch, gradient);
  const stream = rng(SEED, 'directions');
  let most = { name: '', apart: 0 };
  for (const { name } of graphs.params) {
    const [values] = params[name]! as [Float64Array];
    const direction = values.map(() => stream.normal() / Math.sqrt(values.length));
    const expected = direction.reduce((sum, value, i) => sum + value * gradient.get(name)![i]!, 0);
    const difference = Math.min(
      ...[1e-5, 1e-7].map((step) => {
        const slope = slopeAlong({ interpreted, batch: subject.batch, values, direction, step });
        return Math.abs(slope - expected) / Math.max(1e-2, Math.abs(slope), Math.abs(expected));
      }),
    );
    if (!(difference <= most.apart)) most = { name, apart: difference };
  }
  if (most.apart <= DIFFERENCES_APART)
    return `every gradient is that of the loss, within ${most.apart.toExponential(1)}`;
  const told = `gradient of ${most.name}: expected the slope of the loss, got one ${most.apart.toExponential(1)} away from it`;
  if (constants) return note(`${told}: right only if withoutGradient or stopGradient is meant to do that`);
  return wrong(`${told}; mend the gradFunc of tf.customGrad`);
}

function slopeAlong(along: {
  readonly interpreted: Interpreted;
  readonly batch: Batch;
  readonly values: Float64Array;
  readonly direction: Float64Array;
  readonly step: number;
}): number {
  const { interpreted, batch, values, direction, step } = along;
  const start = values.slice();
  const at = (distance: number) => {
    for (let i = 0; i < values.length; i++) values[i] = start[i]! + distance * direction[i]!;
    return interpretedLoss(interpreted, batch);
  };
  const slope = (at(step) - at(-step)) / (2 * step);
  values.set(start);
  return slope;
}

/** What one compiled training step takes. */
export function measureSpeed(checked: CheckedCell): string {
  const subject = subjectOf(checked, timed);
  const program = compiled(subject);
  const { now } = checked;
  try {
    program.measure(subject.batch);
    const times: number[] = [];
    const end = now() + 500;
    do {
      const start = now();
      program.measure(subject.batch);
      program.update(times.length + 1);
      times.push(now() - start);
    } while (now() < end && times.length < 100);
    const median = times.sort((a, b) => a - b)[times.length >> 1]!;
    const { batchSize, length } = timed;
    return `${median.toPrecision(3)} ms a training step of ${batchSize} sequences of ${length} steps, compiled, on one thread`;
  } finally {
    program.dispose();
    disposeOf(subject);
  }
}
