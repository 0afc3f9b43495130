/** Probes that cost nothing when nobody looks: each is made when first read, and is the same tensor from then on. */
import type { Tensor } from '../core/tf.ts';

/**
 * A record whose values are made on first access. They must be read before the tensors they are made of are disposed
 * of; returning the record from `tf.tidy` reads and keeps them all.
 */
export function lazyProbe(make: Readonly<Record<string, () => Tensor>>): Readonly<Record<string, Tensor>> {
  const probe = {};
  for (const [name, create] of Object.entries(make)) {
    Object.defineProperty(probe, name, {
      enumerable: true,
      configurable: true,
      get() {
        const value = create();
        Object.defineProperty(probe, name, { enumerable: true, value });
        return value;
      },
    });
  }
  return probe;
}
