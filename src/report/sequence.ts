/**
 * One sequence out of an evaluated batch, as the pictures want it: its own steps without the padding, logits as
 * probabilities, and its part of every probe.
 */
import type { Batch, Cell, ChannelNames, EvalResult, LossKind, NamedArray } from '../core/contracts.ts';
import { elements } from '../core/shape.ts';
import type { SequenceRecord } from './records.ts';

/** What a sequence is taken from. */
export interface SequenceSource {
  /** For a person: `length 20`. */
  readonly name: string;
  readonly loss: LossKind;
  /** What channels are called, where they are symbols. */
  readonly symbols?: ChannelNames | undefined;
  readonly batch: Batch;
  readonly result: EvalResult;
  /** What the probes of the result are. */
  readonly about?: Cell['probes'];
  /** Which of the batch; the first by default. */
  readonly index?: number;
}

/** The record of one sequence; it ends at its last scored step. */
export function sequenceRecord(source: SequenceSource): SequenceRecord {
  const { name, loss, symbols, batch, result, about, index = 0 } = source;
  const { batchSize, inputSize, outputSize } = batch;
  const steps = lastScored(batch, index) + 1;
  const take = (data: Float32Array, inner: readonly number[]) =>
    slice(data, { steps, batchSize, index, inner });
  const logits = take(result.logits, [outputSize]);
  const probes = Object.entries(result.probes ?? {}).map(
    ([probe, { data, shape }]) => [probe, take(data, shape.slice(2))] as const,
  );
  return {
    name,
    loss,
    inputs: take(batch.inputs, [inputSize]),
    targets: take(batch.targets, [outputSize]),
    outputs: { shape: logits.shape, data: probabilities(logits.data, outputSize, loss) },
    mask: take(batch.mask, []),
    probes: Object.fromEntries(probes),
    ...(about && { about }),
    ...(symbols && { inputNames: symbols.inputs, outputNames: symbols.outputs }),
  };
}

/** A batch that scores nothing of a sequence keeps all its steps. */
function lastScored({ mask, length, batchSize }: Batch, index: number): number {
  for (let t = length - 1; t >= 0; t--) {
    if (mask[t * batchSize + index]! > 0) return t;
  }
  return length - 1;
}

interface Cut {
  readonly steps: number;
  readonly batchSize: number;
  readonly index: number;
  /** Shape of one step of one sequence. */
  readonly inner: readonly number[];
}

/** [T,B,...inner] to [steps,...inner] of one sequence. */
function slice(data: Float32Array, { steps, batchSize, index, inner }: Cut): NamedArray {
  const size = elements(inner);
  const taken = new Float32Array(steps * size);
  for (let t = 0; t < steps; t++) {
    const start = (t * batchSize + index) * size;
    taken.set(data.subarray(start, start + size), t * size);
  }
  return { shape: [steps, ...inner], data: taken };
}

/** Sigmoid of each logit for `bits`, softmax over each row for `symbol`, the numbers themselves for `value`. */
function probabilities(logits: Float32Array, size: number, loss: LossKind): Float32Array {
  if (loss === 'value') return logits;
  if (loss === 'bits') return logits.map((logit) => 1 / (1 + Math.exp(-logit)));
  const result = new Float32Array(logits.length);
  for (let start = 0; start < logits.length; start += size) {
    const row = logits.subarray(start, start + size);
    const largest = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const powers = row.map((logit) => Math.exp(logit - largest));
    const sum = powers.reduce((a, b) => a + b, 0);
    result.set(
      powers.map((power) => power / sum),
      start,
    );
  }
  return result;
}
