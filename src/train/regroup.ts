/**
 * The same sequences in batches of another size. A cell sees each sequence of a batch for itself and nothing that comes
 * after a step, so a sequence may stand in any batch that is long enough: what lies beyond its own is padding.
 */
import { emptyBatch } from '../core/batch.ts';
import type { Batch } from '../core/contracts.ts';

/** A sequence where it was drawn. */
interface Place {
  readonly batch: Batch;
  readonly at: number;
}

/**
 * All sequences in their order, `size` at a time, the last batch smaller where it must be. Batches are taken one by one.
 * @throws UsageError when an array would hold more than 2^29 numbers, before it is allocated
 */
export function* regrouped(batches: Iterable<Batch>, size: number): Generator<Batch, void, void> {
  let waiting: Place[] = [];
  for (const batch of batches)
    for (let at = 0; at < batch.batchSize; at++) {
      waiting.push({ batch, at });
      if (waiting.length < size) continue;
      yield gathered(waiting);
      waiting = [];
    }
  if (waiting.length > 0) yield gathered(waiting);
}

/** A batch of these sequences, as long as the longest batch that they come from. */
function gathered(places: readonly Place[]): Batch {
  const [{ batch: first }] = places as [Place, ...Place[]];
  if (first.batchSize === places.length && places.every(({ batch }) => batch === first)) return first;
  const { inputSize, outputSize } = first;
  const length = places.reduce((most, { batch }) => Math.max(most, batch.length), 0);
  const all = emptyBatch({ length, batchSize: places.length, inputSize, outputSize });
  const widths = { inputs: inputSize, targets: outputSize, mask: 1 } as const;
  for (const [name, width] of Object.entries(widths) as [keyof typeof widths, number][])
    for (const [b, { batch, at }] of places.entries())
      for (let time = 0; time < batch.length; time++) {
        const from = (time * batch.batchSize + at) * width;
        all[name].set(batch[name].subarray(from, from + width), (time * places.length + b) * width);
      }
  return all;
}
