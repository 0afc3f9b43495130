/** How learned parameters begin. All draw from the stream they are given, so the same seed gives the same model. */
import { UsageError } from './errors.ts';
import type { Rng } from './rng.ts';
import { elements, showShape } from './shape.ts';
import * as tf from './tf.ts';

/** A gigabyte of numbers: what is larger would fill the memory for minutes before it failed. */
const LARGEST = 2 ** 28;

/** A tensor of this shape filled by a function that is called once an element. */
function filled(shape: number[], value: () => number): tf.Tensor {
  if (elements(shape) > LARGEST)
    throw new UsageError(
      `init: expected at most ${LARGEST} numbers in a parameter, got ${showShape(shape)}; choose smaller sizes`,
    );
  return tf.tensor(Float32Array.from({ length: elements(shape) }, value), shape);
}

/** U(-bound, bound) of any shape. */
export function uniformTensor<T extends tf.Tensor>(rng: Rng, shape: number[], bound: number): T {
  return filled(shape, () => (2 * rng.uniform() - 1) * bound) as T;
}

/** U(-1/sqrt(fanIn), 1/sqrt(fanIn)) for a kernel [fanIn, fanOut]. */
export function uniformKernel(rng: Rng, fanIn: number, fanOut: number): tf.Tensor2D {
  return uniformTensor(rng, [fanIn, fanOut], 1 / Math.sqrt(fanIn));
}

/** Glorot and Bengio 2010: U(-a, a), a = gain sqrt(6 / (fanIn + fanOut)). */
export function glorotKernel(rng: Rng, fanIn: number, fanOut: number, gain = 1): tf.Tensor2D {
  return uniformTensor(rng, [fanIn, fanOut], gain * Math.sqrt(6 / (fanIn + fanOut)));
}

/** N(0, deviation²) of any shape. */
export function normalTensor<T extends tf.Tensor>(rng: Rng, shape: number[], deviation: number): T {
  return filled(shape, () => rng.normal() * deviation) as T;
}

/** scale · I, the recurrent start of Le et al. 2015 and Ba et al. 2016. */
export function scaledIdentity(size: number, scale: number): tf.Tensor2D {
  const values = new Float32Array(size * size);
  for (let i = 0; i < size; i++) values[i * size + i] = scale;
  return tf.tensor2d(values, [size, size]);
}

/**
 * A kernel with orthogonal rows or columns, whichever are fewer, of length gain max(1, sqrt(rows / columns)): Saxe et al.
 * 2014, by the method of Gram and Schmidt on normal numbers.
 */
export function orthogonalKernel(rng: Rng, rows: number, columns: number, gain = 1): tf.Tensor2D {
  const [count, size] = [Math.min(rows, columns), Math.max(rows, columns)];
  const units: Float64Array[] = [];
  while (units.length < count) {
    const rest = Float64Array.from({ length: size }, () => rng.normal());
    for (const unit of units) {
      const along = unit.reduce((sum, value, i) => sum + value * rest[i]!, 0);
      unit.forEach((value, i) => {
        rest[i]! -= along * value;
      });
    }
    const length = Math.sqrt(rest.reduce((sum, value) => sum + value * value, 0));
    units.push(rest.map((value) => value / length));
  }
  const scale = gain * Math.max(1, Math.sqrt(rows / columns));
  const values = Float32Array.from({ length: rows * columns }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    return scale * (rows <= columns ? units[row]![column]! : units[column]![row]!);
  });
  return tf.tensor2d(values, [rows, columns]);
}
