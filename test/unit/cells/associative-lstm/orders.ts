/** The orders that an Associative LSTM of these settings sees its keys in. */
import { permutations } from '../../../../src/cells/associative-lstm/permutations.ts';
import { rng } from '../../../../src/core/rng.ts';

/** By layer and copy, which number of a key stands in each place. */
export function ordersOf(options: {
  readonly size: number;
  readonly copies: number;
  readonly layers: number;
  readonly permutationSeed: number;
}): number[][][] {
  const { size, copies, layers, permutationSeed } = options;
  const stream = rng(permutationSeed, 'permutations');
  return Array.from({ length: layers }, () => {
    const flat = [...permutations(stream, copies, size / 2)];
    return Array.from({ length: copies }, (_, s) => flat.slice((s * size) / 2, ((s + 1) * size) / 2));
  });
}
