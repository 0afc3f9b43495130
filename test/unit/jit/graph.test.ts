import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { model } from '../../../src/cells/model.ts';
import { ntm } from '../../../src/cells/ntm/ntm.ts';
import { rng } from '../../../src/core/rng.ts';
import * as tf from '../../../src/core/tf.ts';
import { trainingProgram } from '../../../src/jit/compile.ts';
import { traceModel } from '../../../src/jit/frontend/model.ts';
import { builder } from '../../../src/jit/ir/builder.ts';
import type { Graph, NodeId } from '../../../src/jit/ir/graph.ts';
import { interpret } from '../../../src/jit/ir/interpret.ts';
import { verify } from '../../../src/jit/ir/verify.ts';
import { pushSlices } from '../../../src/jit/passes/push-slices.ts';
import { reassociate } from '../../../src/jit/passes/reassociate.ts';
import { simplify } from '../../../src/jit/passes/simplify/simplify.ts';
import { unrollAxes } from '../../../src/jit/passes/unroll-axes.ts';
import { MAX_SHARDS, shardRows } from '../../../src/jit/runtime/layout.ts';
import { Runtime } from '../../../src/jit/runtime/runtime.ts';
import { layOut } from '../../../src/jit/schedule/scratch.ts';
import { rowLosses } from '../../../src/train/loss.ts';
import { schedule } from '../../../src/train/schedule.ts';
import { sgd } from '../../../src/train/transforms.ts';
import { programOf } from '../../support/random-graph.ts';

const graphOf = (make: (build: ReturnType<typeof builder>) => NodeId): Graph => {
  const build = builder();
  const out = make(build);
  return { nodes: build.nodes, outputs: { out } };
};
const arrays = (...lists: number[][]) => lists.map((list) => Float64Array.from(list));
const kinds = (graph: Graph) => graph.nodes.map((node) => (node.kind === 'apply' ? node.name : node.kind));

describe('what a graph means', () => {
  it('an example at a time, and sums over all', () => {
    const graph = graphOf((build) => {
      const x = build.input('x', [2], 'batch');
      const doubled = build.apply('multiply', x, build.number(2));
      return build.add({ kind: 'batch-sum' }, [doubled]);
    });
    expect(interpret(graph, { x: arrays([1, 2], [10, 20]) }, 2).out).toEqual(arrays([22, 44]));
  });

  it('a product with a shared matrix, and the sum of outer products', () => {
    const graph = graphOf((build) => {
      const x = build.input('x', [2], 'batch');
      const w = build.input('w', [2, 3], 'params');
      const y = build.add({ kind: 'dense', transposed: false }, [x, w]);
      return build.add({ kind: 'outer' }, [x, y]);
    });
    const inputs = { x: arrays([1, 0], [0, 2]), w: arrays([1, 2, 3, 4, 5, 6]) };
    // y is [1,2,3] and [8,10,12].
    expect(interpret(graph, inputs, 2).out).toEqual(arrays([1, 2, 3, 16, 20, 24]));
  });

  it('assembly adds where parts overlap', () => {
    const graph = graphOf((build) => {
      const x = build.input('x', [2], 'batch');
      return build.padAdd(
        [
          { arg: x, starts: [0] },
          { arg: x, starts: [1] },
        ],
        [4],
      );
    });
    expect(interpret(graph, { x: arrays([1, 2]) }).out).toEqual(arrays([1, 3, 2, 0]));
  });
});

describe('simplification', () => {
  it('folds numbers and drops what changes nothing', () => {
    const graph = graphOf((build) => {
      const x = build.input('x', [3], 'batch');
      const one = build.apply('add', build.number(0.5), build.number(0.5));
      return build.apply('subtract', build.apply('multiply', x, build.broadcast(one, [3])), build.number(0));
    });
    expect(kinds(simplify(graph))).toEqual(['input']);
  });

  it('writes a pad plus a pad as one assembly', () => {
    const graph = graphOf((build) => {
      const x = build.input('x', [2], 'batch');
      const pad = (start: number) => build.padAdd([{ arg: x, starts: [start] }], [4]);
      return build.apply('add', pad(0), pad(2));
    });
    expect(kinds(simplify(graph))).toEqual(['input', 'pad-add']);
  });

  it('writes a sum over two heads as an addition', () => {
    const graph = graphOf((build) => {
      const x = build.input('x', [2, 16], 'batch');
      const w = build.input('w', [2, 1], 'batch');
      return build.reduce('sum', build.apply('multiply', x, w), [0]);
    });
    const unrolled = unrollAxes(graph);
    verify(unrolled);
    expect(kinds(unrolled)).not.toContain('reduce');
    expect(kinds(unrolled)).toContain('add');
  });

  it('writes a sum over a memory that heads share as a sum for each', () => {
    const graph = graphOf((build) => {
      const memory = build.input('memory', [1, 16, 20], 'batch');
      const keys = build.input('keys', [2, 1, 20], 'batch');
      return build.reduce('sum', build.apply('multiply', keys, memory), [2]);
    });
    const unrolled = unrollAxes(graph);
    verify(unrolled);
    expect(kinds(unrolled).filter((kind) => kind === 'reduce')).toHaveLength(2);
    const memory = [Array.from({ length: 320 }, (_, i) => i % 7)];
    const keys = [Array.from({ length: 40 }, (_, i) => (i % 5) - 2)];
    const inputs = { memory: arrays(...memory), keys: arrays(...keys) };
    expect(interpret(unrolled, inputs, 1)).toEqual(interpret(graph, inputs, 1));
  });

  it('moves signs to where they are taken in or cost least', () => {
    const graph = graphOf((build) => {
      const x = build.input('x', [4], 'batch');
      const y = build.input('y', [4], 'batch');
      const signed = build.reshape(build.apply('negate', x), [1, 4]);
      const product = build.apply('multiply', signed, build.reshape(y, [1, 4]));
      return build.apply('add', build.number(5), build.reduce('sum', product, [0, 1]));
    });
    const simple = simplify(graph);
    expect(kinds(simple)).toEqual(expect.arrayContaining(['subtract', 'reduce', 'multiply']));
    expect(kinds(simple)).not.toContain('negate');
    const inputs = { x: arrays([1, 2, 3, 4]), y: arrays([1, 1, 1, 2]) };
    expect(interpret(simple, inputs, 1).out).toEqual(arrays([5 - 14]));
  });

  it('multiplies small factors before the large one', () => {
    const graph = graphOf((build) => {
      const memory = build.input('memory', [8, 4], 'batch');
      const row = build.input('row', [8, 1], 'batch');
      return build.apply('multiply', row, build.apply('multiply', memory, build.number(2)));
    });
    const grouped = reassociate(graph);
    verify(grouped);
    const shapes = grouped.nodes.flatMap((node) => (node.kind === 'apply' ? [node.shape] : []));
    expect(shapes).toContainEqual([8, 1]);
    const inputs = {
      memory: arrays(Array.from({ length: 32 }, (_, i) => i)),
      row: arrays([1, 2, 3, 4, 5, 6, 7, 8]),
    };
    expect(interpret(grouped, inputs, 1)).toEqual(interpret(graph, inputs, 1));
  });

  it('makes one sum of sums that are added and taken away', () => {
    const graph = graphOf((build) => {
      const [x, y, z] = ['x', 'y', 'z'].map((name) => build.input(name, [2, 3], 'batch')) as [
        NodeId,
        NodeId,
        NodeId,
      ];
      const sumOf = (a: NodeId, b: NodeId) => build.reduce('sum', build.apply('multiply', a, b), [1]);
      const start = build.input('start', [2], 'batch');
      return build.apply('subtract', build.apply('subtract', start, sumOf(x, y)), sumOf(y, z));
    });
    const grouped = reassociate(graph);
    verify(grouped);
    expect(kinds(simplify(grouped)).filter((kind) => kind === 'reduce')).toHaveLength(1);
    const inputs = {
      x: arrays([1, 2, 3, 4, 5, 6]),
      y: arrays([1, 0, 2, 3, -1, 1]),
      z: arrays([2, 2, 2, -1, 0, 5]),
      start: arrays([100, 200]),
    };
    // 100 - (1+0+6) - (2+0+4); 200 - (12-5+6) - (-3+0+5)
    expect(interpret(grouped, inputs, 1).out).toEqual(arrays([87, 185]));
  });

  it('makes one assembly of pads that fill each other, and none of pads that overlap', () => {
    const rolled = (second: number) =>
      graphOf((build) => {
        const [x, y] = [build.input('x', [3], 'batch'), build.input('y', [1], 'batch')];
        const z = build.input('z', [4], 'batch');
        const first = build.padAdd([{ arg: x, starts: [1] }], [4]);
        return build.apply(
          'add',
          build.apply('add', z, first),
          build.padAdd([{ arg: y, starts: [second] }], [4]),
        );
      });
    const inputs = { x: arrays([1, 2, 3]), y: arrays([10]), z: arrays([100, 100, 100, 100]) };
    const count = (graph: Graph) => kinds(reassociate(graph)).filter((kind) => kind === 'pad-add').length;
    expect([count(rolled(0)), count(rolled(3))]).toEqual([1, 2]);
    expect(interpret(reassociate(rolled(0)), inputs, 1).out).toEqual(arrays([110, 101, 102, 103]));
    expect(interpret(reassociate(rolled(3)), inputs, 1).out).toEqual(arrays([100, 101, 102, 113]));
  });

  it('computes in slices what is only read in slices', () => {
    const graph = graphOf((build) => {
      const [x, bias] = [build.input('x', [2, 6], 'batch'), build.input('bias', [6], 'params')];
      const sum = build.apply('add', x, bias);
      const gate = (start: number) => build.slice(sum, [0, start], [2, 3]);
      return build.apply('multiply', build.apply('sigmoid', gate(0)), build.apply('tanh', gate(3)));
    });
    const sliced = pushSlices(graph);
    verify(sliced);
    const shapes = sliced.nodes.flatMap((node) => (node.kind === 'apply' ? [node.shape] : []));
    expect(shapes).toEqual(shapes.map(() => [2, 3]));
    const inputs = {
      x: arrays(Array.from({ length: 12 }, (_, i) => i / 6)),
      bias: arrays([1, 2, 3, -1, 0, 1]),
    };
    expect(interpret(sliced, inputs, 1)).toEqual(interpret(graph, inputs, 1));
  });

  it('leaves what is also read whole in one piece', () => {
    const graph = graphOf((build) => {
      const sum = build.apply('add', build.input('x', [6], 'batch'), build.number(1));
      return build.apply('multiply', build.slice(sum, [0], [3]), build.reduce('sum', sum, [0]));
    });
    expect(kinds(pushSlices(graph))).toEqual(kinds(graph));
  });

  it('leaves a value that is added to itself as it is', () => {
    const graph = graphOf((build) => {
      const x = build.input('x', [2], 'batch');
      return build.apply('add', x, x);
    });
    expect(interpret(reassociate(graph), { x: arrays([1, 2]) }, 1).out).toEqual(arrays([2, 4]));
  });

  it('a graph that reads ahead is found out', () => {
    const graph = graphOf((build) => build.apply('tanh', build.input('x', [3], 'batch')));
    expect(() => verify({ ...graph, nodes: [...graph.nodes].reverse() })).toThrow(/%0 apply \[3\]: reads %0/);
  });
});

describe('fusion', () => {
  beforeAll(async () => {
    tf.env().set('PROD', true);
    await tf.setBackend('cpu');
  });

  /** Loops of a region over a space, by the phase's name. */
  const loops = (phase: string, space: readonly number[]) => {
    const cell = ntm.create(ntm.settings.parse({ slots: 32, width: 12 }), { inputSize: 3, maxLength: 5 });
    const subject = model(cell, { inputSize: 3, outputSize: 2 });
    const graphs = traceModel(subject, subject.init(rng(1, 'init')), (logits, at) =>
      rowLosses('bits', logits, at),
    );
    const program = trainingProgram(graphs, sgd(schedule({ rate: 0.1 })));
    return program.phases
      .filter(({ name }) => name === phase)
      .flatMap(({ actions }) => actions.flatMap((action) => (action.kind === 'region' ? action.ops : [])))
      .filter((step) => step.kind === 'nest' && String(step.space) === String(space)).length;
  };

  it('goes over the memory of an NTM twice forward, to compare and to write, and twice backward', () => {
    expect([loops('forward', [32, 12]), loops('backward', [32, 12])]).toEqual([2, 2]);
  });

  it('sums a long line by several accumulators, to the same result', () => {
    for (const size of [1024, 1040, 4096, 4100]) {
      const graph = graphOf((build) => {
        const x = build.input('x', [size], 'batch');
        return build.reduce('sum', build.apply('multiply', x, x), [0]);
      });
      const runtime = new Runtime(programOf(graph), { relaxed: false, threads: 1 });
      const x = Float32Array.from({ length: size }, (_, i) => Math.fround(Math.sin(i)));
      runtime.writeRows('x', x);
      runtime.runShards('rows');
      const expected = x.reduce((sum, value) => sum + value * value, 0);
      expect(runtime.readRows('out')[0]).toBeCloseTo(expected, 2);
      runtime.dispose();
    }
  });
});

describe('memory', () => {
  it.each([0, 1e6])('cuts every batch into shards that hold all of it, with %i parameters', (parameters) => {
    for (let batch = 1; batch <= 300; batch++) {
      const rows = shardRows(batch, parameters);
      expect(rows.reduce((sum, count) => sum + count, 0)).toBe(batch);
      expect(Math.min(...rows)).toBeGreaterThan(0);
      expect(rows.length).toBeLessThanOrEqual(MAX_SHARDS);
    }
  });

  it('cuts smaller shards where the parameters stay in the cache', () => {
    const counts = (parameters: number) =>
      [1, 3, 4, 16, 32].map((batch) => shardRows(batch, parameters).length);
    expect(counts(62_500)).toEqual([1, 1, 2, 4, 8]);
    expect(counts(1_300_000)).toEqual([1, 1, 2, 2, 4]);
  });

  it('gives values that live at once places apart', () => {
    const interval = fc.record({
      size: fc.integer({ min: 1, max: 50 }),
      from: fc.nat(20),
      length: fc.nat(10),
    });
    fc.assert(
      fc.property(fc.array(interval, { maxLength: 30 }), (list) => {
        const intervals = new Map(
          list.map(({ size, from, length }, id) => [id, { size, from, to: from + length }]),
        );
        const { offsets, size } = layOut(intervals);
        for (const [a, one] of intervals) {
          expect(offsets.get(a)! % 4).toBe(0);
          expect(offsets.get(a)! + one.size).toBeLessThanOrEqual(size);
          for (const [b, other] of intervals)
            if (a < b && one.from <= other.to && other.from <= one.to) {
              const apart =
                offsets.get(a)! + one.size <= offsets.get(b)! ||
                offsets.get(b)! + other.size <= offsets.get(a)!;
              expect(apart).toBe(true);
            }
        }
      }),
    );
  });
});
