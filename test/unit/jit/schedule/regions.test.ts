/** What is fused, sunk, kept and laid side by side, pinned for graphs small enough to say by hand what is best. */
import { describe, expect, it } from 'vitest';
import { type Builder, builder } from '../../../../src/jit/ir/builder.ts';
import type { NodeId } from '../../../../src/jit/ir/graph.ts';
import { ofRows } from '../../../../src/jit/schedule/buffers.ts';
import { link } from '../../../../src/jit/schedule/link.ts';
import { prepare } from '../../../../src/jit/schedule/plan.ts';
import { printProgram } from '../../../../src/jit/schedule/print.ts';
import { placeIn } from '../../../../src/jit/schedule/program.ts';
import { lower } from '../../../../src/jit/schedule/regions.ts';

const place = (name: string, size: number) => placeIn(ofRows(name, size, 'one'));

/** The actions that compute `out`, as text; x is [4,3], v is [4], w is [3,5] and shared. */
function lowered(write: (build: Builder, given: Record<'x' | 'v' | 'w', NodeId>) => NodeId): string[] {
  const build = builder();
  const given = {
    x: build.input('x', [4, 3], 'batch'),
    v: build.input('v', [4], 'batch'),
    w: build.input('w', [3, 5], 'params'),
  };
  const graph = { nodes: build.nodes, outputs: { out: write(build, given) } };
  const shape = build.shape(graph.outputs.out);
  const places = new Map([
    ['x', place('x', 12)],
    ['v', place('v', 4)],
    ['w', placeIn({ name: 'w', kind: 'fixed', size: 15 })],
  ]);
  const prepared = prepare('part', graph, places);
  const size = shape.reduce((product, length) => product * length, 1);
  const wanted = [{ node: graph.outputs.out, place: place('out', size), add: false }];
  const actions = lower({ ...prepared, wanted, rows: 'one' });
  const program = link({
    graphs: [prepared],
    entries: { part: [{ name: 'part', over: 'once', rows: 'batch', scope: 'shard', actions }] },
    ports: {},
  });
  const used = program.buffers.map(({ name, size: floats }) => `${name} ${floats}`);
  return [...printProgram(program).split('\n').slice(1), `buffers: ${used.join(', ')}`];
}

describe('fusion', () => {
  it('computes a chain and its sum in one nest, and stores nothing between', () => {
    const found = lowered((build, { x }) => {
      const y = build.apply('tanh', build.apply('multiply', x, x));
      return build.reduce('sum', y, [1]);
    });
    expect(found).toEqual([
      '  for each row: part.0',
      '    over [4,3]:',
      '      $0 = x by [3,1]',
      '      $1 = multiply $0 $0',
      '      $2 = tanh $1',
      '      scratch = sum of $2 over [1]',
      '    over [4]:',
      '      $0 = scratch by [1]',
      '      out by [1] = $0',
      'buffers: x 12, scratch 4, out 4',
    ]);
  });

  it('goes over a softmax three times: the largest, the sum of exponentials, the quotients', () => {
    const found = lowered((build, { x }) => {
      const largest = build.reshape(build.reduce('maximum', x, [1]), [4, 1]);
      const e = build.apply('exp', build.apply('subtract', x, largest));
      return build.apply('divide', e, build.reshape(build.reduce('sum', e, [1]), [4, 1]));
    });
    expect(found).toEqual([
      '  for each row: part.0',
      '    over [4,3]:',
      '      $0 = x by [3,1]',
      '      scratch+12 = maximum of $0 over [1]',
      '    over [4,3]:',
      '      $0 = x by [3,1]',
      '      $1 = scratch+12 by [1,0]',
      '      $2 = subtract $0 $1',
      '      $3 = exp $2',
      '      scratch by [3,1] = $3',
      '      scratch+16 = sum of $3 over [1]',
      '    over [4,3]:',
      '      $0 = scratch by [3,1]',
      '      $1 = scratch+16 by [1,0]',
      '      $2 = divide $0 $1',
      '      out by [3,1] = $2',
      'buffers: x 12, scratch 20, out 12',
    ]);
  });

  it('lets two sums over one space share a nest, and reads what they share once', () => {
    const found = lowered((build, { x }) =>
      build.apply('add', build.reduce('sum', x, [1]), build.reduce('maximum', x, [1])),
    );
    expect(found.filter((line) => line.includes(' = x by'))).toHaveLength(1);
    expect(found.filter((line) => line.includes('over [4,3]:'))).toHaveLength(1);
  });
});

describe('sinking', () => {
  it('computes a cheap value where it is read, not where it could be first', () => {
    const found = lowered((build, { x }) => {
      const y = build.apply('add', x, build.number(1));
      const total = build.reshape(build.reduce('sum', x, [1]), [4, 1]);
      return build.apply('multiply', y, total);
    });
    expect(found).toEqual([
      '  for each row: part.0',
      '    over [4,3]:',
      '      $0 = x by [3,1]',
      '      scratch = sum of $0 over [1]',
      '    over [4,3]:',
      '      $0 = x by [3,1]',
      '      $1 = 1',
      '      $2 = scratch by [1,0]',
      '      $3 = add $0 $1',
      '      $4 = multiply $3 $2',
      '      out by [3,1] = $4',
      'buffers: x 12, scratch 4, out 12',
    ]);
  });
});

describe('levels', () => {
  it('multiplies between two regions, with the operand in rows of its own and the result in the record', () => {
    const found = lowered((build, { x, w }) => {
      const dense = build.add({ kind: 'dense', transposed: false }, [build.reduce('sum', x, [0]), w]);
      return build.apply('tanh', dense);
    });
    expect(found).toEqual([
      '  for each row: part.0',
      '    over [4,3]:',
      '      $0 = x by [3,1]',
      '      part.operand3 = sum of $0 over [0]',
      '  part.record = part.operand3 x w, k 3, n 5',
      '  for each row: part.1',
      '    over [5]:',
      '      $0 = part.record by [1]',
      '      $1 = tanh $0',
      '      out by [1] = $1',
      'buffers: x 12, part.operand3 4, w 15, part.record 8, out 8',
    ]);
  });

  it('computes what needs no product in the region that reads it', () => {
    const found = lowered((build, { x, v, w }) => {
      const early = build.apply('tanh', v);
      const dense = build.add({ kind: 'dense', transposed: false }, [x, w]);
      return build.apply('multiply', build.reduce('sum', dense, [1]), early);
    });
    const [product, second] = [
      found.findIndex((line) => line.includes(' x w')),
      found.indexOf('  for each row: part.1'),
    ];
    expect(product).toBe(0);
    expect(second).toBe(1);
    expect(found.findIndex((line) => line.includes('tanh'))).toBeGreaterThan(second);
  });
});
