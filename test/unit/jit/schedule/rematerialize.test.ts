/** What a step keeps for the way back, pinned for graphs small enough to say by hand what is cheapest. */
import { describe, expect, it } from 'vitest';
import { type Builder, builder } from '../../../../src/jit/ir/builder.ts';
import type { NodeId } from '../../../../src/jit/ir/graph.ts';
import { ofRows } from '../../../../src/jit/schedule/buffers.ts';
import { prepare } from '../../../../src/jit/schedule/plan.ts';
import { placeIn } from '../../../../src/jit/schedule/program.ts';
import { residuals } from '../../../../src/jit/schedule/rematerialize.ts';

/** What of some named values is stored and what is computed again; `a` and `b` are [32], `memory` is [32,32], all inputs. */
function division(
  write: (
    build: Builder,
    given: Record<'a' | 'b' | 'memory', NodeId>,
  ) => { readonly named: Record<string, NodeId>; readonly forward: NodeId[]; readonly backward: NodeId[] },
) {
  const build = builder();
  const given = {
    a: build.input('a', [32, 1], 'batch'),
    b: build.input('b', [32], 'batch'),
    memory: build.input('memory', [32, 32], 'batch'),
  };
  const { named, forward, backward } = write(build, given);
  const sizes = { a: 32, b: 32, memory: 1024 };
  const places = new Map(
    Object.entries(sizes).map(([name, size]) => [name, placeIn(ofRows(name, size, 'all'))] as const),
  );
  const prepared = prepare('step', { nodes: build.nodes, outputs: {} }, places);
  const found = residuals(prepared, { forward, backward });
  const namesIn = (ids: ReadonlySet<NodeId>) => Object.keys(named).filter((name) => ids.has(named[name]!));
  return { stored: namesIn(found.stored), rematerialized: namesIn(found.rematerialized) };
}

describe('what is kept for the way back', () => {
  it('is nothing of an outer product of two vectors that are in memory', () => {
    expect(
      division((build, { a, b, memory }) => {
        const outer = build.apply('multiply', a, b);
        const next = build.apply('tanh', build.apply('add', memory, outer));
        return {
          named: { outer, next },
          forward: [next],
          backward: [build.apply('multiply', build.apply('add', outer, next), memory)],
        };
      }),
    ).toEqual({ stored: ['next'], rematerialized: ['outer'] });
  });

  it('is the small factor that a large value is made of', () => {
    expect(
      division((build, { a, b, memory }) => {
        const gate = build.apply('sigmoid', b);
        const scaled = build.apply('multiply', memory, gate);
        return {
          named: { gate, scaled },
          forward: [build.reduce('sum', build.apply('tanh', build.apply('add', scaled, a)), [1])],
          backward: [build.apply('multiply', scaled, scaled)],
        };
      }),
    ).toEqual({ stored: ['gate'], rematerialized: ['scaled'] });
  });

  it('is what takes many instructions, however large', () => {
    expect(
      division((build, { memory }) => {
        const bent = build.apply('tanh', memory);
        return { named: { bent }, forward: [build.reduce('sum', bent, [1])], backward: [bent] };
      }),
    ).toEqual({ stored: ['bent'], rematerialized: [] });
  });

  it('is the value itself where what is behind it is as large and costs more', () => {
    expect(
      division((build, { memory }) => {
        const bent = build.apply('tanh', memory);
        const turned = build.apply('negate', bent);
        return { named: { bent, turned }, forward: [build.reduce('sum', turned, [1])], backward: [turned] };
      }),
    ).toEqual({ stored: ['turned'], rematerialized: [] });
  });

  it('is what is small: it costs less to read than to compute', () => {
    expect(
      division((build, { b }) => {
        const twice = build.apply('add', b, b);
        return { named: { twice }, forward: [build.reduce('sum', twice, [0])], backward: [twice] };
      }),
    ).toEqual({ stored: ['twice'], rematerialized: [] });
  });
});
