/** An order that is drawn. */
import type { Rng } from '../core/rng.ts';

/** 0 ... count-1 in an order of which each is as likely (Fisher and Yates). */
export function shuffled(count: number, rng: Rng): Uint32Array {
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const pick = rng.integer(i + 1);
    order[i] = order[pick]!;
    order[pick] = i;
  }
  return order;
}
