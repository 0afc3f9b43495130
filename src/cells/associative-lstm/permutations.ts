/** Random orders: by each, one copy of a memory sees its keys. */
import type { Rng } from '../../core/rng.ts';

/** So many random orders of `size` places, all equally likely (Fisher and Yates), one after the other. */
export function permutations(rng: Rng, count: number, size: number): Int32Array {
  const orders = Array.from({ length: count }, () => {
    const order = Array.from({ length: size }, (_, place) => place);
    for (let last = size - 1; last > 0; last--) {
      const other = rng.integer(last + 1);
      [order[last], order[other]] = [order[other]!, order[last]!];
    }
    return order;
  });
  return Int32Array.from(orders.flat());
}
