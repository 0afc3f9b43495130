/** How the kernels of xLSTM begin in its authors' code, D being the width of the stream and L the layers that add to it. */
import { normalTensor } from '../../core/init.ts';
import type { Rng } from '../../core/rng.ts';
import type * as tf from '../../core/tf.ts';

/** N(0, 2 / (5 D)), of any shape: Nguyen and Salazar 2019, section 2.2. */
export function smallStart<T extends tf.Tensor>(rng: Rng, shape: number[], size: number): T {
  return normalTensor(rng, shape, Math.sqrt(2 / (5 * size)));
}

/** N(0, 4 / (L² D)) for the kernel [rows,D] by which a layer adds to the stream: the more layers, the less each adds. */
export function outputStart(
  rng: Rng,
  rows: number,
  { size, layers }: { size: number; layers: number },
): tf.Tensor2D {
  return normalTensor(rng, [rows, size], 2 / (layers * Math.sqrt(size)));
}
