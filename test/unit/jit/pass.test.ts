import { describe, expect, it } from 'vitest';
import { builder } from '../../../src/jit/ir/builder.ts';
import type { Graph } from '../../../src/jit/ir/graph.ts';
import { type PassRecord, runPasses } from '../../../src/jit/pass.ts';

/** tanh(x) + 0 over three numbers. */
function sumGraph(): Graph {
  const build = builder();
  const x = build.input('x', [3], 'batch');
  return {
    nodes: build.nodes,
    outputs: { out: build.apply('add', build.apply('tanh', x), build.number(0)) },
  };
}

const dropped: (graph: Graph) => Graph = ({ nodes }) => ({ nodes: nodes.slice(0, 2), outputs: { out: 1 } });

describe('passes', () => {
  it('run in order, each once, and tell what they left', () => {
    const told: PassRecord[] = [];
    const list = [
      { name: 'keep', run: (graph: Graph) => graph },
      { name: 'drop', run: dropped },
    ];
    const result = runPasses(list, sumGraph(), { graph: 'step', onPass: (record) => told.push(record) });
    expect(result.nodes.map(({ kind }) => kind)).toEqual(['input', 'apply']);
    expect(
      told.map(({ graph, pass, nodesBefore, nodesAfter }) => [graph, pass, nodesBefore, nodesAfter]),
    ).toEqual([
      ['step', 'keep', 4, 4],
      ['step', 'drop', 4, 2],
    ]);
    expect(told[1]!.text()).toBe('%0 batch [3] = input x\n%1 batch [3] = tanh %0\nout = %1');
    for (const { microseconds } of told) expect(microseconds).toBeGreaterThanOrEqual(0);
  });

  it.each([
    [
      'reads ahead',
      ({ nodes, outputs }: Graph) => ({ nodes: [...nodes].reverse(), outputs }),
      /%0 apply \[3\]: reads %1, which does not come before/,
    ],
    [
      'has a wrong shape',
      ({ nodes, outputs }: Graph) => ({
        nodes: nodes.map((node, i) => (i === 1 ? { ...node, shape: [4] } : node)),
        outputs,
      }),
      /%1 apply \[4\]: expected \[3\]/,
    ],
    [
      'forgets what a value depends on',
      ({ nodes, outputs }: Graph) => ({
        nodes: nodes.map((node, i) => (i === 1 ? { ...node, dependence: 'params' as const } : node)),
        outputs,
      }),
      /%1 apply \[3\]: depends on params, expected batch/,
    ],
    [
      'has too few arguments',
      ({ nodes, outputs }: Graph) => ({
        nodes: nodes.map((node, i) => (i === 3 ? { ...node, args: [1] } : node)),
        outputs,
      }),
      /%3 apply \[3\]: expected 2 arguments, got 1/,
    ],
    [
      'loses an output',
      ({ nodes }: Graph) => ({ nodes, outputs: { out: 9 } }),
      /output out is %9, which is not there/,
    ],
  ])('are stopped where one %s, by its name', (_, run, message) => {
    const broken = () => runPasses([{ name: 'broken', run }], sumGraph(), { graph: 'step' });
    expect(broken).toThrow(message);
    expect(broken).toThrow(/^internal: broken of step: /);
  });
});
