/** Probes are drawn by name and shape alone: what a new cell shows finds its picture without a line of ours. */
import { describe, expect, it } from 'vitest';
import { overTime, snapshot, traces, words } from '../../../src/report/probes.ts';
import { array } from './examples.ts';

const kinds = (probes: Record<string, readonly number[]>) =>
  traces(
    Object.fromEntries(Object.entries(probes).map(([name, shape]) => [name, array(shape, () => 0)])),
  ).map(({ name, kind }) => `${name}: ${kind}`);

describe('probes', () => {
  it('tells weights, controls, vectors and contents apart', () => {
    expect(
      kinds({
        readWeights: [5, 2, 16],
        writeWeights: [5, 1, 16],
        writeGate: [5, 1],
        erase: [5, 1, 20],
        add: [5, 2, 7],
        key: [5, 1, 8],
        fewWeights: [5, 1, 4],
        loss: [5],
        readShift: [5, 2, 3],
        usage: [5, 16],
        memory: [5, 16, 4],
        fastWeightsMemory: [5, 50, 50],
        link: [5, 1, 16, 16],
        precedence: [5, 16],
      }),
    ).toEqual([
      'read weights, head 0: weights',
      'read weights, head 1: weights',
      'write weights: weights',
      'write gate: controls',
      'erase: vectors',
      'add, head 0: controls',
      'add, head 1: controls',
      'key: vectors',
      'few weights: weights',
      'loss: controls',
      'read shift, head 0: controls',
      'read shift, head 1: controls',
      'usage: vectors',
      'memory: contents',
      'fast weights memory: contents',
      'link: contents',
      'precedence: vectors',
    ]);
  });

  it('reads each head from its own place', () => {
    const [first, second] = traces({ w: array([3, 2, 10], (t, h, n) => 100 * t + 10 * h + n) });
    expect(overTime(first!).value(7, 2)).toBe(207);
    expect(overTime(second!).value(7, 2)).toBe(217);
    expect([overTime(second!).rows, overTime(second!).columns]).toEqual([10, 3]);
    const [memory] = traces({ memory: array([3, 4, 2], (t, n, w) => 100 * t + 10 * n + w) });
    expect(snapshot(memory!, 1).value(3, 1)).toBe(131);
    const [, link] = traces({ link: array([3, 2, 9, 9], (t, h, i, j) => 1000 * t + 100 * h + 10 * i + j) });
    expect(snapshot(link!, 2).value(8, 1)).toBe(2181);
  });

  it('leaves out what holds nothing', () => {
    expect(kinds({ weights: [5, 0, 16], memory: [5, 0, 3] })).toEqual([]);
  });

  it('writes names as words', () => {
    expect(['readWeights', 'write_gate', 'usage', 'LSTMCells'].map(words)).toEqual([
      'read weights',
      'write gate',
      'usage',
      'lstmcells',
    ]);
  });
});
