/** Tensor leaks: what every test of tensor code asserts. */
import { expect } from 'vitest';
import type { Cell, Tree } from '../../src/core/contracts.ts';
import { rng } from '../../src/core/rng.ts';
import * as tf from '../../src/core/tf.ts';
import { leaves } from '../../src/core/tree.ts';

/** Runs `f`, which must dispose of what it makes, and asserts that as many tensors live after it as before. */
export function expectNoLeak(f: () => void): void {
  const before = tf.memory().numTensors;
  f();
  expect(tf.memory().numTensors, 'live tensors').toBe(before);
}

/** `tf.tidy` over a tree. */
const tidyTree = (f: () => Tree): Tree => tf.tidy(f as () => tf.TensorContainer) as Tree;

const disposeTree = (tree: Tree) => tf.dispose(leaves<tf.Tensor>(tree).map(([, leaf]) => leaf));

/** Asserts that a cell has as many live tensors after each of a few steps, and none after all is disposed. */
export function expectConstantTensors(cell: Cell, batchSize = 3): void {
  expectNoLeak(() => {
    const params = tidyTree(() => cell.init(rng(1, 'leaks')));
    let state = tidyTree(() => cell.initialState(params, batchSize));
    const before = tf.memory().numTensors;
    for (let t = 0; t < 3; t++) {
      const last = state;
      state = tidyTree(() => cell.step(params, last, tf.ones([batchSize, cell.inputSize])).state);
      disposeTree(last);
      expect(tf.memory().numTensors, `live tensors after step ${t}`).toBe(before);
    }
    disposeTree(params);
    disposeTree(state);
  });
}
