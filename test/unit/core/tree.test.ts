import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TreeOf } from '../../../src/core/contracts.ts';
import * as tf from '../../../src/core/tf.ts';
import { leaves, mapTree, treeLike } from '../../../src/core/tree.ts';
import { expectNoLeak } from '../../support/leaks.ts';

const tree: TreeOf<number> = { b: 1, a: { y: [2, { z: 3 }], x: 4 }, none: {}, empty: [] };

describe('leaves', () => {
  it('names each leaf by its path, in the order written', () => {
    expect(leaves(tree)).toEqual([
      ['b', 1],
      ['a.y.0', 2],
      ['a.y.1.z', 3],
      ['a.x', 4],
    ]);
  });

  it('takes a bare leaf for a tree with an empty path', () => {
    expect(leaves(7)).toEqual([['', 7]]);
  });

  it('does not walk into tensors and typed arrays', () => {
    expectNoLeak(() => {
      const tensor = tf.scalar(1);
      const numbers = new Float32Array(3);
      expect(leaves<unknown>({ tensor, numbers } as never)).toEqual([
        ['tensor', tensor],
        ['numbers', numbers],
      ]);
      tensor.dispose();
    });
  });
});

describe('mapTree', () => {
  it('replaces each leaf, told its path, and keeps the form', () => {
    expect(mapTree(tree, (leaf, path) => `${path}=${leaf}`)).toEqual({
      b: 'b=1',
      a: { y: ['a.y.0=2', { z: 'a.y.1.z=3' }], x: 'a.x=4' },
      none: {},
      empty: [],
    });
  });

  it('leaves what it was given alone', () => {
    const before = structuredClone(tree);
    mapTree(tree, () => 0);
    expect(tree).toEqual(before);
  });
});

describe('treeLike', () => {
  it('refuses a list of another length', () => {
    expect(() => treeLike(tree, [1, 2, 3])).toThrow('internal: treeLike: expected 4 leaves, got 3');
    expect(() => treeLike(tree, [1, 2, 3, 4, 5])).toThrow('expected 4 leaves, got 5');
  });

  it('puts the leaves of any tree back where they were', () => {
    const { any } = fc.letrec<{ any: TreeOf<number> }>((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.integer(),
        fc.array(tie('any') as fc.Arbitrary<TreeOf<number>>, { maxLength: 3 }),
        fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), tie('any') as fc.Arbitrary<TreeOf<number>>, {
          maxKeys: 3,
          noNullPrototype: true,
        }),
      ),
    }));
    fc.assert(
      fc.property(any, (random) => {
        const list = leaves(random).map(([, leaf]) => leaf);
        expect(treeLike(random, list)).toEqual(random);
        expect(
          treeLike(
            random,
            list.map((leaf) => leaf + 1),
          ),
        ).toEqual(mapTree(random, (leaf) => leaf + 1));
      }),
    );
  });
});
