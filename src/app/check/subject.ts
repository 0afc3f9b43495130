/** What the checks of a cell run: the cell joined to a readout, on a random batch, and what every step of it gives. */
import { model } from '../../cells/model.ts';
import { inCell } from '../../core/cell-errors.ts';
import { checkParams } from '../../core/cell-step.ts';
import type { Batch, Cell, CellKind, Model, Tree } from '../../core/contracts.ts';
import { type Rng, rng } from '../../core/rng.ts';
import * as tf from '../../core/tf.ts';
import { leaves } from '../../core/tree.ts';
import { noiseOf } from '../../train/noise.ts';
import { unroll } from '../../train/unroll.ts';
import { wrong } from './steps.ts';

/** What is checked. */
export interface CheckedCell {
  readonly kind: CellKind;
  readonly settings: unknown;
  /** A clock in milliseconds. */
  readonly now: () => number;
}

/** How large a check is. */
export interface Size {
  readonly inputSize: number;
  readonly batchSize: number;
  readonly length: number;
}

/** Sizes that have nothing in common. */
export const sizes: readonly Size[] = [
  { inputSize: 3, batchSize: 2, length: 3 },
  { inputSize: 6, batchSize: 3, length: 5 },
  { inputSize: 9, batchSize: 4, length: 4 },
];
const OUTPUTS = 2;
/** Of everything that is drawn. */
export const SEED = 1;
/** A cell of one size with its model, parameters and a batch. */
export interface Subject {
  readonly size: Size;
  readonly cell: Cell;
  readonly model: Model;
  /** Off their start. */
  readonly params: Tree;
  readonly batch: Batch;
}

/** Values by path. */
export type Named = Readonly<Record<string, Float32Array>>;

/** Values by path; nothing is left behind. */
export function valuesOf(make: () => Tree): Named {
  return Object.fromEntries(
    tf.tidy(
      () =>
        leaves<tf.Tensor>(make()).map(([path, leaf]) => [path, Float32Array.from(leaf.dataSync())]) as never,
    ) as unknown as [string, Float32Array][],
  );
}

/** The same to the bit. */
export const same = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  a.length === b.length && Array.from(a).every((value, i) => Object.is(value, b[i]));

/** The first path at which two trees of values are not the same to the bit. */
export const firstApart = (a: Named, b: Named) =>
  Object.keys(a).find((path) => !same(a[path]!, b[path] ?? []));

/** Parameters by a seed. */
export function initOf(cell: Pick<Cell, 'name' | 'init'>, seed: number): Tree {
  return inCell('init', () => {
    const params = cell.init(rng(seed, 'init'));
    checkParams(cell.name, params);
    return params;
  });
}

/** A cell of this size, its parameters off their start, and a batch. */
export function subjectOf({ kind, settings }: CheckedCell, size: Size): Subject {
  const { inputSize, batchSize, length } = size;
  const cell = inCell('create', () => kind.create(settings, { inputSize, maxLength: length }));
  const joined = model(cell, { inputSize, outputSize: OUTPUTS }) as unknown as Model;
  const noise = noiseOf(joined, rng(SEED, 'noise'));
  const whole = noise.model;
  const stream = rng(SEED, 'check');
  const params = tf.tidy(() => initOf(whole, SEED) as never) as Tree;
  for (const [, leaf] of leaves<tf.Tensor>(params)) {
    const values = leaf.dataSync();
    for (let i = 0; i < values.length; i++) values[i]! += 0.1 * stream.normal();
  }
  const batch = randomBatch({ inputSize, batchSize, length }, stream);
  return { size, cell, model: whole, params, batch: noise.training(batch, 1) };
}

function randomBatch({ inputSize, batchSize, length }: Size, stream: Rng): Batch {
  const rows = length * batchSize;
  return {
    length,
    batchSize,
    inputSize,
    outputSize: OUTPUTS,
    inputs: Float32Array.from({ length: rows * inputSize }, () => stream.normal()),
    targets: Float32Array.from({ length: rows * OUTPUTS }, () => stream.integer(2)),
    mask: new Float32Array(rows).fill(1),
  };
}

/** Outputs, states and probes of every step by path, `output 0`, `state.h 2`. */
export function run({ model: whole, params, batch }: Subject): Named {
  const { inputs, length, batchSize, inputSize } = batch;
  const seen: Record<string, Float32Array> = {};
  const keep = (name: string, leaf: tf.Tensor) => {
    seen[name] = Float32Array.from(leaf.dataSync());
  };
  tf.tidy(() => {
    inCell('step', () => {
      for (const [path, leaf] of leaves<tf.Tensor>(whole.initialState(params, batchSize)))
        keep(`state.${path} -1`, leaf);
      unroll(whole, params, tf.tensor3d(inputs, [length, batchSize, inputSize]), (time, step) => {
        keep(`output ${time}`, step.output);
        for (const [path, leaf] of leaves<tf.Tensor>(step.state)) keep(`state.${path} ${time}`, leaf);
        for (const [name, leaf] of Object.entries(step.probe ?? {})) {
          checkProbe([name, leaf], whole, batchSize);
          keep(`probe.${name} ${time}`, leaf);
        }
      });
    });
  });
  return seen;
}

function checkProbe([name, leaf]: [string, unknown], { probes }: Model, batchSize: number): void {
  const shape = leaf instanceof tf.Tensor ? leaf.shape : undefined;
  const axes = probes?.[name]?.axes.length;
  if (shape?.[0] === batchSize && axes !== undefined && axes !== shape.length - 1)
    wrong(
      `probes.${name}: expected a name for each of ${shape.length - 1} axes beside the batch, got ${axes}; mend axes`,
    );
  if (shape?.[0] === batchSize) return;
  wrong(
    `probe.${name}: expected a tensor with the batch as first axis, got ${shape ? `[${shape}] for ${batchSize} examples` : String(leaf)}; give it one entry an example`,
  );
}

/** The largest difference, relative to the largest number or 1. */
export function apart(found: ArrayLike<number>, expected: ArrayLike<number>, floor = 1): number {
  let [most, scale] = [0, floor];
  for (let i = 0; i < expected.length; i++) {
    scale = Math.max(scale, Math.abs(expected[i]!));
    const difference = Math.abs(found[i]! - expected[i]!);
    if (!(difference <= most)) most = difference;
  }
  return most / scale;
}

/** Gives the parameters back. */
export function disposeOf({ params }: Subject): void {
  tf.dispose(leaves<tf.Tensor>(params).map(([, leaf]) => leaf));
}
