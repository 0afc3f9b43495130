/**
 * Where NaN or infinity came from: after a step has failed, its numbers are looked at in the order that they flow, so that
 * the first to go wrong is the one that is named. Forward the same batch is run again, to see the state at each time;
 * loss, gradient and update are the engine's own, since another engine rounds otherwise and may not fail at all.
 */
import type { Batch, LossKind, Model, Tree } from '../core/contracts.ts';
import { DivergedError } from '../core/errors.ts';
import * as tf from '../core/tf.ts';
import { leaves } from '../core/tree.ts';
import { batchTensors } from './batch-tensors.ts';
import { lossAndGradient } from './gradient.ts';
import { unroll } from './unroll.ts';

/** A training step that failed: its parameters as they were before it, its batch, and what was made of them. */
export interface FailedStep {
  readonly model: Model;
  readonly loss: LossKind;
  readonly params: Tree;
  readonly batch: Batch;
  readonly own: OwnNumbers;
}

/** What the engine that failed had computed. Vectors are as long as all parameters together, in the order of their tree. */
export interface OwnNumbers {
  readonly lossNats: number;
  readonly gradientNorm: number;
  /** [T,B,O]; left out by the eager engine, which would only compute what is computed again anyway. */
  readonly logits?: Float32Array;
  /** Left out by the eager engine, too. */
  readonly gradient?: Float32Array;
  /** By name, in the order in which they are made: what the optimizer remembers, then the parameters. Empty before it ran. */
  readonly updated: Readonly<Record<string, Float32Array>>;
}

/** Numbers with the name to tell them by. */
type Named = readonly [name: string, numbers: Float32Array | readonly number[]];

/** The error that names the first tensor that is not finite (`gradient of params.cell.kernel`). */
export function diverged(failed: FailedStep): DivergedError {
  let found = `step: expected finite numbers, got a loss of ${failed.own.lossNats}`;
  tf.tidy(() => {
    found = search(failed) ?? found;
  });
  return new DivergedError(`${found}; lower optimizer.rate or clip the gradient (optimizer.clipNorm)`);
}

function search(failed: FailedStep): string | undefined {
  const { params, own } = failed;
  // The batch was found finite before the step.
  const early =
    firstNotFinite(partsOfTree('params', params)) ??
    forward(failed) ??
    firstNotFinite([['loss', [own.lossNats]]]);
  if (early) return early;
  const gradient = own.gradient ? partsOf(params, own.gradient) : againBackward(failed);
  return (
    firstNotFinite(gradient.map(([path, part]) => [`gradient of params.${path}`, part])) ??
    overflow(own.gradientNorm, gradient) ??
    updated(failed)
  );
}

/** The first state or output that is not finite, with its time; else the logits. */
function forward({ model, params, batch, own }: FailedStep): string | undefined {
  let inside: string | undefined;
  const { inputs } = batchTensors(batch);
  const logits = unroll(model, params, inputs, (time, { output, state }) => {
    inside ??= firstNotFinite(
      partsOfTree('', { state, output }).map(([name, part]) => [`${name} at time ${time}`, part]),
    );
  });
  const all = [logits.dataSync() as Float32Array, ...(own.logits ? [own.logits] : [])];
  return inside ?? firstNotFinite(all.flatMap((rows) => overTime('logits', rows, batch.length)));
}

/** A norm can be infinite where no number is: squares are summed in float32. */
function overflow(norm: number, gradient: readonly Named[]): string | undefined {
  if (Number.isFinite(norm)) return undefined;
  const larger = (a: number, b: number) => (Math.abs(b) > Math.abs(a) ? b : a);
  const most = gradient.map(([, part]) => Array.from(part).reduce(larger, 0));
  const largest = most.reduce(larger);
  const [path] = gradient[most.indexOf(largest)]!;
  return `gradient norm: expected a finite number, got ${norm}, with ${largest.toPrecision(3)} in gradient of params.${path}`;
}

function updated({ params, own }: FailedStep): string | undefined {
  const all = Object.entries(own.updated).flatMap(([name, vector]) =>
    partsOf(params, vector).map(([path, part]): Named => {
      const of = name === 'params' ? `params.${path}` : `${name} of params.${path}`;
      return [`${of} after the update`, part];
    }),
  );
  return firstNotFinite(all);
}

/** The gradient of each parameter by its path, computed again. */
function againBackward({ model, loss, params, batch }: FailedStep): Named[] {
  const { gradients } = lossAndGradient({ model, loss, params, tensors: batchTensors(batch) });
  return leaves<tf.Tensor>(params).map(([path], i) => [path, gradients[i]!.dataSync() as Float32Array]);
}

/** A vector over all parameters, cut into what belongs to each. */
function partsOf(params: Tree, vector: Float32Array): Named[] {
  let offset = 0;
  return leaves<tf.Tensor>(params).map(([path, { size }]) => {
    offset += size;
    return [path, vector.subarray(offset - size, offset)];
  });
}

function partsOfTree(path: string, tree: Tree): Named[] {
  return leaves<tf.Tensor>(tree, path).map(([own, leaf]) => [own, leaf.dataSync() as Float32Array]);
}

/** Rows of each step of [T,...]. */
function overTime(name: string, rows: Float32Array, length: number): Named[] {
  const size = rows.length / length;
  return Array.from({ length }, (_, time) => [
    `${name} at time ${time}`,
    rows.subarray(time * size, (time + 1) * size),
  ]);
}

function firstNotFinite(all: readonly Named[]): string | undefined {
  for (const [name, numbers] of all) {
    const value = numbers.find((number) => !Number.isFinite(number));
    if (value !== undefined) return `${name}: expected finite numbers, got ${value}`;
  }
  return undefined;
}
