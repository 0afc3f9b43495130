/** Probes are drawn by name and shape alone: what a new cell shows finds its picture without a line of ours. */
import { describe, expect, it } from 'vitest';
import { overTime, snapshot, traces, words } from '../../../src/report/probes.ts';
import { array } from './examples.ts';

const kinds = (probes: Record<string, readonly number[]>) =>
  traces({
    probes: Object.fromEntries(Object.entries(probes).map(([name, shape]) => [name, array(shape, () => 0)])),
  }).map(({ name, kind }) => `${name}: ${kind}`);

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
      'read weights, head 1 of 2: weights',
      'read weights, head 2 of 2: weights',
      'write weights: weights',
      'write gate: controls',
      'erase: vectors',
      'add, head 1 of 2: controls',
      'add, head 2 of 2: controls',
      'key: vectors',
      'few weights: weights',
      'loss: controls',
      'read shift, head 1 of 2: controls',
      'read shift, head 2 of 2: controls',
      'usage: vectors',
      'memory: contents',
      'fast weights memory: contents',
      'link: contents',
      'precedence: vectors',
    ]);
  });

  it('reads each head from its own place', () => {
    const [first, second] = traces({ probes: { w: array([3, 2, 10], (t, h, n) => 100 * t + 10 * h + n) } });
    expect(overTime(first!).value(7, 2)).toBe(207);
    expect(overTime(second!).value(7, 2)).toBe(217);
    expect([overTime(second!).rows, overTime(second!).columns]).toEqual([10, 3]);
    const [memory] = traces({ probes: { memory: array([3, 4, 2], (t, n, w) => 100 * t + 10 * n + w) } });
    expect(snapshot(memory!, 1).value(3, 1)).toBe(131);
    const [, link] = traces({
      probes: { link: array([3, 2, 9, 9], (t, h, i, j) => 1000 * t + 100 * h + 10 * i + j) },
    });
    expect(snapshot(link!, 2).value(8, 1)).toBe(2181);
  });

  it('believes a cell that says what its axes count', () => {
    const about = {
      state: { title: 'hidden state h', axes: ['layer', 'unit'] },
      focus: { axes: ['head', 'slot'] },
      past: { axes: ['steps back'], labels: ['3', '2', '1'] },
      store: { axes: ['head', 'row', 'column'] },
      gate: { axes: ['layer'] },
      matrix: { axes: ['layer', 'head', 'value', 'key'] },
      beta: { axes: ['layer', 'head'] },
      usage: { axes: ['layer', 'unit'] },
    };
    const shapes = {
      state: [5, 2, 9],
      focus: [5, 1, 4],
      past: [5, 3],
      store: [5, 2, 3, 4],
      gate: [5, 2],
      matrix: [5, 2, 2, 3, 4],
      beta: [5, 1, 2],
      usage: [5, 9],
    };
    const probes = Object.fromEntries(
      Object.entries(shapes).map(([name, shape]) => [
        name,
        array(shape, (t, ...rest) => 100 * t + (rest[0] ?? 0)),
      ]),
    );
    const found = traces({ probes, about });
    expect(found.map(({ name, kind, axes }) => `${name}: ${kind} of ${axes.join(' by ')}`)).toEqual([
      'hidden state h, layer 1 of 2: vectors of  by unit',
      'hidden state h, layer 2 of 2: vectors of  by unit',
      'focus: weights of  by slot',
      'past: vectors of  by steps back',
      'store, head 1 of 2: contents of row by column',
      'store, head 2 of 2: contents of row by column',
      'gate: controls of  by ',
      'matrix, layer 1 of 2, head 1 of 2: contents of value by key',
      'matrix, layer 1 of 2, head 2 of 2: contents of value by key',
      'matrix, layer 2 of 2, head 1 of 2: contents of value by key',
      'matrix, layer 2 of 2, head 2 of 2: contents of value by key',
      'beta: controls of  by ',
      // What is said of another shape is not believed.
      'usage: vectors of  by slot',
    ]);
    expect(found[3]!.labels).toEqual(['3', '2', '1']);
    expect(found[6]!.labels).toEqual(['layer 1', 'layer 2']);
    expect([found[6]!.at(2, 0, 0), found[6]!.at(2, 0, 1)]).toEqual([200, 201]);
    expect(found[11]!.labels).toEqual(['head 1', 'head 2']);
    expect([found[8]!.at(2, 0, 0), found[9]!.at(2, 0, 0)]).toEqual([200, 201]);
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
