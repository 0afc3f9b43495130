/** A sequence out of a batch: its own steps, probabilities, and its part of every probe. */
import { describe, expect, it } from 'vitest';
import type { Batch } from '../../../src/core/contracts.ts';
import { outcome } from '../../../src/report/answer.ts';
import { figures, sequenceRecord } from '../../../src/report/index.ts';
import { array } from './examples.ts';

const batch: Batch = {
  length: 3,
  batchSize: 2,
  inputSize: 1,
  outputSize: 2,
  inputs: array([3, 2, 1], (t, b) => 10 * t + b).data,
  targets: array([3, 2, 2], (t, b, o) => 100 * t + 10 * b + o).data,
  // Sequence 0 is scored at its second step, sequence 1 at its third.
  mask: Float32Array.of(0, 0, 1, 0, 0, 1),
};
const logits = array([3, 2, 2], (t, _, o) => (o === 0 ? t : -t)).data;
const probes = { memory: array([3, 2, 2, 2], (t, b, n, w) => 1000 * t + 100 * b + 10 * n + w) };

describe('sequence record', () => {
  it('cuts one sequence out of the batch and ends it at its last scored step', () => {
    const record = sequenceRecord({ name: 'x', loss: 'bits', batch, result: { logits, probes } });
    expect(record.mask).toEqual({ shape: [2], data: Float32Array.of(0, 1) });
    expect(record.inputs).toEqual({ shape: [2, 1], data: Float32Array.of(0, 10) });
    expect(record.targets).toEqual({ shape: [2, 2], data: Float32Array.of(0, 1, 100, 101) });
    expect(record.probes.memory!.shape).toEqual([2, 2, 2]);
    expect([...record.probes.memory!.data]).toEqual([0, 1, 10, 11, 1000, 1001, 1010, 1011]);
  });

  it('takes the sequence that is asked for', () => {
    const record = sequenceRecord({
      name: 'x',
      loss: 'bits',
      batch,
      result: { logits, probes },
      index: 1,
    });
    expect([...record.inputs.data]).toEqual([1, 11, 21]);
    expect([...record.probes.memory!.data].slice(4, 8)).toEqual([1100, 1101, 1110, 1111]);
  });

  it('turns logits into sigmoids, or into a softmax that does not overflow', () => {
    const bits = sequenceRecord({ name: 'x', loss: 'bits', batch, result: { logits } });
    expect(bits.outputs.data[2]).toBeCloseTo(1 / (1 + Math.exp(-1)), 6);
    expect(bits.probes).toEqual({});
    const large = logits.map((logit) => 500 * logit);
    const symbols = { inputs: ['a'], outputs: ['0', '1'] };
    const record = sequenceRecord({ name: 'x', loss: 'symbol', symbols, batch, result: { logits: large } });
    expect([...record.outputs.data]).toEqual([0.5, 0.5, 1, 0]);
    expect(record.inputNames).toEqual(['a']);
    expect(record.outputNames).toEqual(['0', '1']);
  });

  it('leaves values as they are, and says how far the worst is off', () => {
    const record = sequenceRecord({ name: 'x', loss: 'value', batch, result: { logits } });
    expect([...record.outputs.data]).toEqual([0, -0, 1, -1]);
    // Scored: 1 for 100 and -1 for 101.
    expect(outcome(record)).toBe('at most 100');
  });

  it('keeps all steps of a sequence that is scored nowhere, and can be drawn', () => {
    const silent = { ...batch, mask: new Float32Array(6) };
    const record = sequenceRecord({
      name: 'x',
      loss: 'bits',
      batch: silent,
      result: { logits, probes },
    });
    expect(record.mask.shape).toEqual([3]);
    expect(figures({ title: 't', subtitle: '', sequences: [record] }).map(({ name }) => name)).toEqual([
      'overview',
      'strips',
      'memory',
    ]);
  });
});
